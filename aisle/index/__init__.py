"""Here is a query, give me candidates: immutable segments of postings, vectors and columns, read through snapshots."""
