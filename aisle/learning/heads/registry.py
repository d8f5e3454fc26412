"""Which tasks there are. A task more is one file and one line here."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from aisle.errors import InvalidRequest
from aisle.learning.heads.classifier import Classifier
from aisle.learning.heads.generator import Generator
from aisle.learning.heads.head import Head
from aisle.learning.heads.tagger import Tagger

HEADS: Mapping[str, type[Head]] = MappingProxyType({kind.task: kind for kind in (Classifier, Tagger, Generator)})
"""Task → head."""


def head_of(task: str) -> type[Head]:
    """The head of a task. Raises InvalidRequest."""
    if task not in HEADS:
        raise InvalidRequest(f"There is no task {task!r}.", field="task", hint=f"Known tasks: {', '.join(HEADS)}.")
    return HEADS[task]
