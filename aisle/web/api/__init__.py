"""The JSON API: requests are read and bounded here, answered by a shop, and presented in one shape."""
