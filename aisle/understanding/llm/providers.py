"""Who can be asked: one class and one line here each."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Protocol

from aisle.config import LanguageModelConfig
from aisle.understanding.llm.guards import Usage


class Failure(Exception):
    """It wasn't answered. ``passing``: trying again may help; ``late``: it took too long; ``paid``: it may have been computed
    all the same; ``retry_after``: seconds it asked to be left alone. The message is in words of our own: nothing of a request
    or an answer is in it."""

    def __init__(
        self,
        message: str,
        *,
        passing: bool = False,
        late: bool = False,
        paid: bool = False,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message)
        self.passing = passing
        self.late = late
        self.paid = paid
        self.retry_after = retry_after


def too_long() -> Failure:
    return Failure("it took too long", late=True, paid=True)


@dataclass(frozen=True, slots=True)
class Completion:
    """What was written ("" for a refusal), and what it took where that was told."""

    content: str
    usage: Usage | None = None


class Provider(Protocol):
    """Answers in ``answer.schema()``, as far as it can be held to it. Called by several threads at once."""

    @property
    def name(self) -> str:
        """Tells its answers from another's."""

    def ask(self, text: str, dialogue: Sequence[str], timeout_s: float) -> Completion:
        """One try. Raises Failure, or answer.Refused where there is an answer that is none."""

    def close(self) -> None: ...


def _openai(config: LanguageModelConfig) -> Provider:
    from aisle.understanding.llm.endpoint import Endpoint

    return Endpoint(config)


def _transformers(config: LanguageModelConfig) -> Provider:
    from aisle.understanding.llm.local import LocalModel

    return LocalModel(config)


PROVIDERS: Mapping[str, Callable[[LanguageModelConfig], Provider]] = MappingProxyType(
    {"openai": _openai, "transformers": _transformers}
)
