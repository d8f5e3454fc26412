"""The composition root: opens stores, views and the model, introduces them to each other, and keeps the views current."""

from aisle.app.app import App
from aisle.app.shop import Shop, WriteReport, patched

__all__ = ["App", "Shop", "WriteReport", "patched"]
