"""The baseline: the bilingual lexicon's names looked up, the longest first; always meant to find something."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from aisle.types import CompoundQuery, Slot, SlotKind
from aisle.understanding.lexicon import Lexicon, fold

KINDS: Mapping[str, SlotKind] = {
    "type": SlotKind.TYPE,
    "item": SlotKind.TYPE,
    "brand": SlotKind.BRAND,
    "color": SlotKind.COLOR,
    "material": SlotKind.MATERIAL,
    "pattern": SlotKind.PATTERN,
    "gender": SlotKind.AUDIENCE,
    "usage": SlotKind.OCCASION,
    "season": SlotKind.OCCASION,
    "shape": SlotKind.FEATURE,
    "quality": SlotKind.FEATURE,
}
"""The lexicon's kinds as slots'; of a name of several kinds the first counts."""
LONGEST = 8
_TOKEN = re.compile(r"[㐀-鿿]|[^\W㐀-鿿]+")


class Dictionary:
    """``names``: folded name → (kind, canonical name)."""

    def __init__(self, names: Mapping[str, tuple[SlotKind, str]]) -> None:
        self._names = names

    @classmethod
    def load(cls) -> Dictionary:
        names: dict[str, tuple[SlotKind, str]] = {}
        lexicon = Lexicon.load()
        for kind, slot in KINDS.items():
            for entry in lexicon.of(kind):
                for called in entry.names.values():
                    for name in called:
                        names.setdefault(fold(name), (slot, entry.key))
        return cls(names)

    def __call__(self, turns: Sequence[str]) -> CompoundQuery:
        """A later turn's slots stand in for earlier ones of the same kind."""
        state: list[Slot] = []
        for turn in turns:
            found = list(self._slots(turn))
            kinds = {slot.kind for slot in found}
            state = [slot for slot in state if slot.kind not in kinds] + found
        return CompoundQuery(turns[-1], slots=tuple(state))

    def _slots(self, text: str) -> Iterator[Slot]:
        tokens = [match.span() for match in _TOKEN.finditer(text)]
        at = 0
        while at < len(tokens):
            for width in range(min(LONGEST, len(tokens) - at), 0, -1):
                start, end = tokens[at][0], tokens[at + width - 1][1]
                if named := self._names.get(fold(text[start:end])):
                    kind, name = named
                    yield Slot(kind, name, text[start:end], (start, end))
                    at += width
                    break
            else:
                at += 1
