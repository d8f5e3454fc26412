"""Pickled weights → model.safetensors: ``python -m aisle.models.hub.convert FOLDER``.

Reads tensors alone (torch's weights_only), so that nothing in the file is run.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path


def convert(folder: Path) -> Path:
    """pytorch_model.bin (or its parts) in ``folder`` → model.safetensors there. Raises FileNotFoundError."""
    import torch
    from safetensors.torch import save_file

    files = sorted(folder.glob("pytorch_model*.bin"))
    if not files:
        raise FileNotFoundError(f"{folder} has no pytorch_model.bin")
    tensors: dict[str, torch.Tensor] = {}
    for file in files:
        tensors |= torch.load(file, map_location="cpu", weights_only=True)
    # Tied weights are one tensor under two names; safetensors wants each to own its memory.
    save_file(
        {name: t.clone().contiguous() for name, t in tensors.items()}, folder / "model.safetensors", {"format": "pt"}
    )
    return folder / "model.safetensors"


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    print(convert(parser.parse_args(arguments).folder))


if __name__ == "__main__":
    main()
