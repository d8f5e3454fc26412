"""A language model in a folder, as transformers saves it, on this machine; nothing is fetched and no code of the folder runs.

Needs the ``hub`` extra (torch, transformers), imported when the first question comes. With llguidance (the ``llm`` extra) every
token is held to the schema while it is written; without it the answer is only checked afterwards.
"""

from __future__ import annotations

import importlib.util
import json
import threading
import time
from collections.abc import Sequence
from functools import cached_property
from inspect import signature
from pathlib import Path
from typing import Any

import numpy as np

from aisle.config import LanguageModelConfig
from aisle.errors import InvalidRequest, NotFound
from aisle.understanding.llm.answer import bounded_schema
from aisle.understanding.llm.guards import Usage
from aisle.understanding.llm.prompting import Message, messages
from aisle.understanding.llm.providers import Completion, Failure, too_long

BARE = "aisle.json"
"""A folder that holds this file was trained on bare queries (``aisle train --task understand``): it needs no instructions, and
writes as it was taught to."""


class LocalModel:
    """Greedy, one question at a time."""

    def __init__(self, config: LanguageModelConfig) -> None:
        """Raises NotFound where there is no such folder, InvalidRequest where the extra isn't installed."""
        self._config = config
        self._folder = Path(config.model)
        if not (self._folder / "config.json").is_file():
            raise NotFound(
                f"{self._folder} holds no language model.",
                field="AISLE_LLM_MODEL",
                hint="A folder saved by transformers: config.json, *.safetensors, tokenizer.json.",
            )
        self._bare = (self._folder / BARE).is_file()
        if lacking := [name for name in ("torch", "transformers") if importlib.util.find_spec(name) is None]:
            raise InvalidRequest(
                f"A local language model needs {lacking[0]}, which isn't installed.",
                field="AISLE_LLM_PROVIDER",
                hint="pip install 'aisle[llm]' brings it.",
            )
        self._name = f"{self._folder.resolve()} {(self._folder / 'config.json').stat().st_mtime_ns}"
        self._lock = threading.Lock()

    @property
    def name(self) -> str:
        return self._name

    def close(self) -> None:
        """Nothing is held open."""

    def ask(self, text: str, dialogue: Sequence[str], timeout_s: float) -> Completion:
        end = time.monotonic() + timeout_s
        if not self._lock.acquire(timeout=timeout_s):
            raise Failure("another question took too long", late=True)
        try:
            return self._write(self._prompt(text, dialogue), end)
        finally:
            self._lock.release()

    @cached_property
    def _tokenizer(self) -> Any:
        import transformers

        return transformers.AutoTokenizer.from_pretrained(
            self._folder, local_files_only=True, trust_remote_code=False, use_fast=True
        )

    @cached_property
    def _network(self) -> Any:
        import torch
        import transformers

        device = self._config.device
        if device == "auto":
            device = "cuda" if torch.cuda.is_available() else "cpu"
        try:
            network = transformers.AutoModelForCausalLM.from_pretrained(
                self._folder,
                dtype=torch.float32 if device == "cpu" else "auto",
                local_files_only=True,
                trust_remote_code=False,
                use_safetensors=True,
            )
            return network.eval().to(device)
        except (OSError, ValueError, RuntimeError, AssertionError) as error:  # AssertionError: torch without CUDA
            raise Failure(f"the model can't be opened: {type(error).__name__}") from error

    @cached_property
    def _grammar(self) -> tuple[Any, Any] | None:
        """The tokenizer and the schema as llguidance reads them."""
        if self._bare:
            return None
        try:
            import llguidance
            from llguidance.hf import from_tokenizer
        except ModuleNotFoundError:
            return None
        size = int(self._network.get_output_embeddings().weight.shape[0])
        tokens = from_tokenizer(self._tokenizer, n_vocab=size, eos_token=self._ends)
        made = llguidance.LLMatcher.grammar_from_json_schema(
            json.dumps(bounded_schema()), overrides={"whitespace_flexible": False}
        )
        return tokens, made

    @cached_property
    def _ends(self) -> list[int]:
        """Tokens that end an answer."""
        given = self._network.generation_config.eos_token_id
        ends = given if isinstance(given, list) else [] if given is None else [given]
        return list(dict.fromkeys([*ends, self._tokenizer.eos_token_id]))

    def _prompt(self, text: str, dialogue: Sequence[str]) -> list[int]:
        tokenizer = self._tokenizer
        if self._bare:
            plain = text.encode("utf-8", "replace").decode()
            return [
                *tokenizer(plain, add_special_tokens=False, split_special_tokens=True)["input_ids"],
                tokenizer.eos_token_id,
            ]
        conversation = messages(text, dialogue, show_schema=self._grammar is None)
        if tokenizer.chat_template:
            made = tokenizer.apply_chat_template(conversation, add_generation_prompt=True, tokenize=False)
            return list(tokenizer(made, add_special_tokens=False)["input_ids"])
        return list(tokenizer(_transcript(conversation))["input_ids"])

    def _write(self, prompt: list[int], end: float) -> Completion:
        """Greedy continuation, until it ends, is long enough or time is up."""
        import torch

        network = self._network
        longest = getattr(network.config.get_text_config(), "max_position_embeddings", None)
        room = self._config.max_tokens if longest is None else min(self._config.max_tokens, longest - len(prompt))
        if room <= 0:
            raise Failure("the prompt is longer than the model can read")
        matcher = self._matcher()
        remembers = "cache" if "cache" in signature(network.forward).parameters else "past_key_values"  # before 5.40
        written: list[int] = []
        step, past = prompt, None
        with torch.inference_mode():
            while len(written) < room:
                if time.monotonic() >= end:
                    raise too_long()
                ids = torch.tensor([step], device=network.device)  # (1, t)
                answer = network(input_ids=ids, use_cache=True, **{remembers: past})
                past = answer.past_key_values
                logits = answer.logits[0, -1].float().cpu().numpy()  # (vocabulary,)
                token = int(np.argmax(_allowed(logits, matcher)))
                if token in self._ends:
                    break
                written.append(token)
                step = [token]
                if matcher is not None:
                    matcher.consume_token(token)
                    # What the grammar leaves no choice about needs no network to be written.
                    forced = matcher.compute_ff_tokens()[: room - len(written)]
                    matcher.consume_tokens(forced)
                    written += forced
                    step += forced
                    if matcher.is_stopped():
                        break
        content = self._tokenizer.decode(written, skip_special_tokens=True)
        return Completion(content, Usage(len(prompt), len(written)))

    def _matcher(self) -> Any:
        if self._grammar is None:
            return None
        import llguidance

        return llguidance.LLMatcher(*self._grammar)


def _allowed(logits: np.ndarray, matcher: Any) -> np.ndarray:
    if matcher is None:
        return logits
    bits = np.frombuffer(matcher.compute_bitmask(), np.uint8)
    mask = np.unpackbits(bits, bitorder="little")[: len(logits)].astype(bool)  # (vocabulary,)
    return np.where(mask, logits, -np.inf)


def _transcript(conversation: Sequence[Message]) -> str:
    """For models that know no roles."""
    turns = [f"{one['role'].upper()}: {one['content']}" for one in conversation]
    return "\n\n".join([*turns, "ASSISTANT: "])
