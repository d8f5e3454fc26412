"""How well speech is understood, beside pocketsphinx's general model; with real people and with synthetic voices:

    python benchmarks/voice.py orders digits [--clips N]          real people: coffee orders, single digits
    python benchmarks/voice.py catalog [--queries N]              synthetic voices speak queries of fashion and electronics
    python benchmarks/voice.py load [--voices 20]                 many voices at once

Data: $AISLE_DATA (voice_orders_en, voice_digits_en, fashion, electronics). The language models are made of the catalogs, by
``aisle.speech.phrases``; nothing is learnt from a clip. The coffee shop's menu below was written from general knowledge; its
options are worded as the set's slot values are.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np

from aisle.config import SpeechConfig
from aisle.errors import InvalidMedia
from aisle.perception.sound import read_sound
from aisle.speech.base import RATE
from aisle.speech.endpoint import span_of, speech_of
from aisle.speech.phrases import phrases
from aisle.speech.pronouncing import number_words
from aisle.speech.sphinx import Sphinx

DRINKS = (
    "coffee", "house coffee", "drip coffee", "iced coffee", "cold brew", "espresso", "americano", "iced americano", "latte",
    "iced latte", "vanilla latte", "cappuccino", "mocha", "iced mocha", "macchiato", "caramel macchiato", "flat white",
    "cortado", "hot chocolate", "black tea", "green tea", "iced tea", "chai latte", "decaf coffee",
)  # fmt: skip
OPTIONS = (
    "small", "medium", "large", "eight ounce", "twelve ounce", "sixteen ounce", "twenty ounce", "light roast",
    "medium roast", "dark roast", "single shot", "double shot", "triple shot", "milk", "whole milk", "skim milk", "soy milk",
    "almond milk", "oat milk", "cream", "sugar", "brown sugar", "sweetener", "honey", "vanilla syrup", "caramel syrup",
    "whipped cream", "hot", "iced",
)  # fmt: skip
DIGITS = tuple("0123456789")

Ears = Callable[[np.ndarray], Sequence[str]]
"""Sound → wordings, the likeliest first."""


def data() -> Path:
    return Path(os.environ["AISLE_DATA"])


def menu() -> dict[str, float]:
    return phrases(types=dict.fromkeys(DRINKS, 1.0), values=dict.fromkeys(OPTIONS, 1.0))


def ours(said: Mapping[str, float]) -> Ears:
    recogniser = Sphinx(SpeechConfig(timeout_s=120), "", {"en": said})

    def hear(sound: np.ndarray) -> Sequence[str]:
        try:
            return [found.text for found in recogniser.transcribe(speech_of(sound), "en")]
        except InvalidMedia:
            return []

    return hear


def general() -> Ears:
    """pocketsphinx as it comes."""
    import pocketsphinx

    decoder = pocketsphinx.Decoder(samprate=float(RATE), loglevel="FATAL")

    def hear(sound: np.ndarray) -> Sequence[str]:
        decoder.start_utt()
        decoder.process_raw((sound * 32767).astype("<i2").tobytes(), full_utt=True)
        decoder.end_utt()
        found = decoder.hyp()
        return [found.hypstr] if found else []

    return hear


def worded(text: str) -> str:
    """A text with numbers in words, between spaces: what is compared."""
    words = text.lower().replace("-", " ").split()
    said = " ".join(number_words(int(word)) if word.isdigit() and len(word) < 7 else word for word in words)
    return f" {said} "


def listened(ears: Ears, sounds: Iterable[np.ndarray]) -> tuple[list[Sequence[str]], float]:
    """What was heard in each, and the real-time factor."""
    found, spent, heard = [], 0.0, 0.0
    for sound in sounds:
        began = time.perf_counter()
        found.append(ears(sound))
        spent += time.perf_counter() - began
        heard += len(sound) / RATE
    return found, spent / heard


def orders(clips: int) -> None:
    rows = [json.loads(line) for line in (data() / "voice_orders_en/orders.jsonl").read_text().splitlines()][:clips]
    sounds = [read_sound((data() / "voice_orders_en" / row["clip"]).read_bytes()) for row in rows]
    print(f"orders: {len(rows)} clips of real people; slot recall of the likeliest transcript, of any of five")
    for name, ears in (("ours, of the menu", ours(menu())), ("general model", general())):
        found, factor = listened(ears, sounds)
        slots = [(kind, worded(value.strip()), wordings) for row, wordings in zip(rows, found, strict=True) for kind, value in row["slots"].items()]  # fmt: skip
        first = [value in worded(wordings[0] if wordings else "") for _, value, wordings in slots]
        any_ = [any(value in worded(wording) for wording in wordings) for _, value, wordings in slots]
        kinds = {kind: np.mean([hit for hit, slot in zip(first, slots, strict=True) if slot[0] == kind]) for kind, _, _ in slots}  # fmt: skip
        print(f"  {name:20} {np.mean(first):.3f} {np.mean(any_):.3f}  real-time factor {factor:.2f}  " + " ".join(f"{kind} {value:.2f}" for kind, value in sorted(kinds.items())), flush=True)  # fmt: skip


def digits(clips: int) -> None:
    paths = sorted((data() / "voice_digits_en").glob("*.wav"))[:: max(1, 314 // clips)]
    sounds = [read_sound(path.read_bytes()) for path in paths]
    refused = sum(span_of(sound) is None for sound in sounds)
    print(f"digits: {len(paths)} clips; accuracy of the likeliest transcript ({refused} taken for no speech)")
    for name, ears in (("ours, digits alone", ours_digits()), ("general model", general())):
        found, factor = listened(ears, sounds)
        right = [
            worded(path.name[0]) in worded(words[0] if words else "").replace(" oh ", " zero ")
            for path, words in zip(paths, found, strict=True)
        ]
        print(f"  {name:20} {np.mean(right):.3f}  real-time factor {factor:.2f}", flush=True)


def ours_digits() -> Ears:
    return ours(dict.fromkeys(DIGITS, 1.0))


PARTS = {"orders": orders, "digits": digits}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="+", choices=PARTS)
    parser.add_argument("--clips", type=int, default=1000)
    asked = parser.parse_args()
    for part in asked.parts:
        PARTS[part](asked.clips)


if __name__ == "__main__":
    main()
