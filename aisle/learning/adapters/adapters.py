"""The adapters of one network: added, trained, saved apart from it, loaded, switched and merged.

An adapter is a set of layers that stand in for the network's own. Wearing another one, or none, puts other layers in their
places: nothing is loaded, and the network's own weights are never touched.
"""

from __future__ import annotations

import copy
import hashlib
import json
import re
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from aisle.errors import Conflict, InvalidRequest, NotFound
from aisle.learning.adapters.methods import Built, Method, Options, method_of, put

CARD, WEIGHTS = "adapter.json", "adapter.safetensors"
FROZEN = ("base.", "base_layer.")
"""How a stand-in calls the network's own layer inside it."""


@dataclass(frozen=True, slots=True)
class Adapter:
    """``built.layers`` are those of the method, ``whole`` trained copies of layers that the task brings (a head's)."""

    name: str
    method: Method
    options: Options
    built: Built
    whole: dict[str, nn.Module]

    @property
    def layers(self) -> dict[str, nn.Module]:
        return {**self.built.layers, **self.whole}

    def parameters(self) -> Iterator[tuple[str, nn.Parameter]]:
        """Everything it trains and keeps, by path; nothing of the network."""
        for path, layer in self.built.layers.items():
            for name, parameter in layer.named_parameters():
                if not name.startswith(FROZEN) and "ranknum" not in name:  # AdaLoRA's ranknum is a constant
                    yield f"{path}.{name}", parameter
        for path, layer in self.whole.items():
            for name, parameter in layer.named_parameters():
                yield f"{path}.{name}", parameter

    def state(self) -> dict[str, Tensor]:
        """Copies of its weights."""
        return {name: parameter.detach().clone().contiguous() for name, parameter in self.parameters()}

    def count(self) -> int:
        """How many numbers it trains."""
        return sum(parameter.numel() for _, parameter in self.parameters())


