"""Teach a local language model to read queries: LoRA on (query → JSON) pairs, added to its weights, in a folder to serve."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from aisle.errors import Conflict, InvalidRequest
from aisle.learning.heads import training
from aisle.learning.heads.backbone import LONGEST, Decoder, kind_of
from aisle.learning.heads.data import Example, rows
from aisle.learning.heads.training import Plan
from aisle.understanding.llm.answer import Answer, Refused, parse, schema_version, spell
from aisle.understanding.llm.local import BARE

NAME = "understand"
PLAN = Plan(method="lora", name=NAME, epochs=4.0, batch=16, rate=5e-4, patience=4)

ROOM = LONGEST // 2
"""Tokens of an answer, its end included."""

Pairs = Callable[[], Iterable[Answer]]
"""What generates queries with what is to be understood of them: the query is ``answer.query.text``."""


def train(pairs: Pairs, source: str, out: Path, plan: Plan = PLAN) -> dict[str, Any]:
    """Train the decoder in the folder ``source`` on pairs; figures of pairs held back ("exact" is the share written letter by
    letter). ``out`` is a new folder that AISLE_LLM_MODEL can name; the adapter alone is kept in its ``head/``.

    Raises Conflict, InvalidRequest, NotFound.
    """
    if out.exists() and any(out.iterdir()):
        raise Conflict(f"{out} isn't empty.", field="out", hint="Choose a new folder.")
    if kind_of(source) != Decoder.kind:
        raise InvalidRequest(
            f"{source} isn't a language model.", field="model", hint="It has to write: GPT, Qwen, Llama …"
        )
    examples = [Example(answer.query.text, spell(answer)) for answer in pairs()]
    short = _with_room(examples, source)
    if not short:
        raise InvalidRequest(
            f"None of {len(examples)} pairs can be learnt from: an answer has {ROOM} tokens at most.", field="data"
        )
    kept = training.train("generate", source, short, out / "head", plan)
    figures = {**kept.figures[plan.name], "too_long": len(examples) - len(short)}
    kept.adapters.merge(plan.name)
    kept.head.backbone.save(out)
    card = {"prompt": "bare", "schema": schema_version(), "source": source, "figures": figures}
    (out / BARE).write_text(json.dumps(card, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    return figures


def _with_room(examples: list[Example], source: str) -> list[Example]:
    """Those whose answer a decoder backbone writes to its end: half an answer would teach to write broken JSON."""
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(source)
    return [one for one in examples if len(tokenizer(f" {one.target}", add_special_tokens=False)["input_ids"]) < ROOM]


def read_pairs(path: Path) -> Iterator[Answer]:
    """Rows {"query": text, "answer": an object in the schema}. Raises NotFound, InvalidRequest with the row's number."""
    for number, row in enumerate(rows(path), 1):
        try:
            yield parse(json.dumps(row.get("answer")), str(row["query"]))
        except (KeyError, Refused) as error:
            raise InvalidRequest(
                f"Row {number} of {path} is no pair: {error}.",
                field="data",
                hint='{"query": "red shoes", "answer": {…}}',
            ) from None
