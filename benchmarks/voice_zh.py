"""Spoken Chinese: syllables and characters misheard, and the product found at 10 by voice beside by text.

    python -m benchmarks.voice_zh --shop .demo [--data $AISLE_DATA] [--queries 200]

``--shop`` is what ``aisle demo --prepare-only`` made (its folder, with shop/ and store/; the store is copied, not written). Queries are
the beginnings of Chinese titles of products that training never saw the titles of, a third of them within a sentence of asking. They
are spoken by espeak-ng in variants that training never heard, clean, and with pink noise or the murmur of other voices at 20, 10 and
5 dB. With ``--data``, held-out real queries too.

All voices, in training as here, come from one synthesiser: nothing here tells how well a person's Chinese is understood.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import tempfile
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from rich.console import Console

from aisle.app.shop import Shop
from aisle.cli.options import table
from aisle.errors import InvalidMedia
from aisle.speech import mel
from aisle.speech.ctc import SHIPPED, Network
from aisle.speech.pinyin import said
from aisle.speech.speech import Speech
from aisle.types import Input, InputType, Query, Transcript
from training.speech import voices
from training.speech.mandarin import CARRIERS, held_queries, spoken
from training.speech.rooms import Rooms, coloured
from training.speech.train import errors, greedy

NOISES = (None, 20.0, 10.0, 5.0)
"""Decibels of speech above noise; None is clean."""
FIRST = 10
_PARTS = re.compile(r"[\s【】|/]+")


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked, and the product that it should find ("" where it is a real query)."""

    text: str
    product: str = ""


def products(folder: Path) -> list[Mapping[str, str]]:
    return [json.loads(line) for line in (folder / "shop" / "products.jsonl").read_text(encoding="utf-8").splitlines()]


def questions(folder: Path, count: int, rng: np.random.Generator) -> list[Asked]:
    """Titles' beginnings as far as what the product is, of 6 to 14 characters; every third within a sentence of asking."""
    lines = (folder / "shop" / "splits.jsonl").read_text(encoding="utf-8").splitlines()
    seen = {row["product"] for row in map(json.loads, lines) if row["split"] == "train"}
    found: list[Asked] = []
    rows = products(folder)
    for number in rng.permutation(len(rows)):
        row = rows[number]
        text = ""
        for part in _PARTS.split(row["title_zh"]):
            text += part
            if row["type_zh"] in text and len(text) >= 6:
                break
        if row["id"] in seen or not 6 <= len(text) <= 14 or row["type_zh"] not in text:
            continue
        if len(found) % 3 == 2:
            text = str(rng.choice(CARRIERS[:10])).format(text)
        found.append(Asked(text, row["id"]))
        if len(found) == count:
            break
    return found


