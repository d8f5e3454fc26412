"""A model by its id on the hub: from the local cache, else fetched once into it."""

from __future__ import annotations

import importlib.util
import re
from contextlib import suppress
from pathlib import Path
from typing import Any

from aisle.errors import NotFound

IDENTIFIER = re.compile(r"(?P<repository>[\w-][\w.-]*/[\w-][\w.-]*)(?:@(?P<revision>[\w.-]+))?")
WEIGHTS = ("*.safetensors",)
EXPORTS = tuple(f"{place}{name}.onnx*" for place in ("", "onnx/") for name in ("model", "vision_model", "text_model"))
OTHERS = ("*.json", "*.txt", "*.model", "1_Pooling/*.json")


def is_identifier(name: str) -> bool:
    """Whether it may be an id: owner/name, or owner/name@revision."""
    return IDENTIFIER.fullmatch(name) is not None


def download(identifier: str) -> Path:
    """The model's folder in the hub's cache. What was fetched once is used from then on, network or not: a model that
    changes by itself would make vectors that don't compare. Neither code nor pickles are fetched. Raises NotFound.
    """
    match = IDENTIFIER.fullmatch(identifier)
    assert match is not None
    repository, revision = match["repository"], match["revision"]
    by_hand = f"Where there is a network: hf download {repository} --local-dir FOLDER; then name the folder."
    try:
        import httpx
        from huggingface_hub import snapshot_download
        from huggingface_hub.errors import HfHubHTTPError
    except ImportError:
        raise NotFound(
            f"There is no folder {identifier}, and nothing that could fetch it from the hub.",
            field="model",
            hint=f"pip install 'aisle[hub]'. {by_hand}",
        ) from None
    weights = WEIGHTS if importlib.util.find_spec("torch") else EXPORTS
    wanted: dict[str, Any] = {"revision": revision, "allow_patterns": [*weights, *OTHERS]}
    try:
        with suppress(OSError, ValueError, HfHubHTTPError):
            cached = Path(snapshot_download(repository, local_files_only=True, **wanted))
            if any(path for kind in weights for path in cached.glob(kind)):  # not a fetch that was broken off
                return cached
        return Path(snapshot_download(repository, **wanted))
    except (OSError, ValueError, HfHubHTTPError, httpx.HTTPError) as error:
        reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        raise NotFound(
            f"There is no folder {identifier}, and the hub didn't give it: {reason}", field="model", hint=by_hand
        ) from error
