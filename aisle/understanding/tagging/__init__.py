"""A small network that says what each word of a query is: ``units`` are what it reads, ``stretches`` what dictionaries and counted labels know of them."""
