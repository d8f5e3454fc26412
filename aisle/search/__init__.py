"""The use case: a Query and a View go in, a Response comes out. Plain functions, one module per stage of the one-way road.

asking → matching → scoring → presenting, put together in answering
"""

from aisle.search.answering import search
from aisle.search.view import View

__all__ = ["View", "search"]
