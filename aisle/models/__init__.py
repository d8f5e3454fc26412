"""Turn pictures and texts into vectors of one space."""
