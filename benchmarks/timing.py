"""Timing calls and printing tables, with the machine and the day."""

from __future__ import annotations

import datetime
import os
import platform
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import numpy as np

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Times:
    """Milliseconds a call: by the clock on the wall (median, 99th percentile) and of processor time over all threads."""

    p50: float
    p99: float
    cpu: float

    def cells(self) -> list[str]:
        return [f"{self.p50:.2f}", f"{self.p99:.2f}", f"{self.cpu:.2f}"]


def timed(call: Callable[[T], object], inputs: Sequence[T]) -> Times:
    """Call each input once to warm up, then once more with the clocks running."""
    for one in inputs:
        call(one)
    walls, cpus = [], []
    for one in inputs:
        wall, cpu = time.perf_counter(), time.process_time()
        call(one)
        cpus.append(time.process_time() - cpu)
        walls.append(time.perf_counter() - wall)
    return Times(*(np.percentile(walls, [50, 99]) * 1000).tolist(), float(np.median(cpus)) * 1000)


def machine() -> str:
    """One line on where and when this ran; the load says whether others were using the machine."""
    model = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.exists():
        names = [
            line.partition(":")[2].strip() for line in info.read_text().splitlines() if line.startswith("model name")
        ]
        model = names[0] if names else model
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else float("nan")
    return f"{model}, {os.cpu_count()} cores, load {load:.1f}; {datetime.date.today()}"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table."""
    lines = [list(head), ["---", *["---:"] * (len(head) - 1)], *(list(row) for row in rows)]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def size_of(text: str) -> int:
    """10k → 10,000; 1m → 1,000,000."""
    units = {"k": 1_000, "m": 1_000_000}
    return int(float(text[:-1]) * units[text[-1].lower()]) if text[-1].lower() in units else int(text)


def name_of(size: int) -> str:
    return f"{size // 1_000_000}M" if size % 1_000_000 == 0 else f"{size // 1_000}k"


def folder_bytes(path: Path) -> int:
    return sum(file.stat().st_size for file in path.rglob("*") if file.is_file())


def resident_bytes() -> tuple[int, int]:
    """(of the process alone, mapped from files) in bytes now; zeros where the system doesn't tell."""
    status = Path("/proc/self/status")
    if not status.exists():
        return 0, 0
    fields = dict(line.split(":", 1) for line in status.read_text().splitlines())
    return tuple(int(fields[name].split()[0]) * 1024 for name in ("RssAnon", "RssFile"))  # type: ignore[return-value]
