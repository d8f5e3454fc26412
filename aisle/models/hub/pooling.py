"""States of tokens → one row a text. The same lines work on numpy arrays and torch tensors."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from aisle.models.hub.family import AS_IT_IS


def mean(states: Any, mask: Any) -> Any:
    """(n, length, dim) and (n, length) of 0 and 1 → the mean over real tokens (Reimers & Gurevych 2019)."""
    weights = mask[:, :, None]  # (n, length, 1)
    return (states * weights).sum(1) / weights.sum(1)


def last(states: Any, mask: Any) -> Any:
    """The state of the last real token; padding is on the right."""
    return states[range(len(states)), (mask.sum(1) - 1).tolist()]


def first(states: Any, mask: Any) -> Any:
    """The state of the first token ([CLS])."""
    return states[:, 0]


def as_it_is(rows: Any, mask: Any) -> Any:
    """Already (n, dim); further axes of size 1 go."""
    return rows.reshape(rows.shape[0], -1)


POOLINGS: Mapping[str, Callable[[Any, Any], Any]] = {"mean": mean, "last": last, "first": first, AS_IT_IS: as_it_is}
