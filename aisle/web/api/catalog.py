"""From products as clients send them to the flat rows that the catalog reads."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from aisle.errors import AisleError, InvalidRequest
from aisle.web.api.models import ProductRow
from aisle.web.facade import Shop

PICTURE_WORDS = ("image", "img", "picture", "photo", "thumbnail", "gallery", "media", "file", "图", "圖")
"""What the names of columns that hold pictures are made of."""


def catalog_rows(
    products: Sequence[ProductRow], shop: Shop, prefix: str, *, ids: Sequence[str] | None = None
) -> list[dict[str, Any]]:
    """Flat rows, each with its id. Raises InvalidRequest for a picture that is neither a URL nor one of this shop's.

    A feed on disk may name files beside it; a client may not, or it could have the server read its own disk.
    """
    rows = []
    for i, product in enumerate(products):
        where = f"products.{i}." if ids is None else ""
        row = {name: _cell(name, value, shop, prefix, where) for name, value in product.row().items()}
        rows.append({**row, "id": ids[i]} if ids is not None else row)
    return rows


def _cell(name: str, value: Any, shop: Shop, prefix: str, where: str) -> Any:
    if not any(word in name.casefold() for word in PICTURE_WORDS):
        return value
    if isinstance(value, list):
        return [_cell(name, each, shop, prefix, where) for each in value]
    return _picture(value, shop, prefix, f"{where}{name}") if isinstance(value, str) else value


def _picture(reference: str, shop: Shop, prefix: str, field: str) -> str:
    if not reference or reference.startswith(("https://", "http://")):
        return reference
    own = reference.removeprefix(f"{prefix}/media/")
    if own != reference and "/" not in own and "\\" not in own:
        try:
            return str(shop.media_path(own))
        except AisleError:
            pass  # refused below, like any other name
    raise InvalidRequest("Not a picture's URL.", field=field, hint="Give http(s) URLs, or /media names of this shop.")