def speak(asked: Sequence[Asked], rng: np.random.Generator) -> list[np.ndarray]:
    """Each by a held-out voice, in a manner of its own, with a little silence around."""
    speaker = voices.speaker()
    pause = np.zeros(mel.RATE // 4, np.float32)
    return [
        np.concatenate([pause, speaker.say(spoken(one.text, rng).words, voices.manner(rng, voices.HELD)), pause])
        for one in asked
    ]


def noisy(sounds: Sequence[np.ndarray], decibels: float | None, rng: np.random.Generator) -> list[np.ndarray]:
    """Pink noise for one half, the murmur of other utterances for the other."""
    if decibels is None:
        return list(sounds)
    rooms, out = Rooms(), []
    rooms.remember(sounds[:24])
    for number, sound in enumerate(sounds):
        noise = coloured(len(sound), 1.0, rng) if number % 2 else rooms.babble(len(sound), rng)
        power = (sound**2).sum() / max((np.abs(sound) > 0.01).sum(), 1)
        noise *= np.sqrt(power * 10 ** (-decibels / 10) / (noise**2).mean())
        out.append(np.clip((sound + noise) * 0.7, -1, 1).astype(np.float32))
    return out


def hear(speech: Speech, sounds: Iterable[np.ndarray]) -> list[tuple[Transcript, ...]]:
    """As the server does it: the spoken part is found, brought to one level, and understood."""
    heard = []
    for sound in sounds:
        try:
            heard.append(speech.transcribe(sound, "zh"))
        except InvalidMedia:  # nothing was heard
            heard.append(())
    return heard


def written(text: str) -> list[str]:
    """Its characters as they are said: numbers in Chinese numerals, letters in capitals, without punctuation."""
    return [one for run in said(text) for one, _ in run if one]


def syllables(text: str) -> list[str]:
    return [syllable for run in said(text) for _, syllable in run]


def rate(pairs: Iterable[tuple[Sequence[object], Sequence[object]]]) -> float:
    """Errors a unit of what was said."""
    wrong = total = 0
    for right, heard in pairs:
        wrong += errors(right, heard)
        total += len(right)
    return wrong / max(total, 1)


def found_at(shop: Shop, asked: Sequence[Asked], inputs: Sequence[Input | None]) -> float:
    """Share of the products that are among the first ``FIRST`` hits."""
    right = 0
    for one, given in zip(asked, inputs, strict=True):
        if given is not None:
            hits = shop.search(Query((given,), locale="zh", limit=FIRST, group=False)).hits
            right += one.product in [hit.product.id for hit in hits]
    return right / len(asked)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shop", type=Path, required=True)
    parser.add_argument("--data", type=Path)
    parser.add_argument("--model", type=Path, default=SHIPPED)
    parser.add_argument("--queries", type=int, default=200)
    parser.add_argument("--seed", type=int, default=5)
    args = parser.parse_args()
    rng = np.random.default_rng(args.seed)
    os.environ["AISLE_SPEECH_MODELS"] = json.dumps({"zh": str(args.model)})
    network = Network(args.model, "zh")
    asked = questions(args.shop, args.queries, rng)
    real = [Asked(text) for text in held_queries(args.data)[: args.queries]] if args.data else []
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        store = Path(folder) / "store"
        shutil.copytree(args.shop / "store", store, ignore=shutil.ignore_patterns("*.lock"))
        with Shop.open("demo", store) as shop:
            shop.media.learn()
            by_text = found_at(shop, asked, [Input(InputType.TEXT, one.text) for one in asked])
            for name, texts, noises in (("catalog", asked, NOISES), ("real", real, (None, 10.0))):
                sounds = speak(texts, rng)
                for decibels in noises if texts else ():
                    heard_as = "clean" if decibels is None else f"{decibels:.0f} dB"
                    rows.append([name, heard_as, *measured(network, shop, texts, noisy(sounds, decibels, rng))])
    heads = (
        "queries",
        "noise",
        "syllables wrong, sound alone",
        "characters wrong",
        "all right",
        "found@10 by voice",
        "real-time factor",
    )
    shown = [[*row[:2], *(f"{value:.3f}" for value in row[2:])] for row in rows]
    Console(width=160).print(table(*heads, rows=shown))
    Console().print(f"{len(asked)} queries; found@10 by text: {by_text:.3f}")


def measured(network: Network, shop: Shop, asked: Sequence[Asked], sounds: Sequence[np.ndarray]) -> list[float]:
    alone = [[network.units[one - 1] for one in greedy(network.scores(mel.log_mel(sound)))] for sound in sounds]
    begun = time.thread_time()
    heard = hear(shop.media.speech, sounds)
    spent = time.thread_time() - begun
    best = [written(one[0].text) if one else [] for one in heard]
    right = [written(one.text) for one in asked]
    found = (
        found_at(shop, asked, [Input(InputType.AUDIO, one) if one else None for one in heard])
        if asked[0].product
        else float("nan")
    )
    return [
        rate((syllables(one.text), own) for one, own in zip(asked, alone, strict=True)),
        rate(zip(right, best, strict=True)),
        float(np.mean([one == own for one, own in zip(right, best, strict=True)])),
        found,
        spent / (sum(map(len, sounds)) / mel.RATE),
    ]


if __name__ == "__main__":
    main()
