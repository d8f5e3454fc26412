"""The lexicon: a fact in English → everything one may call it, in Chinese and English, the commonest in seven further languages."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from aisle.perception.text import fold as plain

PATH = Path(__file__).with_name("lexicon.tsv")
WORLD = Path(__file__).with_name("lexicon_world.tsv")
"""The commonest entries again: kind, English name, and names in each further language, parted by ``;``."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One concept of ``kind``. ``names`` maps a language to what it is called there, the canonical name first: "en" and "zh"
    always, es, fr, de, ja, ko, pt and ar for the commonest."""

    kind: str
    names: Mapping[str, tuple[str, ...]]

    @property
    def key(self) -> str:
        return self.names["en"][0]


def is_chinese(text: str) -> bool:
    return any("\u4e00" <= character <= "\u9fff" for character in text)


class Lexicon:
    """All entries; ``find`` knows an entry of a kind by any of its names, singular or plural, in any language, with or without
    accents. Where languages differ on a name, English and Chinese come first. Immutable."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        self.entries = entries = tuple(entries)
        self._by_name: dict[tuple[str, str], Entry] = {}
        self._own: dict[tuple[str, str, str], Entry] = {}
        for entry in entries:
            for code, names in entry.names.items():
                if code not in ("en", "zh"):
                    for name in names:
                        self._own.setdefault((code, entry.kind, fold(name)), entry)
        for own in (True, False):
            named = [
                (entry, names)
                for entry in entries
                for code, names in entry.names.items()
                if (code in ("en", "zh")) == own
            ]
            canonical = ((entry, names[0]) for entry, names in named)
            others = ((entry, name) for entry, names in named for name in names[1:])
            for entry, name in (*canonical, *others):
                self._by_name.setdefault((entry.kind, fold(name)), entry)

    def find(self, kind: str, name: str, language: str = "") -> Entry | None:
        """The entry of a name. ``language``, where it is known, decides between languages: "robe" is French for a dress."""
        folded = fold(name)
        return self._own.get((language, kind, folded)) or self._by_name.get((kind, folded))

    def of(self, kind: str) -> list[Entry]:
        return [entry for entry in self.entries if entry.kind == kind]

    @staticmethod
    @cache
    def load(path: Path = PATH, world: Path | None = WORLD) -> Lexicon:
        """The files' entries, read once in a process; ``world`` None leaves the further languages out."""
        further = _read_world(world) if world else {}
        return Lexicon(
            Entry(entry.kind, {**entry.names, **further.get((entry.kind, entry.key), {})}) for entry in _read(path)
        )


PLURALS = (
    ("sses", "ss"),
    ("ches", "ch"),
    ("shes", "sh"),
    ("xes", "x"),
    ("ies", "y"),
    ("ves", "f"),
    ("ss", "ss"),
    ("s", ""),
)
ENDINGS = (("ie", "y"), ("ve", "f"), ("fe", "f"))


def fold(name: str) -> str:
    """Lower case, no accents or hyphens, singular: "T-Shirts" and "tshirt", "Scarves" and "scarf" are one name."""
    low = plain(name).replace("-", "").replace("'s", "").replace(" ", "")
    for rules in (PLURALS, ENDINGS):
        for end, instead in rules:
            if len(low) > 3 and low.endswith(end):
                low = low.removesuffix(end) + instead
                break
    return low


def _read(path: Path) -> Iterator[Entry]:
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE):
            synonyms = [name for name in (row["synonyms"] or "").split(";") if name]
            english = (row["en"], *(name for name in synonyms if not is_chinese(name)))
            chinese = (row["zh"], *(name for name in synonyms if is_chinese(name)))
            yield Entry(row["kind"], {"en": english, "zh": chinese})


def _read_world(path: Path) -> dict[tuple[str, str], dict[str, tuple[str, ...]]]:
    """(kind, English name) → language → names there."""
    with path.open(encoding="utf-8", newline="") as file:
        return {
            (row.pop("kind"), row.pop("en")): {code: tuple(names.split(";")) for code, names in row.items() if names}
            for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        }
