"""The kinds of adapters: each says which layers stand in for which while it is worn."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import torch
from torch import Tensor, nn

from aisle.errors import InvalidRequest
from aisle.learning.adapters.bottleneck import bottlenecks
from aisle.learning.adapters.prefix import prefixes
from aisle.learning.adapters.targets import family_of, named

NAME = "own"
"""What peft calls the one adapter of its layers; ours have their names outside."""


@dataclass(frozen=True, slots=True)
class Options:
    """Sizes of an adapter. ``rank`` and ``alpha`` are LoRA's and AdaLoRA's (its mean rank), ``prefix`` counts tokens,
    ``bottleneck`` is a width; ``steps`` is how long it will be trained, by which AdaLoRA plans its budget.
    """

    rank: int = 8
    alpha: int = 16
    prefix: int = 8
    bottleneck: int = 16
    steps: int = 1000
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Built:
    """``layers``: path → what stands there. ``penalty`` joins the loss; ``allocate`` is told of every step taken, its
    gradients still there; ``finish`` ends the training."""

    layers: Mapping[str, nn.Module]
    penalty: Callable[[], Tensor] | None = None
    allocate: Callable[[int], None] | None = None
    finish: Callable[[], None] | None = None


@dataclass(frozen=True, slots=True)
class Method:
    """``is_linear``: what it learns can be added to the weights it stands beside."""

    name: str
    is_linear: bool
    build: Callable[[nn.Module, Options], Built]


def _lora(network: nn.Module, options: Options) -> Built:
    """Low-rank additions to queries and values (Hu et al. 2021, arXiv:2106.09685)."""
    from peft import LoraConfig, LoraModel

    config = LoraConfig(r=options.rank, lora_alpha=options.alpha, **_where(network))
    return Built(_injected(LoraModel, network, config)[1])


def _adalora(network: nn.Module, options: Options) -> Built:
    """LoRA as a singular value decomposition that gives rank to the layers that need it (arXiv:2303.10512)."""
    from peft import AdaLoraConfig, AdaLoraModel

    config = AdaLoraConfig(
        init_r=max(options.rank + 1, options.rank * 3 // 2),
        target_r=options.rank,
        lora_alpha=options.alpha,
        tinit=options.steps // 10,
        tfinal=options.steps // 3,
        deltaT=max(1, options.steps // 50),
        total_step=max(3, options.steps),
        **_where(network),
    )
    tuner, layers = _injected(AdaLoraModel, network, config)

    def penalty() -> Tensor:
        """‖PᵀP − I‖ + ‖QQᵀ − I‖, mean over the layers: both sides stay orthogonal."""
        sides = [side for layer in layers.values() for side in (layer.lora_A[NAME], layer.lora_B[NAME].T)]  # type: ignore[index]
        off = [torch.norm(side @ side.T - torch.eye(len(side), device=side.device)) for side in sides]
        return config.orth_reg_weight * torch.stack(off).mean()

    def finish() -> None:
        if config.rank_pattern:
            tuner.rankallocator.mask_using_rank_pattern(network, config.rank_pattern)

    return Built(layers, penalty, tuner.update_and_allocate, finish)


def _where(network: nn.Module) -> dict[str, Any]:
    from transformers.pytorch_utils import Conv1D

    found = named(network, family_of(network).attention)
    turned = any(isinstance(layer, Conv1D) for layer in found.values())  # GPT-2 keeps its weights transposed
    return {"target_modules": list(found), "fan_in_fan_out": turned, "lora_dropout": 0.0}


def _injected(tuner: Any, network: nn.Module, config: Any) -> tuple[Any, dict[str, nn.Module]]:
    """peft's layers, taken out of the network again: what is worn is decided in one place (Adapters.switch)."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about networks without a config
        made = tuner(network, config, NAME)
    layers = {path: network.get_submodule(path) for path in config.target_modules}
    for path, layer in layers.items():
        put(network, path, layer.get_base_layer())  # type: ignore[operator]
    if hasattr(network, "peft_config"):
        del network.peft_config
    return made, layers


def put(root: nn.Module, path: str, module: nn.Module | None) -> None:
    """Let ``module`` stand at ``path``; None takes away what stands there."""
    parent, _, leaf = path.rpartition(".")
    owner = root.get_submodule(parent)
    if module is None:
        delattr(owner, leaf)
    else:
        setattr(owner, leaf, module)


METHODS: Mapping[str, Method] = MappingProxyType(
    {
        method.name: method
        for method in (
            Method("lora", True, _lora),
            Method("adalora", True, _adalora),
            Method("prefix", False, lambda network, options: Built(prefixes(network, options.prefix))),
            Method("bottleneck", False, lambda network, options: Built(bottlenecks(network, options.bottleneck))),
        )
    }
)
"""Name → method. One more is a function that builds its layers, and a line here."""


def method_of(name: str) -> Method:
    """The method of a name. Raises InvalidRequest."""
    if name not in METHODS:
        raise InvalidRequest(f"There is no method {name!r}.", field="method", hint=f"Known: {', '.join(METHODS)}.")
    return METHODS[name]
