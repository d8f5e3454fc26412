"""Picture references of a row → absolute paths inside the allowed folders, or URLs; everything else is refused with a
reason."""

from __future__ import annotations

import json
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SUFFIXES = (".jpg", ".jpeg", ".png", ".webp", ".gif", ".avif", ".heic")
MAX_PICTURES = 24
_SEPARATOR = re.compile(
    r"[|;\n]|,(?=\s{0,9}(?:https?:|//))|(?<=\.(?:jpg|png|gif)),|(?<=\.(?:jpeg|webp|avif|heic)),", re.IGNORECASE
)
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]+:", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Folders:
    """Where relative references may lie: the feed's own folder and the folder of pictures, each absolute, or None."""

    base: str | None
    images: str | None

    @classmethod
    def of(cls, base: Path | None, images: Path | None) -> Folders:
        return cls(*(os.path.abspath(each) if each is not None else None for each in (base, images)))  # noqa: PTH100


def split_references(value: Any) -> list[str]:
    """Every reference of a cell: a list, a JSON list, or text separated by ``|``, ``;``, lines, or commas between
    addresses."""
    if isinstance(value, list | tuple):
        return [part for each in value for part in split_references(each)]
    if not isinstance(value, str):
        return []
    text = value.strip()
    if text.startswith("["):
        try:
            return split_references(json.loads(text))
        except (ValueError, RecursionError):
            text = text.strip("[]'\" ")
    return [part.strip(" '\"") for part in _SEPARATOR.split(text) if part.strip(" '\"")]


def resolve(reference: str, folders: Folders) -> tuple[str | None, str]:
    """(absolute path or URL, "") of one reference, or (None, the kind of repair that says why not)."""
    lowered = reference[:8].lower()
    if lowered.startswith(("http://", "https://")):
        return (reference.replace(" ", "%20"), "") if len(reference) <= 2000 else (None, "picture unsupported")
    if reference.startswith("//") and folders.base is None:
        return f"https:{reference}", ""
    if reference.startswith("//") and "." in reference.split("/")[2]:
        return f"https:{reference}", ""
    if _SCHEME.match(reference) or "\x00" in reference or len(reference) > 1000:
        return None, "picture unsupported"
    plain = reference.replace("\\", "/")
    inside = False
    for root in (folders.images, folders.base):
        if root is None:
            continue
        for relative in dict.fromkeys((plain, plain.rsplit("/", 1)[-1] if root == folders.images else plain)):
            path = os.path.normpath(os.path.join(root, relative))  # noqa: PTH118
            if not path.startswith(root.rstrip("/") + "/"):
                continue
            inside = True
            if os.path.isfile(path):  # noqa: PTH113
                return path, ""
    if inside or (folders.base is None and folders.images is None):
        return None, "picture missing"
    return None, "picture outside the folder"


def by_id(identifier: str, folders: Folders) -> str | None:
    """The picture in the picture folder whose name is the product's id."""
    if folders.images is None or "/" in identifier or "\\" in identifier or identifier.startswith("."):
        return None
    for suffix in SUFFIXES:
        path = f"{folders.images}/{identifier}{suffix}"
        if "\x00" not in path and os.path.isfile(path):  # noqa: PTH113
            return path
    return None
