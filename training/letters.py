"""The table of ``aisle/speech/letters.py``, made of the pronouncing dictionary that pocketsphinx brings (CMUdict, BSD licence):

    python -m training.letters aisle/speech/letters.tsv.gz

Each letter of a word is aligned with none, one or two of its phones (EM, Viterbi); a context is kept where it was seen often
enough and sounds unlike the narrower one. One word in 20 is held out, and the share of its phones that are wrong is told.
"""

from __future__ import annotations

import gzip
import sys
import zlib
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from math import log
from pathlib import Path

from aisle.speech.letters import contexts, sounds

Word = tuple[str, tuple[str, ...]]
Chunks = tuple[str, ...]
"""What each letter of a word sounds like: phones joined by ``+``."""
EM_WORDS = 12_000
ROUNDS = 6
LEAST = 2
"""Times a context must have been seen."""


def dictionary() -> Iterator[Word]:
    """The dictionary's words of letters only, each with its first pronunciation."""
    import pocketsphinx

    path = Path(pocketsphinx.get_model_path()) / "en-us" / "cmudict-en-us.dict"
    for line in path.read_text(encoding="utf-8").splitlines():
        word, *phones = line.split()
        if word.replace("'", "").isalpha() and word.isascii():
            yield word, tuple(phones)


def align(word: str, phones: tuple[str, ...], cost: Mapping[tuple[str, str], float], unseen: float) -> Chunks | None:
    """The cheapest way to give each letter 0–2 phones; None where the phones are too many."""
    best: dict[int, tuple[float, Chunks]] = {0: (0.0, ())}
    for place, letter in enumerate(word):
        after: dict[int, tuple[float, Chunks]] = {}
        left = len(word) - place - 1
        for at, (sum_, chunks) in best.items():
            for size in (0, 1, 2):
                to = at + size
                if to > len(phones) or len(phones) - to > 2 * left:
                    continue
                chunk = "+".join(phones[at:to])
                total = sum_ + cost.get((letter, chunk), unseen + 2.0 * (size == 2))
                if to not in after or total < after[to][0]:
                    after[to] = (total, (*chunks, chunk))
        best = after
    return best[len(phones)][1] if len(phones) in best else None


def costs(words: list[Word]) -> dict[tuple[str, str], float]:
    """Minus log probabilities of chunks given letters, by hard EM."""
    cost: dict[tuple[str, str], float] = {}
    # A start that spreads phones evenly: how often a phone and a letter share a word.
    together: Counter[tuple[str, str]] = Counter()
    alone: Counter[str] = Counter()
    for word, phones in words:
        for phone in phones:
            alone[phone] += 1
            for letter in set(word):
                together[letter, phone] += 1
    letters = Counter(letter for word, _ in words for letter in set(word))
    total = len(words)
    for (letter, phone), count in together.items():
        cost[letter, phone] = -log(count * total / (letters[letter] * alone[phone])) + 2.0
    for letter in letters:
        cost[letter, ""] = 3.0
    for _ in range(ROUNDS):
        counts: Counter[tuple[str, str]] = Counter()
        sums: Counter[str] = Counter()
        for word, phones in words:
            for letter, chunk in zip(word, align(word, phones, cost, 9.0) or (), strict=False):
                counts[letter, chunk] += 1
                sums[letter] += 1
        cost = {pair: -log(count / sums[pair[0]]) for pair, count in counts.items()}
    return cost


def made(words: list[Word]) -> dict[str, str]:
    """The table."""
    cost = costs(words[:: max(1, len(words) // EM_WORDS)])
    seen: dict[str, Counter[str]] = defaultdict(Counter)
    for word, phones in words:
        chunks = align(word, phones, cost, 12.0)
        for place, chunk in enumerate(chunks or ()):
            for context in contexts(word, place):
                seen[context][chunk] += 1
    found: dict[str, str] = {}
    said: dict[str, str] = {}
    for context in sorted(seen, key=len):
        chunk, _ = min(seen[context].items(), key=lambda pair: (-pair[1], pair[0]))
        if len(context) > 1 and sum(seen[context].values()) < LEAST:
            continue
        narrower = said.get(context[:-1])
        said[context] = chunk
        if chunk != narrower:
            found[context] = chunk
    # A context that says what its parent said needs no line, unless a line between them says otherwise: none can.
    return found


def wrong(words: list[Word], known: Mapping[str, str]) -> tuple[float, float]:
    """Share of phones and of words that are wrong."""
    phones = errors = whole = 0
    for word, truth in words:
        distance = edits(sounds(word, known), list(truth))
        phones, errors, whole = phones + len(truth), errors + distance, whole + (distance > 0)
    return errors / phones, whole / len(words)


def edits(a: list[str], b: list[str]) -> int:
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        before, row[0] = row[0], i
        for j, y in enumerate(b, 1):
            before, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, before + (x != y))
    return row[-1]


def main(path: Path) -> None:
    words = list(dictionary())
    held = [word for word in words if zlib.crc32(word[0].encode()) % 20 == 0]
    rest = [word for word in words if zlib.crc32(word[0].encode()) % 20]
    found = made(rest)
    error, whole = wrong(held, found)
    print(
        f"{len(rest)} words, {len(found)} contexts; {len(held)} held out: phone error {error:.3f}, word error {whole:.3f}"
    )
    with gzip.GzipFile(path, "wb", mtime=0) as file:
        file.write("".join(f"{context}\t{chunk}\n" for context, chunk in sorted(found.items())).encode("ascii"))
    print(f"{path.stat().st_size / 1e3:.0f} kB")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
