"""What all tests share: their order."""

from __future__ import annotations

import pytest


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Browser tests come last: while a browser is open it keeps an event loop running in the tests' thread."""
    items.sort(key=lambda item: "browser" in item.path.parts)
