"""Reading aloud by a synthesiser that the server has: espeak-ng, where the shop configures it. Most browsers speak by themselves."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping

from aisle.config import SpeechConfig
from aisle.errors import Conflict, InvalidRequest

VOICES: Mapping[str, str] = {
    "en": "en-us", "zh": "cmn", "es": "es", "fr": "fr-fr", "de": "de", "ja": "ja", "ko": "ko", "pt": "pt-br", "ar": "ar",
}  # fmt: skip
"""Language → the synthesiser's voice."""
TIMEOUT_S = 10.0
LONGEST = 1_000
"""Characters that are read at once."""


def speak(text: str, language: str, config: SpeechConfig) -> bytes:
    """A WAV file (22,050 Hz, mono) of ``text`` read aloud.

    Raises Conflict where no synthesiser is configured or it fails, InvalidRequest for a language without a voice.
    """
    if not config.synthesiser:
        raise Conflict("This shop doesn't read aloud.", field="input", hint="Set AISLE_SPEECH_SYNTHESISER=espeak-ng.")
    if language not in VOICES:
        raise InvalidRequest(
            f"There is no voice for {language!r}.", field="language", hint=f"One of {', '.join(VOICES)}."
        )
    command = [config.synthesiser, "-v", VOICES[language], "--stdin", "--stdout"]
    try:
        # Through standard input: what is read is never an option, nor seen in the list of processes.
        made = subprocess.run(
            command, input=text[:LONGEST].encode(), capture_output=True, timeout=TIMEOUT_S, check=True
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise Conflict(
            "The synthesiser can't be run.", field="input", hint="Install it: apt-get install espeak-ng."
        ) from error
    return _sized(made.stdout)


def _sized(wav: bytes) -> bytes:
    """A WAV file that was written as a stream, with its true lengths in its head."""
    return wav[:4] + (len(wav) - 8).to_bytes(4, "little") + wav[8:40] + (len(wav) - 44).to_bytes(4, "little") + wav[44:]
