"""Which parts of a query are unwanted: what follows "not", "without", "不要"…, up to the next part that is wanted again."""

from __future__ import annotations

import re
from collections.abc import Sequence

_BEFORE = re.compile(
    r"(?<![^\W_])(?:not|no(?!\s*[,，.!;])|non|without|w/o|except(?:\s+for)?|excluding|exclude|minus|sans|never|hate|dislike|(?:do|does)(?:n'?t|\s+not)\s+(?:want|like|need)|(?:that|which)\s+(?:do|does)n'?t\s+have|neither|isn'?t|aren'?t|"
    r"(?:anything|everything|all|any\s+colou?r)\s+but(?!\s+(?:in|with|not)\b)|other\s+than|rather\s+than|instead\s+of|avoid|nothing|sin|excepto|pas(?:\s+de)?|sauf|ohne|kein(?:e|en|er|em|es)?|nicht|sem|exceto|(?<!o\s)menos(?=\s+d?[ao]s?\s)|não|بدون|ليس)(?![^\W_])"
    r"|(?:不要|不想要|不需要|不喜欢|不含|不带|不是|别要|别|非|无|没有|除了|除|去掉|拒绝|不用|免)"
)
"""Said before what is unwanted."""
REFUSED = r"(?:的|色|款|那种|东西|价格|价位)*[,，]?\s*(?:就|都|也|我)*(?:不要|不看|不考虑|不喜欢|不买|不行|别推荐?)了?(?=\s*(?:$|[,，.。;；!！]))"
"""Says behind something that it is unwanted, as a pattern: 破洞的不要."""
_AFTER = re.compile(rf"^\s*(?:[-‐]\s*)?(?:free\b|{REFUSED}|以外|除外|なし|じゃない|ではない|以外の|없는|말고|제외)")
"""Said after it: "sugar-free", "红色以外"."""
_GAP = re.compile(
    r"(?:[\s,、的有带太那么色-]|颜色|图案|材质|或者?|和|跟"
    r"|(?:a|an|the|any|in|made|of|with|too|colou?r|it|is|to|be|or|nor|and|und|oder|ou|o|y|de|con|com|mit|avec|que|sea|e|ni|von|d?[ao]s?|qu(?:ie|e)ro)(?![^\W_]))*+"
)
"""What may stand between the word and what it speaks of."""
_OR = re.compile(r"\s*(?:、|or|nor|and|或者?|和|跟|/|ou|oder|o|y|ni|und)\s*")
NOT_EVEN = (
    "没有没有",
    "有没有",
    "无线",
    "非常",
    "别致",
    "无人机",
    "非洲",
    "不锈钢",
    "免费",
    "no.",
    "not only",
    "no matter",
    "non-stick",
    "nonstick",
    "no show",
    "no-show",
)
"""Words in which none of this is meant."""


def negations(text: str, spans: Sequence[tuple[int, int]]) -> list[tuple[int, int] | None]:
    """For each [start, end) of a text, in order and apart from each other: where the word stands that makes it unwanted, or None."""
    low = text.lower() if len(text.lower()) == len(text) else text
    for word in NOT_EVEN:
        low = low.replace(word, "\0" * len(word))
    inside = lambda match: any(s <= match.start() and match.end() <= e for s, e in spans)  # noqa: E731
    cues = [match.span() for match in _BEFORE.finditer(low) if not inside(match)]
    found: list[tuple[int, int] | None] = []
    for i, (start, end) in enumerate(spans):
        cue = max((cue for cue in cues if cue[1] <= start), default=None)
        if cue is not None and not _GAP.fullmatch(low, cue[1], start):
            cue = None
        if cue is None and i and found[-1] is not None and _OR.fullmatch(low[spans[i - 1][1] : start]):
            cue = found[-1]  # "not red or blue"; but "not red, blue" wants blue
        if cue is None and (after := _AFTER.match(low[end:])):
            cue = (end, end + after.end())
        found.append(cue)
    return found
