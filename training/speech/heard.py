"""Utterances drawn and kept as features, a thousand a file: files may be drawn by several processes, and stay when one is stopped."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from aisle.speech import mel
from training.speech.languages import Language
from training.speech.rooms import Rooms

SHARD = 1000


def draw(language: Language, folder: Path, numbers: range, data: Path | None, shop: Path | None) -> None:
    """Draw the files of ``numbers`` that aren't there yet: features (frames, bands) float16 one after the other, their lengths, the
    units as ordinals from 1 and how many."""
    folder.mkdir(parents=True, exist_ok=True)
    read_aloud = language.reader(folder / "voices")
    teller, rooms = language.teller(data, shop), Rooms()
    ordinals = {unit: number for number, unit in enumerate(language.units(), 1)}
    for number in numbers:
        path = folder / f"heard{number:03d}.npz"
        if path.exists():
            continue
        rng = np.random.default_rng([17, number])
        features, said = [], []
        while len(features) < SHARD:
            heard = teller.draw(rng)
            voice = read_aloud(heard, rng) if heard.words else np.zeros(0, np.float32)
            voice = voice[::-1][np.argmax(np.abs(voice[::-1]) > 1e-3) :][::-1] if len(voice) else voice
            if len(voice) > 6 * mel.RATE:
                continue
            features.append(mel.log_mel(rooms.place(voice, rng)).astype(np.float16))
            said.append([ordinals[one] for one in heard.units])
        part = path.with_suffix(".part.npz")
        np.savez(
            part,
            features=np.concatenate(features),
            frames=np.array([len(one) for one in features], np.int32),
            said=np.array([one for row in said for one in row], np.int16),
            counts=np.array([len(row) for row in said], np.int32),
        )
        part.rename(path)


def read(path: Path) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """(frames, bands) float16 and (n,) ordinals of each utterance of a file."""
    with np.load(path) as held:
        features = np.split(held["features"], np.cumsum(held["frames"])[:-1])
        said = np.split(held["said"], np.cumsum(held["counts"])[:-1])
    return zip(features, said, strict=True)
