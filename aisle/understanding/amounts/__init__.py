"""Numbers and constraints of a query: prices, ratings, measures, how many, and what one wishes to see first.

``numerals`` finds numbers, ``sides`` reads each with the ``words`` beside it, ``meaning`` says what that comes to, ``wishes`` finds
sorts; ``reading`` goes through a text with them.
"""

from aisle.understanding.amounts.reading import Amounts, read_amounts, read_normalized

__all__ = ["Amounts", "read_amounts", "read_normalized"]
