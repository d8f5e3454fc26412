"""What is meant: spelling, synonyms, suggestions, and the words of a query as the index wants them."""
