"""faster-whisper: Whisper models converted to CTranslate2, from a local folder."""

from __future__ import annotations

import math
import threading
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from aisle.errors import InvalidRequest
from aisle.speech.base import BatchRecogniser, folder_of, heaviest, tidied, unheard
from aisle.types import Transcript

NEEDED = ("model.bin", "config.json", "tokenizer.json")
HOTWORD_CHARACTERS = 300
NO_SPEECH = 0.6
"""Whisper's own rule: no speech where it is likelier than this and the words are unlikely."""
UNLIKELY = -1.0
MOST_TOKENS = 64


class FasterWhisper(BatchRecogniser):
    """``model`` is a folder as ``ct2-transformers-converter`` writes it, tokenizer.json copied too: nothing is downloaded."""

    name = "faster-whisper"
    languages = ("*",)

    def _prepare(self) -> None:
        folder = folder_of(self._model, self.name, NEEDED)
        try:
            from faster_whisper import WhisperModel
        except ImportError:
            raise InvalidRequest(
                "faster-whisper isn't installed.", field="recognisers", hint="pip install 'aisle[speech]'"
            ) from None
        try:
            self._whisper = WhisperModel(
                str(folder), device=self._config.device, cpu_threads=self._config.threads, local_files_only=True
            )
        except (RuntimeError, ValueError) as error:
            raise InvalidRequest(
                "The folder of faster-whisper isn't a model it can load.", field="models", hint=str(Path(folder).name)
            ) from error
        self._turns = threading.Semaphore(self._config.voices)

    def _hear(self, samples: np.ndarray, language: str, n: int) -> Iterable[Transcript]:
        hotwords = ", ".join(heaviest(self._phrases.get(language, {}), HOTWORD_CHARACTERS)) or None
        try:
            with self._turns:
                segments = list(
                    self._whisper.transcribe(
                        samples,
                        language=None if language == "*" else language,
                        beam_size=5,
                        temperature=0.0,
                        vad_filter=False,  # what reaches this has been cut to speech
                        condition_on_previous_text=False,
                        without_timestamps=True,
                        hotwords=hotwords,
                        max_new_tokens=MOST_TOKENS,
                    )[0]
                )
        except (RuntimeError, ValueError):
            raise unheard("The recogniser failed on this sound.") from None
        spoken = [one for one in segments if not (one.no_speech_prob > NO_SPEECH and one.avg_logprob < UNLIKELY)]
        text = tidied("".join(one.text for one in spoken))
        if not text:
            return []
        return [Transcript(text, math.exp(min(0.0, sum(one.avg_logprob for one in spoken) / len(spoken))))]
