"""How well speech is understood, by pocketsphinx and the network, each alone and together (as shipped), beside pocketsphinx's general
model; with real people and with synthetic voices:

    python -m benchmarks.voice orders digits [--clips N]     real people: coffee orders, single digits
    python -m benchmarks.voice catalog [--queries 200] [--products 8343] [--recogniser ctc] [--seed 23]
                                                             synthetic voices speak queries of fashion; the product found at 10
    python -m benchmarks.voice build                         the language model of electronics: time, size
    python -m benchmarks.voice load                          20 voices at once

Data: $AISLE_DATA (voice_orders_en, voice_digits_en, fashion, electronics). The language models are made of the catalogs, by
``aisle.speech.phrases``; nothing is learnt from a clip. The network learnt from relatives of the espeak voices in the same accents and
from flite's slt and awb; rms, kal, festival's and all plain espeak voices it never heard. The coffee shop's menu below was written from general knowledge; its
options are worded as the set's slot values are.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import resource
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np

from aisle.app.shop import Shop
from aisle.config import SpeechConfig
from aisle.errors import InvalidMedia
from aisle.perception.sound import read_sound
from aisle.speech.base import RATE
from aisle.speech.endpoint import span_of, speech_of
from aisle.speech.phrases import phrases
from aisle.speech.pronouncing import number_words, words_of
from aisle.speech.registry import made
from aisle.speech.sphinx_model import build
from aisle.types import Input, InputType, Query, Transcript
from tests import voices
from training.letters import edits

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

SHIPPED = SpeechConfig.model_fields["recognisers"].default["en"]

Ears = Callable[[np.ndarray], Sequence[str]]
"""Sound → wordings, the likeliest first."""


def data() -> Path:
    return Path(os.environ["AISLE_DATA"])


def menu() -> dict[str, float]:
    return phrases(types=dict.fromkeys(DRINKS, 1.0), values=dict.fromkeys(OPTIONS, 1.0))


def ours(said: Mapping[str, float], name: str = SHIPPED) -> Ears:
    recogniser = made(name, SpeechConfig(timeout_s=120), "", {"en": said})

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
    each = {name: ours(menu(), name) for name in (SHIPPED, "pocketsphinx", "ctc")}
    for name, ears in (*each.items(), ("general model", general())):
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
    said = dict.fromkeys(DIGITS, 1.0)
    each = {name: ours(said, name) for name in (SHIPPED, "pocketsphinx", "ctc")}
    for name, ears in (*each.items(), ("general model", general())):
        found, factor = listened(ears, sounds)
        right = [
            worded(path.name[0]) in worded(words[0] if words else "").replace(" oh ", " zero ")
            for path, words in zip(paths, found, strict=True)
        ]
        print(f"  {name:20} {np.mean(right):.3f}  real-time factor {factor:.2f}", flush=True)


VOICES = (
    "espeak-ng en-us", "espeak-ng en-gb", "espeak-ng en-gb-scotland", "espeak-ng en-029", "espeak-ng en-us+f3", "flite slt",
    "flite rms", "flite awb", "flite kal", "festival",
)  # fmt: skip
NOISES = (None, 20, 10, 5)
"""dB that speech stands above white noise; None is clean."""
SEED = 23


def fashion(products: int) -> list[dict]:
    rows = [json.loads(line) for line in (data() / "fashion/products.jsonl").read_text(encoding="utf-8").splitlines()]
    return rows[:: max(1, len(rows) // products)]


def said_of(rows: Sequence[dict]) -> dict[str, float]:
    """A catalog's phrases, as the app makes them."""
    counted = {
        name: Counter(str(row[name]) for row in rows if row.get(name)) for name in ("type", "color", "gender", "usage")
    }
    return phrases(
        titles=[row["title"] for row in rows],
        types=counted["type"],
        colours=counted["color"],
        values=counted["gender"] + counted["usage"],
    )


def queries_of(rows: Sequence[dict], number: int, seed: int = SEED) -> list[tuple[str, Callable[[dict], bool]]]:
    """Queries drawn from products, each with which products answer it: itself for a title, else all that are so."""
    draw = random.Random(seed)
    found: list[tuple[str, Callable[[dict], bool]]] = []
    for row in draw.sample(list(rows), number):
        kind, color, gender = row["type"], row["color"], row["gender"]
        found.append(
            draw.choice(
                (
                    (row["title"], lambda other, id=row["id"]: other["id"] == id),
                    (f"{color} {kind}", lambda other, a=kind, b=color: (other["type"], other["color"]) == (a, b)),
                    (
                        f"show me {kind} for {gender}",
                        lambda other, a=kind, b=gender: (other["type"], other["gender"]) == (a, b),
                    ),
                    (
                        f"i'm looking for {color} {kind}",
                        lambda other, a=kind, b=color: (other["type"], other["color"]) == (a, b),
                    ),
                )
            )
        )
    return found


