"""Text: one writing, one language, the words a product is found by and the words a query asks for."""

from aisle.perception.text.analysis import Analysis, Kind, Purpose, Token, analyze, terms
from aisle.perception.text.folding import fold, normalize
from aisle.perception.text.language import detect_language
from aisle.perception.text.marks import excerpt, highlight
from aisle.perception.text.queries import Alternative, Clause, clauses

__all__ = [
    "Alternative",
    "Analysis",
    "Clause",
    "Kind",
    "Purpose",
    "Token",
    "analyze",
    "clauses",
    "detect_language",
    "excerpt",
    "fold",
    "highlight",
    "normalize",
    "terms",
]
