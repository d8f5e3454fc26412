"""Several recognisers of one language that listen together: what one mishears another may hear, and what both hear is surer."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack, suppress

import numpy as np

from aisle.config import SpeechConfig
from aisle.errors import InvalidMedia
from aisle.speech.base import Listening, Recogniser, merged
from aisle.types import Transcript

WAYS = 5
"""To understand it that each is asked for: what is everybody's second guess may be the likeliest of all."""


class Together(Recogniser):
    """A transcript is as sure as those who say so are in all, each by how far it is to be trusted; one who understands nothing leaves it to
    the others. What is understood while somebody speaks is the first one's word."""

    def __init__(self, config: SpeechConfig, recognisers: Sequence[Recogniser]) -> None:
        super().__init__(config, "")
        self._recognisers = recognisers
        self.name = "+".join(recogniser.name for recogniser in recognisers)  # type: ignore[misc]
        known = [set(recogniser.languages) for recogniser in recognisers]
        named = dict.fromkeys(language for recogniser in recognisers for language in recogniser.languages)
        self.languages = tuple(language for language in named if all({language, "*"} & each for each in known))  # type: ignore[misc]

    def _prepare(self) -> None:
        for recogniser in self._recognisers:
            recogniser.prepare()

    def _listen(self, language: str) -> Listening:
        with ExitStack() as opened:
            each = [opened.enter_context(recogniser.listen(language)) for recogniser in self._recognisers]
            opened.pop_all()
        return _Listening([(recogniser.trust, one) for recogniser, one in zip(self._recognisers, each, strict=True)])

    def close(self) -> None:
        for recogniser in self._recognisers:
            recogniser.close()


class _Listening(Listening):
    """Who fails on the way is left out, unless nobody else is left."""

    def __init__(self, each: Sequence[tuple[Callable[[float], float], Listening]]) -> None:
        self._each = list(each)

    def _feed(self, samples: np.ndarray) -> None:
        for trust, listening in tuple(self._each):
            try:
                listening.feed(samples)
            except InvalidMedia as error:
                self._without(trust, listening, error)

    def _partial(self) -> str:
        trust, first = self._each[0]
        try:
            return first.partial()
        except InvalidMedia as error:
            self._without(trust, first, error)
            return self._partial()

    def _finish(self, n: int) -> Iterable[Transcript]:
        found: list[Transcript] = []
        for trust, listening in tuple(self._each):
            try:
                own = listening.finish(max(n, WAYS))
            except InvalidMedia as error:
                self._without(trust, listening, error)
                continue
            whole = sum(one.confidence for one in own)
            share = trust(whole) / whole if whole else 0.0
            found += [Transcript(one.text, one.confidence * share) for one in own]
        return merged(found)

    def _without(self, trust: Callable[[float], float], listening: Listening, error: InvalidMedia) -> None:
        if len(self._each) == 1:
            raise error
        self._each.remove((trust, listening))
        with suppress(Exception):
            listening.close()

    def _close(self) -> None:
        for _, listening in self._each:
            with suppress(Exception):
                listening.close()
