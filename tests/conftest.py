"""What all tests share: their order, and examples that are the same everywhere and may take as long as a busy machine needs."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import settings

settings.register_profile("anywhere", deadline=None, derandomize=True, database=None)
settings.load_profile("anywhere")


ORDER = ("durability", "", "browser")
"""Folders: kills first, as they take long and are few; browsers last, as an open one keeps an event loop running in the tests' thread."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Within a folder's turn files with many tests come first, so that two workers end together."""
    tests = Counter(item.path for item in items)

    def place(item: pytest.Item) -> tuple[int, int, str]:
        folder = item.path.parent.name
        return ORDER.index(folder if folder in ORDER else ""), -tests[item.path], str(item.path)

    items.sort(key=place)
