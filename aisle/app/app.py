"""Everything one server serves: a configuration, one model, and shops by name."""

from __future__ import annotations

import gc
import threading
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Self

from aisle.app.shop import Shop
from aisle.config import Config
from aisle.models import registry


class App:
    """Shops that share a model; use it in a ``with`` block, which starts their background work and stops it."""

    def __init__(self, config: Config, shops: Mapping[str, Shop]) -> None:
        self.config = config
        self.shops = MappingProxyType(dict(shops))

    @classmethod
    def open(cls, config: Config, stores: Mapping[str, Path]) -> Self:
        """Open the stores by name; "default" is the one that the bare /v1 serves. Raises NotFound, StoreCorrupt."""
        model = registry.load(config.model, config.threads, config.device)
        shops: dict[str, Shop] = {}
        try:
            for name, path in stores.items():
                shops[name] = Shop.open(name, path, create=False, model=model, config=config)
        except BaseException:
            for shop in shops.values():
                shop.close()
            raise
        return cls(config, shops)

    def __enter__(self) -> Self:
        for shop in self.shops.values():
            shop.start()
        threading.Thread(target=self._warm, name="warm", daemon=True).start()
        return self

    def _warm(self) -> None:
        """Load what loads at first use, so that the first shopper doesn't wait for it.

        Then spare all of it from Python's collections of garbage: dictionaries, graphs and indexes make three quarters of a million objects,
        and each full collection looked at them again, some 0.3 s in which no thread answers.
        """
        for shop in self.shops.values():
            shop.warm()
        gc.freeze()

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        gc.unfreeze()
        for shop in self.shops.values():
            shop.close()
