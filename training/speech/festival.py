"""festival, a free synthesiser of English: one of its voices, put together from a man's recorded diphones (Debian's festvox-kdlpc16k).
Its default voice, kal, is for measuring."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import numpy as np

from training.speech.flite import replayed

VOICE = "ked_diphone"
FOLDER = Path("/usr/share/festival/voices/english") / VOICE
_DONE = "said"


def available() -> bool:
    """Whether the voice is installed."""
    return FOLDER.is_dir()


class Festival:
    """A process that speaks."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory()
        self._path = Path(self._folder.name) / "said.raw"
        self._process = subprocess.Popen(
            ["festival", "--pipe"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        self._do(f"(voice_{VOICE})")

    def _do(self, command: str) -> None:
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.write(f'{command}\n(format t "{_DONE}\\n")\n(fflush nil)\n')
        self._process.stdin.flush()
        for line in self._process.stdout:
            if line.strip() == _DONE:
                return
        raise RuntimeError("festival ended")

    def say(self, words: Sequence[str], stretch: float, faster: float) -> np.ndarray:
        """(n,) float32 at 16 kHz, as ``Flite.say``. ``words`` of letters alone."""
        self._do(f"(Parameter.set 'Duration_Stretch {stretch:.2f})")
        self._do(f'(utt.save.wave (utt.synth (Utterance Text "{" ".join(words)}")) "{self._path}" \'raw)')
        return replayed(np.fromfile(self._path, "<i2"), 16_000, faster)


@cache
def speaker() -> Festival:
    """This process's one."""
    return Festival()
