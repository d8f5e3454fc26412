"""What one search reads, swapped whole when products or settings change."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from aisle.config import SearchSettings
from aisle.index.snapshot import Snapshot
from aisle.perception.senses import Senses
from aisle.understanding.compound import Understander
from aisle.understanding.wording import Reader


@dataclass(frozen=True)
class View:
    """What one search reads: immutable, swapped whole when products or settings change.

    ``background`` is a (m, dim) sample of product vectors that tells how a query's cosines are spread over this catalog.
    ``understander`` is made at its first use.
    """

    snapshot: Snapshot
    settings: SearchSettings
    fields: Mapping[str, str]
    senses: Senses
    reader: Reader
    background: np.ndarray
    understander: Callable[[], Understander]
