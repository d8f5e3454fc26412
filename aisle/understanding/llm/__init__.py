"""A large language model, where one is configured, reads a query too; what it says is taken only if it is better, in time.

``refiner.Refiner`` is the face: ``open_refiner(LanguageModelConfig())``. ``providers.PROVIDERS`` lists who can be asked.
"""

from aisle.understanding.llm.refiner import Pending, Refinement, Refiner, open_refiner

__all__ = ["Pending", "Refinement", "Refiner", "open_refiner"]
