"""The doors that speak HTTP: the API, the pages, and what guards them."""
