"""Kills through the doors: ``aisle index`` in the middle of a feed, a server in the middle of PUTs (see ``durability.py``)."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import httpx
import numpy as np
from PIL import Image

from aisle.store import Store
from aisle.store.backup import DATABASE_FILE

PRODUCTS = 300
PICTURES = 40
LONGEST_SERVING_S = 1.5
COMMAND = (sys.executable, "-m", "aisle")
QUIET = {**os.environ, "AISLE_RATE_LIMIT": "1000000", "AISLE_RATE_BURST": "1000000"}


def feed(folder: Path, seed: int) -> Path:
    """A small feed: every product with one of a few pictures of coloured noise."""
    folder.mkdir()
    draw = np.random.default_rng(seed)
    for number in range(PICTURES):
        pixels = draw.integers(0, 256, (6, 6, 3), dtype=np.uint8)
        Image.fromarray(pixels).resize((96, 96), Image.Resampling.BICUBIC).save(folder / f"{number}.png")
    with (folder / "products.jsonl").open("w", encoding="utf-8") as lines:
        for number in range(PRODUCTS):
            row = {
                "id": f"p{number}",
                "title": f"Spoon number {number}",
                "price": number,
                "image": f"{number % PICTURES}.png",
            }
            lines.write(json.dumps(row) + "\n")
    return folder


def indexing(folder: Path, trials: int, seed: int) -> dict[str, float]:
    """Kill ``aisle index`` at a random moment, run it to the end, compare with a store that was never disturbed."""
    draw = random.Random(seed)
    source = feed(folder / "feed", seed)
    started = time.perf_counter()
    _index(source, folder / "undisturbed")
    whole_s = time.perf_counter() - started
    expected = _content(folder / "undisturbed")
    kills, runs, different, unsound, kept = 0, 0, 0, 0, []
    while kills < trials:
        store = folder / f"store-{runs}"
        runs += 1
        with subprocess.Popen(_indexing(source, store), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as child:
            try:
                child.wait(draw.uniform(0.3 * whole_s, 1.0 * whole_s))
            except subprocess.TimeoutExpired:
                child.send_signal(signal.SIGKILL)
                kills += 1
            else:
                whole_s *= 0.8  # it was faster than the one that was measured
                continue
        if (store / DATABASE_FILE).exists():
            with Store.open(store) as opened:
                kept.append(opened.count())
        _index(source, store)
        different += _content(store) != expected
        unsound += bool(_problems(store))
    return {
        "runs killed": kills,
        "products in the feed": PRODUCTS,
        "products kept at the kill, median": float(np.median(kept)) if kept else 0.0,
        "stores that differ after the next run": different,
        "checks that found something": unsound,
    }


def _indexing(source: Path, store: Path) -> list[str]:
    return [*COMMAND, "index", str(source), "--store", str(store), "--json"]


def _index(source: Path, store: Path) -> None:
    subprocess.run(_indexing(source, store), check=True, capture_output=True)


def _content(store: Path) -> Mapping[str, tuple[object, bytes]]:
    """Every product with its vector's bytes."""
    ids = [f"p{number}" for number in range(PRODUCTS)]
    with Store.open(store, create=False) as opened:
        assert opened.count() <= PRODUCTS, "products have doubled"
        vectors = opened.vectors(ids)
        return {id: (product, vectors[id].tobytes()) for id, product in opened.products(ids).items()}


def _problems(store: Path) -> list[str]:
    said = subprocess.run([*COMMAND, "store", "check", "--store", str(store), "--json"], capture_output=True)
    found: list[str] = json.loads(said.stdout)["problems"]
    return found


def serving(folder: Path, trials: int, seed: int) -> dict[str, float]:
    """Kill a server under PUTs at a random moment; every acknowledged product must be found by search after a restart."""
    draw = random.Random(seed)
    store = folder / "store"
    Store.open(store).close()
    acknowledged: dict[str, str] = {}
    lost, unsound, starts, puts = 0, 0, [], []
    for trial in range(trials):
        with _server(store) as (url, kill, start_s):
            starts.append(start_s)
            answers = _put_until_dead(url, trial, acknowledged)
            puts.append(next(answers))
            timer = threading.Timer(draw.uniform(0.0, LONGEST_SERVING_S), kill)
            timer.start()
            puts += answers
            timer.join()
        with _server(store) as (url, kill, start_s):
            starts.append(start_s)
            lost += _missing(url, acknowledged)
            kill()
        unsound += bool(_problems(store))
    return {
        "servers killed": trials,
        "products acknowledged": len(acknowledged),
        "products lost": lost,
        "checks that found something": unsound,
        "PUT, p50 ms": round(float(np.median(puts)), 1) if puts else 0.0,
        "start until ready, p50 ms": round(float(np.median(starts)) * 1000, 0),
    }


@contextmanager
def _server(store: Path) -> Iterator[tuple[str, Callable[[], None], float]]:
    """(its address, how to kill it, seconds until it was ready)."""
    started = time.perf_counter()
    command = [*COMMAND, "serve", "--store", str(store), "--port", "0"]
    child = subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True, env=QUIET)
    try:
        assert child.stderr is not None
        said = ""
        while "http://" not in said:
            said = child.stderr.readline()
            assert said, "the server ended before it listened"
        url = "http://" + said.split("http://")[1].split()[0].rstrip("/")
        yield url, child.kill, time.perf_counter() - started
    finally:
        child.kill()
        child.wait()
        if child.stderr is not None:
            child.stderr.close()


def _put_until_dead(url: str, trial: int, acknowledged: dict[str, str]) -> Iterator[float]:
    """Put new products and one that all trials share, for as long as there is an answer; milliseconds of each."""
    number = 0
    with httpx.Client(base_url=url, timeout=300) as client:
        while True:
            word = f"word{trial}x{number}"
            id = "shared" if number % 5 == 4 else f"p{trial}-{number}"
            started = time.perf_counter()
            try:
                answer = client.put(f"/v1/products/{id}", json={"title": f"Spoon {word}"})
            except httpx.TransportError:
                acknowledged.pop(id, None)  # neither the old nor the new word can be counted on
                return
            answer.raise_for_status()
            acknowledged[id] = word
            number += 1
            yield (time.perf_counter() - started) * 1000


def _missing(url: str, acknowledged: Mapping[str, str]) -> int:
    """How many acknowledged products a search for their own word doesn't find."""
    with httpx.Client(base_url=url, timeout=300) as client:
        lost = 0
        for id, word in acknowledged.items():
            asked = {"inputs": [{"type": "text", "value": word}], "limit": 5, "relax": False}
            hits = client.post("/v1/search", json=asked).raise_for_status().json()["hits"]
            lost += id not in [hit["id"] for hit in hits]
        return lost


MODES: Mapping[str, Callable[[Path, int, int], dict[str, float]]] = {"indexing": indexing, "serving": serving}
