"""Aisle: a self-hosted product search engine that a shopper can show and type to."""

__version__ = "0.1.0"
