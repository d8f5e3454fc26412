"""Kill a writing process with SIGKILL again and again: is every row there that it had acknowledged?

    python benchmarks/durability.py --trials 50
    python benchmarks/durability.py indexing --trials 50
    python benchmarks/durability.py serving --trials 50

``indexing`` kills ``aisle index`` and lets it finish; ``serving`` kills a server under PUTs. See ``durability_doors.py``.

A child process writes batches of products, each batch with a picture and an update of one product that all batches
share, and says so on its standard output when the transaction has returned. After a random while it is killed. The
store is then opened again, checked from end to end and compared with what was acknowledged. A kill leaves the
operating system alive: that a write also survives a power cut rests on the fsync that the times below include.
"""

from __future__ import annotations

import argparse
import json
import random
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from durability_doors import MODES

from aisle.store import Record, Store
from aisle.types import Product

ROWS = 20
SHARED = "shared"


def rows_of(trial: int, batch: int) -> list[str]:
    """The ids of a batch, the same in the child that writes and the parent that checks."""
    return [f"{trial}-{batch}-{i}" for i in range(ROWS)]


def write(path: Path, trial: int) -> None:
    """The child: write for ever, acknowledging each batch with its number and the milliseconds it took."""
    vector = np.full(256, 1 / 16, np.float32)
    with Store.open(path) as store:
        batch = 0
        while True:
            name = store.add_media(f"picture {trial} {batch}".encode(), "jpg")
            rows = [Record(Product(id, f"Batch {batch}", images=(name,)), "1", vector) for id in rows_of(trial, batch)]
            version = f"{trial} {batch}"
            started = time.perf_counter()
            with store.write() as writer:
                writer.put(rows)
                writer.put([Record(Product(SHARED, version), version, None)])
            took = (time.perf_counter() - started) * 1000
            sys.stdout.write(f"{batch} {took:.3f}\n")
            sys.stdout.flush()
            batch += 1


@dataclass(frozen=True, slots=True)
class Trial:
    """One kill. ``lost`` counts acknowledged rows that aren't there; ``unsound`` is what the check found."""

    acknowledged: int
    lost: int
    unsound: tuple[str, ...]
    write_ms: tuple[float, ...]
    reopen_ms: float


def kill_once(path: Path, trial: int, wait_s: float) -> Trial:
    """Start a writer, kill it ``wait_s`` seconds after its first word, and look at what is left."""
    with _writer(path, trial) as child:
        assert child.stdout is not None
        lines = [child.stdout.readline()]
        timer = threading.Timer(wait_s, child.kill)
        timer.start()
        lines += child.stdout.readlines()
        timer.join()
    # A last line without its end was being written when the kill came: not acknowledged.
    words = [line.split() for line in lines if line.endswith("\n")]
    batches = [int(number) for number, _ in words]
    started = time.perf_counter()
    store = Store.open(path)
    reopened = (time.perf_counter() - started) * 1000
    with store:
        lost = sum(_missing(store, trial, batch) for batch in batches)
        if batches:
            shared = store.product(SHARED)
            lost += shared is None or tuple(map(int, shared.title.split())) < (trial, batches[-1])
        unsound = tuple(store.check())
    return Trial(len(batches) * (ROWS + 1), lost, unsound, tuple(float(ms) for _, ms in words), reopened)


def _missing(store: Store, trial: int, batch: int) -> int:
    found = store.products(rows_of(trial, batch))
    vectors = store.vectors(rows_of(trial, batch))
    return sum(
        id not in vectors or id not in found or found[id].title != f"Batch {batch}" for id in rows_of(trial, batch)
    )


@contextmanager
def _writer(path: Path, trial: int) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, __file__, "--write", str(path), "--trial", str(trial)]
    child = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        yield child
    finally:
        child.kill()
        child.wait()
        if child.stdout is not None:
            child.stdout.close()


def run(path: Path, trials: int, seed: int = 0, *, timed: bool = True) -> dict[str, float]:
    """``trials`` kills of writers on one store, at moments drawn from ``seed``; the figures of the table, ``timed`` with single rows'."""
    draw = random.Random(seed)
    done = [kill_once(path, trial, draw.uniform(0.0, 0.5)) for trial in range(trials)]
    times = np.array([ms for trial in done for ms in trial.write_ms])
    return {
        "kills": len(done),
        "transactions acknowledged": len(times),
        "rows acknowledged": sum(trial.acknowledged for trial in done),
        "rows lost": sum(trial.lost for trial in done),
        "checks that found something": sum(bool(trial.unsound) for trial in done),
        f"write of {ROWS + 1} rows, p50 ms": round(float(np.median(times)), 3),
        f"write of {ROWS + 1} rows, p99 ms": round(float(np.percentile(times, 99)), 3),
        **({"write of 1 row, p50 ms": round(_single_row_ms(path), 3)} if timed else {}),
        "reopening after the kill, p50 ms": round(float(np.median([trial.reopen_ms for trial in done])), 3),
    }


def _single_row_ms(path: Path) -> float:
    times = []
    with Store.open(path) as store:
        for i in range(200):
            started = time.perf_counter()
            with store.write() as writer:
                writer.put([Record(Product(SHARED, f"single {i}"), f"single {i}", None)])
            times.append((time.perf_counter() - started) * 1000)
    return float(np.median(times))


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("mode", nargs="?", choices=("store", "indexing", "serving"), default="store")
    parser.add_argument("--trials", type=int, default=50)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--folder", type=Path, help="where the store is made (default: a temporary folder)")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--untimed", action="store_true", help="leave out what is only timed")
    parser.add_argument("--write", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--trial", type=int, default=0, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.write:
        write(given.write, given.trial)
        return
    with tempfile.TemporaryDirectory(dir=given.folder) as folder:
        if given.mode == "store":
            figures = run(Path(folder) / "store", given.trials, given.seed, timed=not given.untimed)
        else:
            figures = MODES[given.mode](Path(folder), given.trials, given.seed)
    if given.json:
        print(json.dumps(figures))
    else:
        for name, figure in figures.items():
            print(f"{name:<32} {figure:>12,}")


if __name__ == "__main__":
    main()
