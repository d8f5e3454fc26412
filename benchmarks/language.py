"""How long it takes to detect a query's language, normalise it and read its amounts, on one core: python -m benchmarks.language"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Sequence

from aisle.perception.text import detect_language
from aisle.understanding.amounts import read_normalized
from aisle.understanding.language import normalized

QUERIES = (
    "red dress under 50", "iphone 15 手机壳 50块以内", "三百以内的连衣裙", "laptop between 500 and 1000 dollars 16gb", "zapatos rojos por menos de 50 euros",
    "robe rouge entre 50 et 100 €", "Kleid für Damen bis 80 Euro", "5000円以下の赤いバッグ", "5만원 이하 운동화 별점 4점 이상", "حذاء أحمر أقل من 100 دولار",
    "cheapest wireless headphones 4 stars and up", "两双袜子 最便宜的", "running shoes for men", "15.6 inch laptop bag", "１２８ＧＢ Ｐｈｏｎｅ", "紅色連衣裙",
)  # fmt: skip
LONG = (
    "under 50 " * 1100,
    "三百以内" * 830,
    "1 " * 5000,
    "ａ５ " * 1500,
    "a" * 10_000,
    "半斤" * 1700,
    "- 5 to " * 1400,
)


def read(text: str) -> object:
    return read_normalized(normalized(text), detect_language(text))


def milliseconds(work: Callable[[str], object], texts: Sequence[str], rounds: int) -> list[float]:
    """Of each call, ascending; CPU time of this thread, so that neighbours on the machine don't count."""
    spent = []
    for _ in range(rounds):
        for text in texts:
            started = time.thread_time()
            work(text)
            spent.append(1000 * (time.thread_time() - started))
    return sorted(spent)


def main() -> None:
    for text in (*QUERIES, *LONG):
        read(text)  # tables are built when they are first asked for
    usual, long = milliseconds(read, QUERIES, 50), milliseconds(read, LONG, 3)
    sys.stdout.write(
        f"usual queries: p50 {usual[len(usual) // 2]:.3f} ms, p95 {usual[int(len(usual) * 0.95)]:.3f} ms\n"
    )
    sys.stdout.write(f"10 kB: at most {long[-1]:.1f} ms\n")


if __name__ == "__main__":
    main()
