"""Asks a language model beside the reader, and takes what it says if that comes in time and is better.

The search road runs in threads and never waits longer than it says: every question has a thread of its own, one for equal
questions, and an answer that comes too late is in the cache for the next shopper.
"""

from __future__ import annotations

import hashlib
import json
import logging
import random
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeout
from dataclasses import dataclass
from enum import StrEnum

from aisle.config import LanguageModelConfig
from aisle.perception.text import normalize
from aisle.types import CompoundQuery
from aisle.understanding.llm.answer import Answer, Refused, parse, schema_version
from aisle.understanding.llm.guards import Breaker, Budget, Cache, Usage
from aisle.understanding.llm.judging import judged
from aisle.understanding.llm.prompting import QUERY_LENGTH, TURNS, messages
from aisle.understanding.llm.providers import PROVIDERS, Failure, Provider

log = logging.getLogger("aisle")

BACKOFF_S = 0.25
"""Mean wait before the first further try; twice as long before each that follows."""
INVALID_TTL_S = 300.0
"""How long a query that got no usable answer isn't asked about again."""
BYTES_A_TOKEN = 3
"""Fewer than any tokenizer in use needs, so that a reservation isn't too small."""


class Skipped(StrEnum):
    """Why the draft stands without having been weighed against an answer, as ``degraded`` names it."""

    TIMEOUT = "llm:timeout"
    OPEN = "llm:open"
    BUDGET = "llm:budget"
    BUSY = "llm:busy"
    FAILED = "llm:failed"
    INVALID = "llm:invalid"
    TOO_LONG = "llm:too_long"


@dataclass(frozen=True, slots=True)
class Refinement:
    """``query`` to go on with: the draft joined with what the language model read, or the draft itself; ``taken`` says which.

    ``degraded`` has at most one of Skipped; ``why`` says in a word why a weighed answer was or wasn't taken.
    """

    query: CompoundQuery
    taken: bool = False
    degraded: tuple[str, ...] = ()
    why: str = ""


@dataclass(frozen=True, slots=True)
class _Outcome:
    """What became of a question: an answer, or why there is none."""

    answer: Answer | None = None
    skipped: Skipped | None = None


class Pending:
    """A question on its way."""

    def __init__(self, future: Future[_Outcome], asked: float) -> None:
        self._future = future
        self._asked = asked

    def take(self, draft: CompoundQuery, deadline_ms: float) -> Refinement:
        """The better of the draft and the answer, ``deadline_ms`` after it was asked at the latest."""
        left = self._asked + deadline_ms / 1000 - time.monotonic()
        try:
            outcome = self._future.result(max(0.0, left))
        except FutureTimeout:
            return Refinement(draft, degraded=(Skipped.TIMEOUT.value,))
        if outcome.answer is None:
            return Refinement(draft, degraded=() if outcome.skipped is None else (outcome.skipped.value,))
        verdict = judged(draft, outcome.answer)
        return Refinement(verdict.query, verdict.better, why=verdict.why)


