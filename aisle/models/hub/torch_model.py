"""A folder of the hub run by transformers on PyTorch: on the GPU if there is one, else on the CPU."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from aisle.errors import InvalidRequest
from aisle.models.hub.family import Config, Family, Inputs
from aisle.models.hub.model import HubModel
from aisle.models.hub.pooling import POOLINGS


class TorchModel(HubModel):
    """``device`` is "auto" (the first GPU, if any), "cpu", "cuda", "cuda:1", "mps". On a CPU it computes in float32, on a GPU
    in what the weights were saved as."""

    def __init__(
        self, folder: Path, card: Mapping[str, Any], config: Config, family: Family, threads: int, device: str
    ) -> None:
        super().__init__(folder, card, config, family)
        self._threads, self._wanted = threads, device

    @cached_property
    def _device(self) -> Any:
        import torch

        wanted = self._wanted
        if wanted == "auto":
            wanted = "cuda" if torch.cuda.is_available() else "cpu"
        try:
            torch.empty(0, device=wanted)
        except (RuntimeError, AssertionError) as error:  # AssertionError: torch without CUDA
            raise InvalidRequest(
                f"There is no device {wanted!r}: {error}", field="device", hint='Use "auto" or "cpu".'
            ) from None
        return torch.device(wanted)

    @cached_property
    def _network(self) -> Any:
        import torch

        if self._device.type == "cpu":
            torch.set_num_threads(self._threads)
        dtype = torch.float32 if self._device.type == "cpu" else "auto"
        opener = self.family.opener or self._from_pretrained
        return opener(self.path, self.config, dtype).eval().to(self._device)

    def _from_pretrained(self, folder: Path, config: Config, dtype: Any) -> Any:
        import transformers

        with _quiet():
            network, info = getattr(transformers, self.family.network).from_pretrained(
                folder,
                dtype=dtype,
                local_files_only=True,
                use_safetensors=True,
                output_loading_info=True,
                **self.family.options,
            )
        lacking = sorted(info["missing_keys"]) + sorted(map(str, info["mismatched_keys"]))
        if lacking:  # transformers would go on with random numbers
            raise InvalidRequest(
                f"The weights in {folder} aren't those of {self.family.label}: {len(lacking)} tensors are missing or of "
                f"another shape, such as {lacking[0]}.",
                field="model",
                hint="Fetch the folder again, whole; a model that needs code of its own can't be opened.",
            )
        return network

    def _run(self, modality: str, inputs: Inputs) -> np.ndarray:
        import torch

        tower, network = self.family.tower(modality), self._network
        tensors = {name: self._tensor(array) for name, array in inputs.items()}
        with torch.inference_mode():
            answer = getattr(network, tower.call)(**{n: t for n, t in tensors.items() if n in tower.inputs})
            states = getattr(answer, tower.output).float()
            rows = POOLINGS[tower.pooling](states, tensors.get("attention_mask"))  # (n, native dim)
        return rows.cpu().numpy()

    def _tensor(self, array: np.ndarray) -> Any:
        import torch

        tensor = torch.from_numpy(array).to(self._device)
        return tensor.to(self._network.dtype) if tensor.is_floating_point() else tensor


@contextmanager
def _quiet() -> Iterator[None]:
    """Without transformers' bars: whether weights fit is checked, and said in our own words."""
    from transformers.utils import logging

    was, bars = logging.get_verbosity(), logging.is_progress_bar_enabled()
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    try:
        yield
    finally:
        logging.set_verbosity(was)
        if bars:
            logging.enable_progress_bar()
