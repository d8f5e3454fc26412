"""What the pages say, in each language: ``i18n/LANGUAGE.json``, all with the same keys."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from starlette.requests import Request

LANGUAGES: Mapping[str, str] = {"en": "English", "zh": "中文"}
"""Languages of the pages, each under its own name."""

DEFAULT_LANGUAGE = "en"
LANGUAGE_COOKIE = "lang"
SCRIPT_KEYS = "script."
"""Messages under this prefix are handed to the page's scripts."""


@dataclass(frozen=True, slots=True)
class Messages:
    """The messages of one language. Calling it fills a message in."""

    language: str
    texts: Mapping[str, str]

    def __call__(self, key: str, **values: object) -> str:
        """The message, with ``{name}`` replaced. Raises KeyError for an unknown key: a mistake of ours."""
        return self.texts[key].format_map(values) if values else self.texts[key]

    def count(self, key: str, n: int, **values: object) -> str:
        """``key.one`` or ``key.other`` by n, which is grouped as {n}."""
        return self(f"{key}.one" if n == 1 else f"{key}.other", n=f"{n:,}", **values)

    def named(self, group: str, name: str) -> str:
        """``group.name`` if there is such a message, else the name made readable: ``base_color`` → Base color."""
        found = self.texts.get(f"{group}.{name}")
        return found if found is not None else name.replace("_", " ").strip().capitalize()

    def value(self, group: str, value: str) -> str:
        """A catalog's value in this language if it is one that the messages know (Red → 红色), else as it is."""
        return self.texts.get(f"{group}.{value.casefold()}", value)

    def for_scripts(self) -> dict[str, str]:
        return {k.removeprefix(SCRIPT_KEYS): v for k, v in self.texts.items() if k.startswith(SCRIPT_KEYS)}


@cache
def messages(language: str) -> Messages:
    """The messages of a language in ``LANGUAGES``."""
    text = files("aisle.web").joinpath("i18n", f"{language}.json").read_text(encoding="utf-8")
    return Messages(language, json.loads(text))


def chosen_language(request: Request) -> str | None:
    """The language that the URL itself asks for."""
    asked = request.query_params.get("lang", "")
    return asked if asked in LANGUAGES else None


def language_of(request: Request) -> str:
    """By the URL, else the shopper's earlier choice, else the browser's preference, else English."""
    chosen = chosen_language(request) or request.cookies.get(LANGUAGE_COOKIE)
    if chosen in LANGUAGES:
        return str(chosen)
    ranked = sorted(preferences(request.headers.get("accept-language", "")), reverse=True)
    return ranked[0][2] if ranked else DEFAULT_LANGUAGE


def preferences(header: str) -> list[tuple[float, int, str]]:
    """Accept-Language as (quality, −position, language), of the languages there are."""
    found = []
    for position, item in enumerate(header.split(",")[:20]):
        tag, _, parameter = item.partition(";")
        language = tag.strip().lower().partition("-")[0]
        quality = parameter.strip().removeprefix("q=") or "1"
        try:
            weight = float(quality)
        except ValueError:
            continue
        if language in LANGUAGES and 0 < weight <= 1:
            found.append((weight, -position, language))
    return found
