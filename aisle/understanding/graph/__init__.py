"""The knowledge graph: what a shop's things are called, what they are kinds of, and what goes with what."""

from aisle.understanding.graph.concepts import Concept, Edge, Key, Origin, Relation
from aisle.understanding.graph.dictionary import Candidate, Dictionary, Match
from aisle.understanding.graph.graph import Graph, Weighted

__all__ = ["Candidate", "Concept", "Dictionary", "Edge", "Graph", "Key", "Match", "Origin", "Relation", "Weighted"]
