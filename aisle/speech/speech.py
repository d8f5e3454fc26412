"""``Speech``: who understands which language here, as configured; kept in step with what the shop sells."""

from __future__ import annotations

import threading
from collections.abc import Mapping

import numpy as np

from aisle.config import SpeechConfig
from aisle.errors import InvalidRequest
from aisle.speech import registry
from aisle.speech.base import Listening, Phrases, Recogniser
from aisle.speech.endpoint import speech_of
from aisle.types import Transcript


class Speech:
    """The recognisers of one shop. ``learn`` swaps in ones that know new phrases; who listens goes on with the old ones."""

    def __init__(self, config: SpeechConfig) -> None:
        self.config = config
        self._lock = threading.Lock()
        self._by_language: dict[str, Recogniser] = {}
        self.learn({})

    def languages(self) -> tuple[str, ...]:
        """Those that are understood; "*" where any is."""
        return tuple(self._by_language)

    def learn(self, phrases: Mapping[str, Phrases], *, prepare: bool = False) -> None:
        """``phrases`` maps a language to what is said in this shop. ``prepare`` builds before the swap (seconds for a large
        catalog); without, the first who listens waits for it.

        Raises InvalidRequest for a recogniser that isn't known or whose model isn't there.
        """
        keys: dict[str, tuple[str, str]] = {}
        for language, name in self.config.recognisers.items():
            if name == "off":
                continue
            if (unknown := registry.missing(name)) is not None:
                raise InvalidRequest(
                    f"There is no recogniser {unknown!r}.",
                    field="recognisers",
                    hint=f"Known: {', '.join(registry.RECOGNISERS)}, off.",
                )
            keys[language] = name, self.config.models.get(language, self.config.models.get("*", ""))
        made: dict[tuple[str, str], Recogniser] = {}
        for key in dict.fromkeys(keys.values()):
            name, model = key
            # Only what it will listen for: making a language model costs seconds, and its folder may lack other languages.
            own = {language: said for language, said in phrases.items() if keys.get(language, keys.get("*")) == key}
            made[key] = registry.made(name, self.config, model, own)
        found = {language: made[key] for language, key in keys.items()}
        if prepare:
            for recogniser in made.values():
                recogniser.prepare()
        with self._lock:
            self._by_language = found

    def recogniser(self, language: str) -> Recogniser:
        """Who understands a language. Raises InvalidRequest where nobody does."""
        by_language = self._by_language
        found = by_language.get(language) or by_language.get("*")
        if found is None:
            raise InvalidRequest(
                f"Speech in {language!r} isn't understood here.",
                field="language",
                hint="The shop can configure a recogniser for it (AISLE_SPEECH_RECOGNISERS); or type what you look for.",
            )
        return found

    def listen(self, language: str) -> Listening:
        """An utterance while it is spoken. Raises InvalidRequest where the language isn't understood."""
        return self.recogniser(language).listen(language)

    def transcribe(self, samples: np.ndarray, language: str, n: int = 5) -> tuple[Transcript, ...]:
        """What is said in (n,) samples of 16 kHz. Raises InvalidMedia where there is no speech in them."""
        recogniser = self.recogniser(language)
        return recogniser.transcribe(speech_of(samples), language, n)
