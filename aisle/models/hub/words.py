"""Texts → token ids, by the folder's tokenizer.json; by transformers where there is only its older kind of files."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from aisle.errors import InvalidRequest, NotFound
from aisle.models.hub.family import Config, Inputs, part

FILES = ("tokenizer.json", "vocab.txt", "vocab.json", "spiece.model", "sentencepiece.bpe.model", "tokenizer.model")

Encode = Callable[[Sequence[str], bool], list[tuple[list[int], list[int]]]]
"""(texts, with special tokens?) → ids of each text, and 1 for each that the tokenizer has put there itself."""


def check_tokenizer(folder: Path) -> None:
    """Raises NotFound when the folder holds no tokenizer."""
    if not any((folder / name).is_file() for name in FILES):
        raise NotFound(
            f"The model in {folder} has no tokenizer.",
            field="tokenizer.json",
            hint="Save it beside the weights: AutoTokenizer.from_pretrained(…).save_pretrained(FOLDER).",
        )


class Words:
    """Texts → ``input_ids`` and ``attention_mask`` (n, tokens) int64, padded on the right.

    A text of more than ``length`` tokens loses its end, but neither ``tail`` nor what the tokenizer ends every text with.
    With ``padded``, rows are ``length`` long whatever the texts are.
    """

    def __init__(self, folder: Path, config: Config, *, length: int, padded: bool = False, tail: str = "") -> None:
        self._encode = _open(folder)
        self._length, self._padded, self._tail = length, padded, tail
        self._pad = _pad_token(folder, config, self._encode)
        ((_, special),) = self._encode(["x"], True)
        ends = next((i for i, each in enumerate(reversed(special)) if not each), len(special))
        ((tail_ids, _),) = self._encode([tail], False) if tail else (([], []),)
        self._kept = ends + len(tail_ids)

    def __call__(self, texts: Sequence[str], *, cut: bool = True) -> Inputs:
        """``cut`` off what is too long."""
        rows = [ids or [self._pad] for ids, _ in self._encode([text + self._tail for text in texts], True)]
        if cut:
            rows = [self._shortened(row) for row in rows]
        longest = self._length if self._padded else max(map(len, rows))
        ids = np.full((len(rows), longest), self._pad, dtype=np.int64)  # (n, tokens)
        mask = np.zeros_like(ids)
        for i, row in enumerate(rows):
            ids[i, : len(row)] = row
            mask[i, : len(row)] = 1
        return {"input_ids": ids, "attention_mask": mask}

    def _shortened(self, row: list[int]) -> list[int]:
        if len(row) <= self._length:
            return row
        kept = min(self._kept, self._length)
        return row[: self._length - kept] + row[len(row) - kept :]


def _open(folder: Path) -> Encode:
    if (folder / "tokenizer.json").is_file():
        from tokenizers import Tokenizer

        return _by_tokenizers(Tokenizer.from_file(str(folder / "tokenizer.json")))
    check_tokenizer(folder)
    try:
        from transformers import AutoTokenizer
    except ImportError:
        raise InvalidRequest(
            f"The tokenizer in {folder} is of an older kind, which needs transformers.",
            field="tokenizer.json",
            hint="pip install 'aisle[hub]', or save a tokenizer.json there with it.",
        ) from None
    found = AutoTokenizer.from_pretrained(folder, local_files_only=True, trust_remote_code=False)
    backend = getattr(found, "backend_tokenizer", None)
    return _by_transformers(found) if backend is None else _by_tokenizers(backend)


def _by_tokenizers(tokenizer: Any) -> Encode:
    tokenizer.no_truncation()  # some folders keep the lengths of their training here
    tokenizer.no_padding()

    def encode(texts: Sequence[str], special: bool) -> list[tuple[list[int], list[int]]]:
        found = tokenizer.encode_batch(list(texts), add_special_tokens=special)
        return [(each.ids, each.special_tokens_mask) for each in found]

    return encode


def _by_transformers(tokenizer: Any) -> Encode:
    def encode(texts: Sequence[str], special: bool) -> list[tuple[list[int], list[int]]]:
        found = tokenizer(list(texts), add_special_tokens=special, return_special_tokens_mask=True)
        return list(zip(found["input_ids"], found["special_tokens_mask"], strict=True))

    return encode


def _pad_token(folder: Path, config: Config, encode: Encode) -> int:
    """The id that fills short rows up. It matters only where padding isn't masked (SigLIP)."""
    for name in ("tokenizer_config.json", "special_tokens_map.json"):
        if (folder / name).is_file():
            said = json.loads((folder / name).read_text(encoding="utf-8")).get("pad_token")
            token = said.get("content") if isinstance(said, dict) else said
            if token:
                ((ids, _),) = encode([token], False)
                if len(ids) == 1:
                    return ids[0]
    return int(part(config, "pad_token_id", part(config, "text_config.pad_token_id", 0)))
