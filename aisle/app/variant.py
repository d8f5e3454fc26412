"""The same products under another model or other settings, in a store of their own: what would be found if that were live?"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from aisle.app.shop import Shop, patched
from aisle.config import Config
from aisle.indexing import Preparer
from aisle.models.runtime import Model
from aisle.perception.image import Limits
from aisle.store import Record, Store

BATCH = 256


def variant(
    shop: Shop,
    folder: Path,
    *,
    model: Model | None = None,
    patch: Mapping[str, Any] | None = None,
    progress: Callable[[int], None] = lambda done: None,
) -> Shop:
    """A shop in ``folder`` (new or empty) with the products of ``shop``; its pictures stay where they are.

    Vectors are made anew only where ``model`` or what they are made of differs. The caller closes it. Raises InvalidRequest
    for settings that can't be.
    """
    chosen, settings = model or shop.model, patched(shop.settings, patch or {})
    kept = chosen.id == shop.model.id and settings.product_vectors is shop.settings.product_vectors
    preparer = Preparer(shop.store, chosen, limits=Limits(), fetch_timeout_s=1.0, vectors=settings.product_vectors)
    with Store.open(folder) as store:
        store.set_settings(settings)
        seq, done = 0, 0
        while changes := shop.store.changes(seq, BATCH, shop.model.id):
            seq, done = changes[-1].seq, done + len(changes)
            products = [each.product for each in changes if each.product is not None]
            vectors = [each.vector for each in changes if each.product is not None]
            if not kept:
                vectors, _ = preparer.embed(products)
            with store.write() as writer:
                writer.put(
                    [
                        Record(product, product.id, vector, chosen.id)
                        for product, vector in zip(products, vectors, strict=True)
                    ]
                )
            progress(done)
    return Shop.open(shop.name, folder, create=False, model=chosen, config=Config(store=folder, query_log_days=0))
