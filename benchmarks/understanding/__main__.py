"""Score what is understood of the two sets, side by side.

    AISLE_DATA=DATA python -m benchmarks.understanding [--set real|written|rehearsal|development] [--errors]

Prints figures only. ``--errors`` prints the queries that aren't wholly right, too: the two tests must stay unseen by whoever writes
rules or names, so use it there to write a report, not to write rules. ``rehearsal`` and ``development`` are for looking: queries written
and labelled as those of the tests are, and the held-back part of those that the tagger learns from.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np

from benchmarks.understanding import sets
from benchmarks.understanding.dictionary import Dictionary
from benchmarks.understanding.ours import Aisle
from benchmarks.understanding.scoring import MEASURES, PARTS, Judged, Understanding, groups, run, score, things
from benchmarks.understanding.second import second

UNDERSTANDINGS: Mapping[str, Callable[[], Understanding]] = {
    "dictionary": Dictionary.load,
    "aisle": Aisle.load,
}
"""What is scored, by name; called only when it is asked for."""


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.understanding", description=__doc__.partition("\n")[0])
    parser.add_argument(
        "--set",
        choices=(*sets.NAMES, sets.REHEARSAL, sets.DEVELOPMENT),
        action="append",
        help="one set (default: the two tests)",
    )
    parser.add_argument("--only", choices=UNDERSTANDINGS, action="append", help="one understanding (default: all)")
    parser.add_argument("--data", type=Path, default=os.environ.get("AISLE_DATA"), help="the data sets ($AISLE_DATA)")
    parser.add_argument("--errors", action="store_true", help="print the queries that aren't wholly right")
    arguments = parser.parse_args()
    chosen = {name: UNDERSTANDINGS[name]() for name in arguments.only or UNDERSTANDINGS}
    for name in arguments.set or sets.NAMES:
        if name == "real" and arguments.data is None:
            print("real: left out, its texts are in $AISLE_DATA\n")
            continue
        examples = sets.load(name, arguments.data)
        results = {by: run(understand, examples) for by, understand in chosen.items()}
        if name == "real" and not arguments.only:
            results["second annotator"] = second(examples)
        print(report(name, results))
        if arguments.errors:
            for by, judged in ((by, results[by]) for by in chosen):
                print("\n\n".join(error(by, one) for one in judged if not one.is_right), "\n")


def report(name: str, results: Mapping[str, Sequence[Judged]]) -> str:
    """A Markdown table: a row for each measure of the whole set, then the main ones of each group; a column for each result."""
    parted = {by: groups(judged) for by, judged in results.items()}
    lines = [f"| {name} | n | {' | '.join(results)} |", "|---|---|" + "---|" * len(results)]
    for group, judged in next(iter(parted.values())).items():
        for measure in MEASURES if group == "all" else ("slots strict", "slots lenient", "everything strict", "intent"):
            scores = [score(parts[group], measure) for parts in parted.values()]
            label = measure if group == "all" else f"{group}: {measure}"
            lines.append(f"| {label} | {len(judged)} | {' | '.join(map(str, scores))} |")
    times = [np.percentile([one.milliseconds for one in judged], [50, 95]) for judged in results.values()]
    shown = " | ".join(f"{median:.2f} / {high:.2f}" if high else "–" for median, high in times)
    lines.append(f"| ms a turn, median / p95 | {len(next(iter(results.values())))} | {shown} |")
    return "\n".join(lines) + "\n"


def error(by: str, judged: Judged) -> str:
    """A query with what is labelled and what was understood, part by part where they differ."""
    example, answer = judged.example, judged.answer
    lines = [f"{example.id} ({by}): {' / '.join(example.turns)}"]
    if example.intent != answer.intent:
        lines.append(f"  intent: {example.intent} labelled, {answer.intent} understood")
    for part in PARTS:
        labelled, understood = things(example, part), things(answer, part)
        if labelled or understood:
            lines.append(f"  {part}:\n    labelled   {_shown(labelled)}\n    understood {_shown(understood)}")
    return "\n".join(lines)


def _shown(said: Sequence[object]) -> str:
    return "; ".join(_short(one) for one in said) or "–"


def _short(one: object) -> str:
    kind = getattr(one, "kind", None)
    if kind is None:
        return str(one)
    text = getattr(one, "text", "") or getattr(one, "value", "")
    return f"{'not ' if getattr(one, 'negated', False) else ''}{kind}={text}"


if __name__ == "__main__":
    main()