class Adapters:
    """Those of ``root``, put into the part of it at the path ``within``; at most one is worn (``active``)."""

    def __init__(self, root: nn.Module, within: str = "") -> None:
        self.root = root
        self.within = within
        self.added: dict[str, Adapter] = {}
        self.active: str | None = None
        self._own: dict[str, nn.Module | None] = {}
        self._print: str | None = None

    def add(self, name: str, method: str, options: Options | None = None, whole: Sequence[str] = ()) -> Adapter:
        """A new adapter, worn at once; the network is frozen, the adapter can be trained. Raises Conflict, InvalidRequest.

        ``whole`` names layers of ``root`` that are trained as a whole, each adapter its own copy.
        """
        if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", name):
            raise InvalidRequest(f"{name!r} can't be a name.", field="name", hint="Letters, digits and . _ - only.")
        if name in self.added:
            raise Conflict(f"There is an adapter {name!r} already.", field="name", hint="Choose another name.")
        self.switch(None)
        self._print = self._print or fingerprint(self.root)
        kind, options = method_of(method), options or Options()
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(options.seed)
            built = kind.build(self.root.get_submodule(self.within), options)
        if self.within:
            layers = {f"{self.within}.{path}": layer for path, layer in built.layers.items()}
            built = Built(layers, built.penalty, built.allocate, built.finish)
        copies = {path: copy.deepcopy(self.root.get_submodule(path)) for path in whole}
        adapter = Adapter(name, kind, options, built, copies)
        self.added[name] = adapter
        self.switch(name)
        self.root.requires_grad_(False)
        for _, parameter in adapter.parameters():
            parameter.requires_grad_(True)
        return adapter

    def switch(self, name: str | None) -> None:
        """Wear another adapter, or none. Raises NotFound."""
        if name is not None:
            self.get(name)
        if self.active is not None:
            for path, own in self._own.items():
                put(self.root, path, own)
        self._own, self.active = {}, name
        if name is not None:
            for path, layer in self.added[name].layers.items():
                self._own[path] = _at(self.root, path)
                put(self.root, path, layer.train(self.root.training))

    def get(self, name: str) -> Adapter:
        """Raises NotFound."""
        if name not in self.added:
            known = ", ".join(self.added) or "none"
            raise NotFound(f"There is no adapter {name!r}.", field="name", hint=f"There are: {known}.")
        return self.added[name]

    def merge(self, name: str) -> None:
        """Make an adapter part of the network's own weights; then no adapter is left. Raises Conflict, NotFound.

        The others were trained beside weights that are gone, so they go too.
        """
        adapter = self.get(name)
        if not adapter.method.is_linear:
            raise Conflict(
                f"An adapter of method {adapter.method.name} can't be merged: it isn't a sum with the weights.",
                field="name",
                hint="Keep it beside the network; switching costs nothing.",
            )
        self.switch(None)
        for path, layer in adapter.built.layers.items():
            layer.merge(adapter_names=None)  # type: ignore[operator]
            put(self.root, path, layer.base_layer)  # type: ignore[arg-type]
        for path, layer in adapter.whole.items():
            put(self.root, path, layer)
        self.added.clear()
        self._print = None

    def save(self, name: str, folder: Path) -> None:
        """``folder``/NAME/adapter.json and adapter.safetensors; nothing of the network."""
        from safetensors.torch import save_file

        adapter = self.get(name)
        target = folder / name
        target.mkdir(parents=True, exist_ok=True)
        save_file(adapter.state(), target / WEIGHTS)
        card = {
            "name": name,
            "method": adapter.method.name,
            "options": asdict(adapter.options),
            "whole": list(adapter.whole),
            "parameters": adapter.count(),
            "base": self._print,
        }
        (target / CARD).write_text(json.dumps(card, indent=2) + "\n", encoding="utf-8")

    def load(self, folder: Path) -> Adapter:
        """The adapter in ``folder`` (with adapter.json), worn at once. Raises NotFound, Conflict, InvalidRequest."""
        from safetensors.torch import load_file

        card = read(folder)
        self.switch(None)
        self._print = self._print or fingerprint(self.root)
        if card["base"] != self._print:
            raise Conflict(
                f"The adapter in {folder} was trained on another network.",
                field="base",
                hint="It only means something beside the weights that it was trained with.",
            )
        adapter = self.add(str(card["name"]), str(card["method"]), Options(**card["options"]), card["whole"])
        stored = load_file(folder / WEIGHTS)
        own = dict(adapter.parameters())
        if stored.keys() != own.keys():
            raise InvalidRequest(f"{folder / WEIGHTS} doesn't hold what {CARD} says.", field="adapter")
        with torch.no_grad():
            for name, parameter in own.items():
                parameter.copy_(stored[name])
        return adapter


def _at(root: nn.Module, path: str) -> nn.Module | None:
    try:
        return root.get_submodule(path)
    except AttributeError:
        return None


def fingerprint(root: nn.Module) -> str:
    """Sixteen hex digits that tell networks apart: names, shapes and some numbers of every weight."""
    whole = hashlib.blake2b(digest_size=8)
    for name, parameter in sorted(root.named_parameters()):
        flat = parameter.detach().float().flatten()
        whole.update(f"{name}{tuple(parameter.shape)}".encode())
        whole.update(flat[:: max(1, len(flat) // 64)].cpu().numpy().tobytes())
    return whole.hexdigest()


def read(folder: Path) -> dict[str, Any]:
    """adapter.json of an adapter's folder. Raises NotFound, InvalidRequest."""
    path = folder / CARD
    try:
        card = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise NotFound(f"{folder} holds no adapter: {CARD} is missing.", field="adapter") from None
    except ValueError as error:
        raise InvalidRequest(f"{path} isn't JSON: {error}.", field="adapter") from None
    if not isinstance(card, dict) or not {"name", "method", "options", "whole", "base"} <= card.keys():
        raise InvalidRequest(f"{path} isn't an adapter's card.", field="adapter")
    return card


def listed(folder: Path) -> list[dict[str, Any]]:
    """The cards of the adapters in ``folder``, by name."""
    return [read(path.parent) for path in sorted(folder.glob(f"*/{CARD}"))]


def remove(folder: Path, name: str) -> None:
    """Delete a saved adapter. Raises NotFound."""
    read(folder / name)
    shutil.rmtree(folder / name)
