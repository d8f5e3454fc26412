"""What all tests share: their order, and examples that are the same everywhere and may take as long as a busy machine needs."""

from __future__ import annotations

import pytest
from hypothesis import settings

settings.register_profile("anywhere", deadline=None, derandomize=True, database=None)
settings.load_profile("anywhere")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Browser tests come last: while a browser is open it keeps an event loop running in the tests' thread."""
    items.sort(key=lambda item: "browser" in item.path.parts)
