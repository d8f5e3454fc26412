"""espeak-ng, a free formant synthesiser, in as many voices as it has and many more that are drawn.

No other free Mandarin synthesiser is installable from Debian or without a model of somebody else's, so all training and measuring voices of
Chinese come from this one; some of its variants are wholly held out for measuring. Chinese is handed over as pinyin with tones: of
characters, espeak's own dictionary in Debian knows none.
"""

from __future__ import annotations

import contextlib
import ctypes
import ctypes.util
import os
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from scipy.signal import resample_poly

LIBRARY = "libespeak-ng.so.1"
RATE = 22_050
"""Of what espeak-ng makes."""
MANDARIN = "cmn-latn-pinyin"
ENGLISH = (
    "en-us", "en-us", "en-us", "en-us-nyc", "en", "en", "en-gb-x-rp", "en-gb-x-gbclan", "en-gb-x-gbcwmd", "en-gb-scotland",
    "en-029",
)  # fmt: skip
"""Accents, the commoner ones more often."""
FAMILIES = {"zh": "sit", "en": "gmw"}
"""Folders of espeak-ng's that hold a language."""
DRAWN = 200
"""Voices with drawn formants, pitch and breath, beside the named ones."""

HELD = (
    "m5", "m7", "f2", "f5", "klatt2", "klatt5", "steph", "steph2", "travis", "victor", "grandma", "shelby", "pablo", "Andrea", "linda",
    "michel", "boris", "iven", "iven3", "Lee",
)  # fmt: skip
"""Variants that no training step hears; nor does one hear a voice without a variant. Their relatives of the same maker (steph3, iven2, klatt3 …) are kept out of training too."""
_KIN = frozenset({"steph3", "iven2", "iven4", "klatt3", "klatt4", "grandpa"})
_HELD_IN = {"en": frozenset({"f3"})}
"""Further ones that are held out in one language."""
_ODD = frozenset(
    {"Demonic", "announcer", "UniRobot", "anikaRobot", "Tweaky", "fast", "whisper", "whisperf", "Mr serious"}
)
"""Machines and ghosts, as robosoft … are: no shopper sounds like them."""

_SPEEDS = ((320, 441), (320, 441), (2, 3), (16, 23), (3, 4), (7, 9), (5, 7))
"""Ratios from 22,050 to about 16,000 samples a second: what isn't exact changes speed and pitch together, 0.93 to 1.09 times."""


@dataclass(frozen=True, slots=True)
class Manner:
    """How something is said. ``rate`` in words a minute, ``pitch`` and ``range`` 0–99 as espeak-ng counts them."""

    voice: str
    rate: int
    pitch: int
    range: int
    ratio: tuple[int, int] = (320, 441)
    accent: str = MANDARIN


def available() -> bool:
    """Whether espeak-ng's library is installed."""
    return ctypes.util.find_library("espeak-ng") is not None


def _drawn_voice(rng: np.random.Generator) -> str:
    """A variant's file: formants of another throat, another pitch, another breath."""
    woman = rng.random() < 0.5
    base = rng.uniform(140, 250) if woman else rng.uniform(70, 150)
    throat = rng.uniform(0.98, 1.25) if woman else rng.uniform(0.84, 1.06)
    lines = ["language variant", "name drawn", f"gender {'female' if woman else 'male'}"]
    lines.append(f"pitch {base:.0f} {base * rng.uniform(1.15, 1.7):.0f}")
    for formant in range(9):
        freq = 100 * throat * rng.uniform(0.93, 1.07)
        lines.append(f"formant {formant} {freq:.0f} {rng.uniform(70, 130):.0f} {rng.uniform(70, 140):.0f}")
    lines.append(f"flutter {rng.integers(0, 8)}")
    lines.append(f"roughness {rng.integers(0, 4)}")
    lines.append(f"voicing {rng.integers(70, 160)}")
    lines.append(f"consonants {rng.integers(70, 150)} {rng.integers(70, 150)}")
    tilt = rng.integers(60, 255, 3)
    lines.append(f"tone 600 {max(tilt)} 1200 {tilt[1]} 2000 {tilt[2]}")
    if rng.random() < 0.3:
        lines.append("breath " + " ".join(str(rng.integers(0, 25)) for _ in range(8)))
    if rng.random() < 0.15:
        lines.append(f"klatt {rng.integers(1, 6)}")
    return "\n".join(lines) + "\n"


