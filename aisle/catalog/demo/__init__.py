"""The demo shop: products, pictures and texts made by this package's own code, the same from the same seed."""

from aisle.catalog.demo.shop import DemoSummary, generate

__all__ = ["DemoSummary", "generate"]
