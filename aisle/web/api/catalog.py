"""From products as clients send them to the flat rows that the catalog reads."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from aisle.errors import AisleError, InvalidRequest
from aisle.web.api.models import ProductRow
from aisle.web.facade import Shop


def catalog_rows(
    products: Sequence[ProductRow], shop: Shop, prefix: str, *, ids: Sequence[str] | None = None
) -> list[dict[str, Any]]:
    """Flat rows, each with its id. Raises InvalidRequest for a picture that is neither a URL nor one of this shop's.

    A feed on disk may name files beside it, a client may not. What this misses (pictures in columns by other names) the
    catalog leaves out, since it reads no file outside the store for a product that was sent.
    """
    rows = []
    for i, product in enumerate(products):
        row = product.row()
        where = "images" if ids is not None else f"products.{i}.images"
        if product.images:
            row["images"] = [_picture(reference, shop, prefix, where) for reference in product.images]
        rows.append(row if ids is None else {**row, "id": ids[i]})
    return rows


def _picture(reference: str, shop: Shop, prefix: str, field: str) -> str:
    if reference.startswith(("https://", "http://")):
        return reference
    own = reference.removeprefix(f"{prefix}/media/")
    if own != reference and "/" not in own and "\\" not in own:
        try:
            return str(shop.media_path(own))
        except AisleError:
            pass  # refused below, like any other name
    raise InvalidRequest("Not a picture's URL.", field=field, hint="Give http(s) URLs, or /media names of this shop.")