def prepare(folder: Path, language: str = "zh", seed: int = 7) -> tuple[str, ...]:
    """espeak-ng's data with ``DRAWN`` voices more, as links under ``folder``; the names of the variants to train on."""
    data = folder / "espeak-ng-data"
    system = _system_data()
    variants = data / "voices" / "!v"
    variants.mkdir(parents=True, exist_ok=True)
    (data / "lang").mkdir(exist_ok=True)
    # espeak-ng knows at most 350 voices: other languages make room.
    linked = [entry for entry in system.iterdir() if entry.name not in ("lang", "voices")]
    for entry in (*linked, system / "lang" / FAMILIES[language], *(system / "voices" / "!v").iterdir()):
        link = data / entry.relative_to(system)
        with contextlib.suppress(FileExistsError):  # another process may draw beside this one
            link.symlink_to(entry)
    rng = np.random.default_rng(seed)
    for number in range(DRAWN):
        (variants / f"drawn{number}").write_text(_drawn_voice(rng), encoding="utf-8")
    named = sorted(entry.name for entry in (system / "voices" / "!v").iterdir())
    left_out = {*_KIN, *_ODD, *HELD, *_HELD_IN.get(language, ())}
    kept = [name for name in named if name not in left_out and not name.startswith("robosoft")]
    return (*kept, *(f"drawn{number}" for number in range(DRAWN)))


def _system_data() -> Path:
    speaker = ctypes.CDLL(LIBRARY)
    speaker.espeak_Initialize(2, 0, None, 0)
    path = ctypes.c_char_p()
    speaker.espeak_Info.restype = ctypes.c_char_p
    speaker.espeak_Info(ctypes.byref(path))
    assert path.value is not None
    return Path(os.fsdecode(path.value))


_RECEIVE = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.c_void_p)
_SYNCHRONOUS, _UTF8 = 2, 1
_RATE, _PITCH, _RANGE = 1, 3, 4


class Speaker:
    """espeak-ng within this process: six milliseconds a phrase. One a process: its library keeps one state."""

    def __init__(self, data: Path | None = None) -> None:
        self._library = ctypes.CDLL(LIBRARY)
        self._library.espeak_Initialize(_SYNCHRONOUS, 0, str(data).encode() if data else None, 0)
        self._pieces: list[np.ndarray] = []
        self._receive = _RECEIVE(self._take)  # kept: C holds no reference
        self._library.espeak_SetSynthCallback(self._receive)

    def _take(self, samples: object, count: int, _events: object) -> int:
        if count > 0:
            self._pieces.append(np.ctypeslib.as_array(samples, (count,)).copy())  # type: ignore[call-overload]
        return 0

    def say(self, words: Sequence[str], manner: Manner) -> np.ndarray:
        """``words`` (of pinyin with tones, "yun4dong4xie2", where the accent is Mandarin) → (n,) float32 at 16 kHz, peak 0.5."""
        self._pieces.clear()
        if self._library.espeak_SetVoiceByName(f"{manner.accent}+{manner.voice}".encode()):
            raise LookupError(f"espeak-ng has no voice {manner.voice!r}")
        for parameter, value in ((_RATE, manner.rate), (_PITCH, manner.pitch), (_RANGE, manner.range)):
            self._library.espeak_SetParameter(parameter, value, 0)
        text = " ".join(words).encode()
        self._library.espeak_Synth(text, len(text) + 1, 0, 1, 0, _UTF8, None, None)
        self._library.espeak_Synchronize()
        if not self._pieces:
            return np.zeros(0, np.float32)
        samples = np.concatenate(self._pieces).astype(np.float32)
        samples = resample_poly(samples, *manner.ratio).astype(np.float32)
        return samples * (0.5 / max(float(np.abs(samples).max()), 1.0))


@cache
def speaker(data: Path | None = None) -> Speaker:
    """This process's one speaker."""
    return Speaker(data)


def manner(rng: np.random.Generator, voices: Sequence[str], accents: Sequence[str] = (MANDARIN,)) -> Manner:
    """A voice, and how fast, how high and how lively it speaks."""
    return Manner(
        voice=str(rng.choice(voices)),
        rate=int(np.clip(rng.normal(185, 35), 110, 280)),
        pitch=int(np.clip(rng.normal(50, 18), 5, 95)),
        range=int(np.clip(rng.normal(50, 20), 0, 99)),
        ratio=_SPEEDS[rng.integers(len(_SPEEDS))],
        accent=accents[rng.integers(len(accents))] if len(accents) > 1 else accents[0],
    )
