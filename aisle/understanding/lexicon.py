"""The bilingual lexicon: a fact in English → everything one may call it in either language."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

PATH = Path(__file__).with_name("lexicon.tsv")


@dataclass(frozen=True, slots=True)
class Entry:
    """One concept of ``kind``. ``names`` maps "en" and "zh" to what it is called there, the canonical name first."""

    kind: str
    names: Mapping[str, tuple[str, ...]]

    @property
    def key(self) -> str:
        return self.names["en"][0]


def is_chinese(text: str) -> bool:
    return any("\u4e00" <= character <= "\u9fff" for character in text)


class Lexicon:
    """All entries; ``find`` knows an entry of a kind by any of its names, singular or plural, in either language."""

    def __init__(self, entries: list[Entry]) -> None:
        self.entries = entries
        self._by_name: dict[tuple[str, str], Entry] = {}
        canonical = ((entry, names[0]) for entry in entries for names in entry.names.values())
        others = ((entry, name) for entry in entries for names in entry.names.values() for name in names[1:])
        for entry, name in (*canonical, *others):
            self._by_name.setdefault((entry.kind, fold(name)), entry)

    def find(self, kind: str, name: str) -> Entry | None:
        return self._by_name.get((kind, fold(name)))

    def of(self, kind: str) -> list[Entry]:
        return [entry for entry in self.entries if entry.kind == kind]

    @staticmethod
    def load(path: Path = PATH) -> Lexicon:
        return Lexicon(list(_read(path)))


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
    """Lower case, no hyphens, singular: "T-Shirts" and "tshirt", "Scarves" and "scarf" are one name."""
    low = name.lower().replace("-", "").replace("'s", "").replace(" ", "")
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
