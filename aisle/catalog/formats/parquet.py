"""Parquet, a batch of rows at a time."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count

import pyarrow
import pyarrow.parquet

from aisle.catalog.formats.base import FeedBreaks, Source
from aisle.catalog.formats.flatten import flatten
from aisle.catalog.row import RawRow

_BATCH = 512


def read_parquet(source: Source) -> Iterator[RawRow]:
    with source.seekable() as stream:
        try:
            file = pyarrow.parquet.ParquetFile(stream)
            numbers = count(1)
            for batch in file.iter_batches(batch_size=_BATCH, use_threads=False):
                for record in batch.to_pylist():
                    yield RawRow(next(numbers), flatten(record))
        except (pyarrow.ArrowException, ValueError, OSError, OverflowError) as error:
            raise FeedBreaks(f"The Parquet file is damaged ({str(error)[:120]}).") from None


def recognises_parquet(head: str) -> bool:
    return head.startswith("PAR1")