class Refiner:
    """One language model with its cache, breaker, budget and questions in flight. Used by many threads at once."""

    def __init__(
        self,
        config: LanguageModelConfig,
        provider: Provider,
        *,
        clock: Callable[[], float] = time.monotonic,
        today: Callable[[], float] = time.time,
        seed: int | None = None,
    ) -> None:
        """``clock`` (seconds, monotonic) times breaker and cache, ``today`` (Unix time) the budget."""
        self.config = config
        self._provider = provider
        self.breaker = Breaker(config.breaker_failures, config.breaker_pause_s, clock)
        self.budget = Budget(config.tokens_per_day, config.money_per_day, config.price_in, config.price_out, today)
        self._cache: Cache[_Outcome] = Cache(config.cache_size, config.cache_ttl_s, clock)
        self._random = random.Random(seed)
        self._lock = threading.Lock()
        self._asking: dict[str, Future[_Outcome]] = {}
        self._closing = threading.Event()

    def refine(
        self, text: str, dialogue: Sequence[str], draft: CompoundQuery, deadline_ms: float | None = None
    ) -> Refinement:
        """Ask and wait, ``config.wait_ms`` where no deadline is given. ``dialogue``: the turns before, oldest first."""
        return self.ask(text, dialogue).take(draft, self.config.wait_ms if deadline_ms is None else deadline_ms)

    def ask(self, text: str, dialogue: Sequence[str] = ()) -> Pending:
        """Ask in the background, so that the draft can be read meanwhile. Never raises and never waits."""
        asked = time.monotonic()
        plain = normalize(text)
        if not plain:
            return Pending(_done(_Outcome()), asked)
        if len(plain) > QUERY_LENGTH:
            return Pending(_done(_Outcome(skipped=Skipped.TOO_LONG)), asked)
        turns = tuple(normalize(turn)[:QUERY_LENGTH] for turn in dialogue[-TURNS:])
        key = self._key(plain, turns)
        with self._lock:
            if (known := self._cache.get(key)) is not None:
                return Pending(_done(known), asked)
            if (going := self._asking.get(key)) is not None:
                return Pending(going, asked)
            future = self._begin(key, plain, turns)
        return Pending(future, asked)

    def close(self) -> None:
        """Ask nothing more; questions in flight end by themselves."""
        self._closing.set()
        self._provider.close()

    def _key(self, text: str, turns: Sequence[str]) -> str:
        whole = json.dumps([self._provider.name, schema_version(), text, *turns])
        return hashlib.blake2b(whole.encode("utf-8", "replace"), digest_size=16).hexdigest()

    def _begin(self, key: str, text: str, turns: Sequence[str]) -> Future[_Outcome]:
        """A thread's promise, or at once why there is none. Called under the lock."""
        if len(self._asking) >= self.config.max_in_flight or self._closing.is_set():
            return _done(_Outcome(skipped=Skipped.BUSY))
        if self.breaker.open:
            return _done(_Outcome(skipped=Skipped.OPEN))
        most = self._most(text, turns)
        day = self.budget.reserve(most)
        if day is None:
            return _done(_Outcome(skipped=Skipped.BUDGET))
        if not self.breaker.admit():
            self.budget.settle(day, most, Usage(0, 0))
            return _done(_Outcome(skipped=Skipped.OPEN))
        future: Future[_Outcome] = Future()
        self._asking[key] = future
        threading.Thread(
            target=self._answer, args=(key, text, turns, day, most, future), name="llm", daemon=True
        ).start()
        return future

    def _most(self, text: str, turns: Sequence[str]) -> Usage:
        prompt = json.dumps(messages(text, turns, show_schema=True), ensure_ascii=False)
        return Usage(len(prompt.encode("utf-8", "replace")) // BYTES_A_TOKEN, self.config.max_tokens)

    def _answer(
        self, key: str, text: str, turns: Sequence[str], day: int, most: Usage, future: Future[_Outcome]
    ) -> None:
        outcome, used = _Outcome(skipped=Skipped.FAILED), most
        try:
            outcome, used = self._outcome(text, turns, most)
        except Exception as error:  # whatever a provider does, the search goes on with its draft
            # Without its words or traceback: either may quote what was sent.
            log.warning("The language model failed: %s; queries are read without it", type(error).__name__)
            self.breaker.failed()
        finally:
            self.budget.settle(day, most, used)
            with self._lock:
                if outcome.answer is not None:
                    self._cache.put(key, outcome)
                elif outcome.skipped is Skipped.INVALID:
                    self._cache.put(key, outcome, INVALID_TTL_S)
                del self._asking[key]
            future.set_result(outcome)

    def _outcome(self, text: str, turns: Sequence[str], most: Usage) -> tuple[_Outcome, Usage]:
        """Ask until there is an answer, no hope or no time; what it used (what it may have, where nobody says)."""
        end = time.monotonic() + self.config.timeout_s
        wait = BACKOFF_S
        wasted = Usage(0, 0)
        for left in range(self.config.retries, -1, -1):
            try:
                completion = self._provider.ask(text, turns, max(0.001, end - time.monotonic()))
            except Refused as refused:
                return self._refused(refused), wasted + most
            except Failure as failure:
                wasted += most if failure.paid else Usage(0, 0)
                delay = max(wait * self._random.uniform(0.5, 1.5), failure.retry_after or 0.0)
                wait *= 2
                again = failure.passing and left > 0 and time.monotonic() + delay < end
                if again and not self._closing.wait(delay):
                    continue
                self.breaker.failed(failure.retry_after)
                log.warning("The language model didn't answer: %s", failure)
                return _Outcome(skipped=Skipped.TIMEOUT if failure.late else Skipped.FAILED), wasted
            used = wasted + (completion.usage or most)
            try:
                answer = parse(completion.content, text)
            except Refused as refused:
                return self._refused(refused), used
            self.breaker.succeeded()
            return _Outcome(answer), used
        raise AssertionError("the last try always returns")

    def _refused(self, why: Refused) -> _Outcome:
        self.breaker.succeeded()  # it answers: one shopper's query mustn't turn others' away
        log.info("The language model's answer wasn't taken: %s", why)
        return _Outcome(skipped=Skipped.INVALID)


def open_refiner(config: LanguageModelConfig) -> Refiner | None:
    """None where no language model is configured. Raises NotFound for a folder that isn't there; asks nothing yet."""
    if config.provider == "off":
        return None
    return Refiner(config, PROVIDERS[config.provider](config))


def _done(outcome: _Outcome) -> Future[_Outcome]:
    future: Future[_Outcome] = Future()
    future.set_result(outcome)
    return future
