"""Where training runs: the device, whether it multiplies in bfloat16, and the other processes of a run on several."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn


def device_of(name: str) -> torch.device:
    """ "auto" is a GPU where there is one; anything else is PyTorch's name of a device."""
    return torch.device(("cuda" if torch.cuda.is_available() else "cpu") if name == "auto" else name)


def has_bfloat16(device: torch.device) -> bool:
    """Whether bfloat16 is in the hardware: where it is emulated it costs time instead of saving it."""
    if device.type == "cuda":
        return torch.cuda.get_device_capability(device) >= (8, 0)
    if device.type != "cpu":
        return False
    return any(
        getattr(torch.cpu, probe, lambda: False)() for probe in ("_is_avx512_bf16_supported", "_is_amx_tile_supported")
    )


@dataclass(frozen=True)
class Crew:
    """The processes that train together: this one's ``rank`` of ``size``, and where it computes."""

    device: torch.device
    rank: int = 0
    size: int = 1
    accelerator: Any = None

    @property
    def leads(self) -> bool:
        """Only the first process writes files."""
        return self.rank == 0

    def average_gradients(self, parameters: Iterable[nn.Parameter]) -> None:
        """Every process goes on with the mean of all gradients."""
        if self.size == 1:
            return
        gradients = [p.grad for p in parameters if p.grad is not None]
        mean = self.accelerator.reduce(torch.cat([g.reshape(-1) for g in gradients]), reduction="mean")
        start = 0
        for gradient in gradients:
            gradient.copy_(mean[start : start + gradient.numel()].view_as(gradient))
            start += gradient.numel()

    def agree(self, answer: int) -> int:
        """The first process's answer, in all of them."""
        if self.size == 1:
            return answer
        from accelerate.utils import broadcast

        return int(broadcast(torch.tensor([int(answer)], device=self.device), from_process=0).item())

    def wait(self) -> None:
        if self.size > 1:
            self.accelerator.wait_for_everyone()


def rank() -> int:
    """This process's number among those started together; 0 where it is alone."""
    return int(os.environ.get("RANK", "0"))


def crew(device: str) -> Crew:
    """This process alone, or the processes that ``accelerate launch`` (or torchrun) started."""
    if int(os.environ.get("WORLD_SIZE", "1")) < 2:
        return Crew(device_of(device))
    from accelerate import Accelerator

    accelerator = Accelerator(cpu=device == "cpu" or not torch.cuda.is_available())
    return Crew(accelerator.device, accelerator.process_index, accelerator.num_processes, accelerator)
