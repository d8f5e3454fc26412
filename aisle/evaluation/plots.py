"""Plots as inline SVG: plain functions from numbers to markup. Colours are the page's CSS variables, so light and dark work.

Every plot has a text alternative and scales with its container; ``label`` says in one sentence what is shown.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import numpy as np

WIDTH, HEIGHT = 460, 250
LEFT, RIGHT, TOP, BOTTOM = 44, 14, 14, 38


def _x(share: float) -> float:
    return LEFT + share * (WIDTH - LEFT - RIGHT)


def _y(share: float) -> float:
    return HEIGHT - BOTTOM - share * (HEIGHT - TOP - BOTTOM)


def _svg(label: str, parts: Sequence[str], height: float = HEIGHT) -> str:
    inside = "".join(parts)
    return (
        f'<svg viewBox="0 0 {WIDTH} {height:g}" role="img" aria-label="{escape(label)}">'
        f"<title>{escape(label)}</title>{inside}</svg>"
    )


def _text(x: float, y: float, text: str, anchor: str = "middle", kind: str = "tick") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" class="{kind}">{escape(text)}</text>'


def _line(x0: float, y0: float, x1: float, y1: float, kind: str) -> str:
    return f'<line x1="{x0:.1f}" y1="{y0:.1f}" x2="{x1:.1f}" y2="{y1:.1f}" class="{kind}"/>'


def _grid(top: float = 1.0, form: str = "{:.2g}") -> list[str]:
    """Four horizontal rules with their values; ``top`` is the value at the upper end."""
    return [
        part
        for share in (0.0, 0.25, 0.5, 0.75, 1.0)
        for part in (
            _line(_x(0), _y(share), _x(1), _y(share), "rule"),
            _text(LEFT - 8, _y(share) + 4, form.format(share * top), "end"),
        )
    ]


def curve(label: str, runs: Sequence[Sequence[tuple[int, float, float, float]]], axis: str) -> str:
    """Up to two runs of (k, mean, low, high) over k on a logarithmic axis, each with its band."""
    ks = [k for k, *_ in runs[0]]
    span = np.log(ks[-1] / ks[0]) or 1.0

    def at(k: int) -> float:
        return _x(float(np.log(k / ks[0]) / span))

    parts = _grid()
    for k in ks:
        parts.append(_text(at(k), HEIGHT - BOTTOM + 17, str(k)))
    parts.append(_text(_x(0.5), HEIGHT - 4, axis))
    for number, run in enumerate(runs):
        upper = [f"{at(k):.1f},{_y(high):.1f}" for k, _, _, high in run]
        lower = [f"{at(k):.1f},{_y(low):.1f}" for k, _, low, _ in reversed(run)]
        means = [f"{at(k):.1f},{_y(mean):.1f}" for k, mean, *_ in run]
        parts.append(f'<polygon points="{" ".join(upper + lower)}" class="band run{number}"/>')
        parts.append(f'<polyline points="{" ".join(means)}" class="curve run{number}"/>')
        for k, mean, low, high in run:
            told = f"recall@{k}: {mean:.3f} ({low:.3f}–{high:.3f})"
            parts.append(
                f'<circle cx="{at(k):.1f}" cy="{_y(mean):.1f}" r="3.5" class="dot run{number}">'
                f"<title>{told}</title></circle>"
            )
    return _svg(label, parts)


def histogram(label: str, values: Sequence[float], edges: Sequence[float], axis: str, form: str = "{:g}") -> str:
    """How many of ``values`` lie between each two ``edges``."""
    counts, _ = np.histogram(np.clip(values, edges[0], edges[-1]), bins=np.asarray(edges))
    top = max(int(counts.max()), 1)
    top = -(-top // 4) * 4  # so that the rules are whole numbers
    parts = _grid(top, "{:.0f}")
    wide = (_x(1) - _x(0)) / len(counts)
    for i, count in enumerate(counts.tolist()):
        x, y = _x(0) + i * wide, _y(count / top)
        told = f"{form.format(edges[i])} to {form.format(edges[i + 1])}: {count}"
        if count:
            parts.append(
                f'<path d="M{x + 1.5:.1f} {_y(0):.1f}V{y:.1f}h{wide - 3:.1f}V{_y(0):.1f}z" class="bar run0">'
                f"<title>{told}</title></path>"
            )
    every = max(1, len(counts) // 6)
    for i in range(0, len(edges), every):
        parts.append(_text(_x(0) + i * wide, HEIGHT - BOTTOM + 17, form.format(edges[i])))
    parts.append(_text(_x(0.5), HEIGHT - 4, axis))
    return _svg(label, parts)


def scores(label: str, values: Sequence[float]) -> str:
    """The distribution of a metric in [0, 1] over the queries."""
    return histogram(label, values, np.linspace(0, 1, 11).round(1).tolist(), "nDCG@10 of a query")


def latencies(label: str, values: Sequence[float]) -> str:
    """The distribution of milliseconds; the slowest hundredth is gathered in the last bar."""
    end = max(float(np.percentile(values, 99)), 0.1)
    step = _round(end / 14)
    edges = (np.arange(0, int(np.ceil(end / step)) + 1) * step).round(4).tolist()
    return histogram(label, values, edges, "ms for a query")


def _round(step: float) -> float:
    """The next larger 1, 2 or 5 times a power of ten."""
    power = 10.0 ** np.floor(np.log10(step))
    return float(next(nice * power for nice in (1, 2, 5, 10) if nice * power >= step - 1e-12))


ROW = 30
NAMES = 170


def bars(label: str, rows: Sequence[tuple[str, float, float, float]]) -> str:
    """One bar a row: (name, mean, low, high) in [0, 1], the interval as a whisker."""
    height = ROW * len(rows) + 26

    def at(share: float) -> float:
        return NAMES + share * (WIDTH - NAMES - 46)

    parts = []
    for share in (0.0, 0.25, 0.5, 0.75, 1.0):
        parts.append(_line(at(share), 4, at(share), height - 20, "rule"))
        parts.append(_text(at(share), height - 5, f"{share:g}"))
    for i, (name, mean, low, high) in enumerate(rows):
        middle = 6 + ROW * i + ROW / 2
        parts.append(_text(NAMES - 10, middle + 4, name if len(name) <= 23 else name[:22] + "…", "end", "name"))
        parts.append(
            f'<rect x="{at(0):.1f}" y="{middle - 8:.1f}" width="{max(at(mean) - at(0), 1):.1f}" height="16" rx="3" '
            f'class="bar run0"><title>{escape(name)}: {mean:.3f} ({low:.3f}–{high:.3f})</title></rect>'
        )
        parts.append(_line(at(low), middle, at(high), middle, "whisker"))
        parts.append(_text(WIDTH - 4, middle + 4, f"{mean:.2f}", "end", "value"))
    return _svg(label, parts, height)


def drops(label: str, rows: Sequence[tuple[str, float, float]]) -> str:
    """One line a row from clean to disturbed: (name, clean, disturbed) in [0, 1]."""
    height = ROW * len(rows) + 26

    def at(share: float) -> float:
        return NAMES + share * (WIDTH - NAMES - 56)

    parts = []
    for share in (0.0, 0.25, 0.5, 0.75, 1.0):
        parts.append(_line(at(share), 4, at(share), height - 20, "rule"))
        parts.append(_text(at(share), height - 5, f"{share:g}"))
    for i, (name, clean, after) in enumerate(rows):
        middle = 6 + ROW * i + ROW / 2
        kind = "loss" if after < clean - 0.005 else "even"
        parts.append(_text(NAMES - 10, middle + 4, name, "end", "name"))
        parts.append(_line(at(clean), middle, at(after), middle, f"drop {kind}"))
        parts.append(f'<circle cx="{at(clean):.1f}" cy="{middle:.1f}" r="4.5" class="clean"/>')
        parts.append(
            f'<circle cx="{at(after):.1f}" cy="{middle:.1f}" r="4.5" class="after {kind}">'
            f"<title>{escape(name)}: {clean:.3f} → {after:.3f}</title></circle>"
        )
        parts.append(_text(WIDTH - 4, middle + 4, f"{after - clean:+.2f}", "end", "value"))
    return _svg(label, parts, height)