def catalog(asked: argparse.Namespace) -> None:
    rows = fashion(asked.products)
    by_id = {row["id"]: row for row in rows}
    queries = queries_of(rows, min(asked.queries, len(rows)), asked.seed)
    os.environ["AISLE_SPEECH_RECOGNISERS"] = json.dumps({"en": asked.recogniser})
    with tempfile.TemporaryDirectory() as folder, Shop.open("voice", Path(folder) / "store") as shop:
        feed = Path(folder) / "feed.jsonl"
        kept = ("id", "title", "type", "color", "gender")
        feed.write_text("".join(json.dumps({key: row[key] for key in kept}) + "\n" for row in rows), encoding="utf-8")
        shop.index_feed(feed)
        speech = shop.media.speech

        def finds(answers: Callable[[dict], bool], given: Input) -> bool:
            hits = shop.search(Query(inputs=(given,), limit=10, group=False)).hits
            return any(answers(by_id[hit.product.id]) for hit in hits)

        by_text = [finds(answers, Input(InputType.TEXT, text)) for text, answers in queries]
        print(
            f"catalog: {len(queries)} queries of {len(rows)} products of fashion; found at 10 by text {np.mean(by_text):.3f}"
        )
        print(
            f"  {'noise':6} {'word errors':>11} {'found at 10':>11} {'of text':>8} {'not heard':>9} real-time factor",
            flush=True,
        )
        for noise in NOISES:
            wrong = words = refused = 0
            spent = heard = 0.0
            hits = []
            per_voice: dict[str, list[int]] = {}  # errors, words, queries that found it, queries
            for at, (text, answers) in enumerate(queries):
                voice = VOICES[at % len(VOICES)]
                sound = voices.speak(text.lower().replace("tshirt", "t-shirt"), voice)
                pause = np.zeros(RATE // 2, np.float32)
                sound = np.concatenate((pause, sound, pause))
                sound = sound if noise is None else voices.noisy(sound, noise, at)
                began = time.perf_counter()
                try:
                    transcripts: tuple[Transcript, ...] = speech.transcribe(sound, "en")
                except InvalidMedia:
                    transcripts, refused = (), refused + 1
                spent, heard = spent + time.perf_counter() - began, heard + len(sound) / RATE
                truth = worded(
                    " ".join(words_of(text.replace("Tshirt", "t-shirt").replace("tshirt", "t-shirt")))
                ).split()
                best = worded(transcripts[0].text.replace("tshirt", "t-shirt") if transcripts else "").split()
                errors = edits(truth, best)
                wrong, words = wrong + errors, words + len(truth)
                hits.append(bool(transcripts) and finds(answers, Input(InputType.AUDIO, transcripts)))
                counts = (errors, len(truth), int(hits[-1]), 1)
                per_voice[voice] = [a + b for a, b in zip(per_voice.get(voice, (0, 0, 0, 0)), counts, strict=True)]
            name = "clean" if noise is None else f"{noise} dB"
            print(
                f"  {name:6} {wrong / words:11.3f} {np.mean(hits):11.3f} {np.mean(hits) / np.mean(by_text):8.3f} "
                f"{refused:9} {spent / heard:.2f}   " + " ".join(f"{voice.split()[-1]} {a / b:.2f} {c / d:.2f}" for voice, (a, b, c, d) in per_voice.items()),
                flush=True,
            )  # fmt: skip


def build_time(asked: argparse.Namespace) -> None:
    rows = [
        json.loads(line) for line in (data() / "electronics/products.jsonl").read_text(encoding="utf-8").splitlines()
    ]
    began = time.process_time()
    said = phrases(
        titles=[str(row["title"]) for row in rows],
        brands=Counter(str(row["brand"]) for row in rows if row.get("brand")),
    )
    with tempfile.TemporaryDirectory() as folder:
        built = build(said, Path(folder), SpeechConfig().vocabulary)
        spent = time.process_time() - began
        size = built.model.stat().st_size
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"electronics: {len(rows)} titles, {built.vocabulary} words, n-grams {built.ngrams}, {size / 1e6:.0f} MB, {spent:.0f} s of one core, peak {peak:.0f} MB")  # fmt: skip


def load(asked: argparse.Namespace) -> None:
    recogniser = made(SHIPPED, SpeechConfig(timeout_s=120, voices=2), "", {"en": menu()})
    recogniser.prepare()
    sound = voices.speak("can i get a small iced mocha with soy milk", "flite slt")
    recogniser.transcribe(sound, "en")
    waits: list[float] = []

    def one() -> None:
        began = time.perf_counter()
        recogniser.transcribe(sound, "en")
        waits.append(time.perf_counter() - began)

    threads = [threading.Thread(target=one) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print(
        f"load: 20 voices of {len(sound) / RATE:.1f} s at once on 2 decoders: median {np.median(waits):.1f} s, last {max(waits):.1f} s"
    )


PARTS = {
    "orders": lambda asked: orders(asked.clips),
    "digits": lambda asked: digits(asked.clips),
    "catalog": catalog,
    "build": build_time,
    "load": load,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="+", choices=PARTS)
    parser.add_argument("--clips", type=int, default=1000)
    parser.add_argument("--queries", type=int, default=200)
    parser.add_argument("--products", type=int, default=8343)
    parser.add_argument("--recogniser", default=SHIPPED)
    parser.add_argument("--seed", type=int, default=SEED)
    asked = parser.parse_args()
    for part in asked.parts:
        PARTS[part](asked)


if __name__ == "__main__":
    main()
