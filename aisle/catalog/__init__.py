"""What is sold: feeds are read, cleaned and typed here."""
