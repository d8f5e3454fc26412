"""Templates: one environment, escaping everything, with what every page needs at hand."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from starlette.requests import Request

from aisle.web.pages import looks
from aisle.web.pages.address import Address
from aisle.web.pages.assets import Assets
from aisle.web.pages.messages import LANGUAGES
from aisle.web.pages.views import Shelf

THEMES = frozenset({"light", "dark"})
RIGHT_TO_LEFT = frozenset({"ar", "fa", "he", "ur"})


class Renderer:
    """Renders templates in a request's language and theme."""

    def __init__(self, assets: Assets) -> None:
        self.assets = assets
        self._environment = Environment(
            loader=PackageLoader("aisle.web", "templates"),
            autoescape=select_autoescape(default=True),
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._environment.filters["plain"] = looks.plain_number

    def render(self, template: str, request: Request, shelf: Shelf, context: Mapping[str, Any]) -> str:
        """The template with its context and: t, language, languages, direction, theme, prefix, static, url, here."""
        theme = request.cookies.get("theme", "")
        static = f"{shelf.prefix}/static/{self.assets.version}"
        common = {
            "t": shelf.t,
            "language": shelf.t.language,
            "languages": LANGUAGES,
            "direction": "rtl" if shelf.t.language in RIGHT_TO_LEFT else "ltr",
            "theme": theme if theme in THEMES else "",
            "prefix": shelf.prefix,
            "static": static,
            "url": shelf.search_url,
            "blank": Address(),
            "here": request.url.path,
            "origin": f"{request.url.scheme}://{request.url.netloc}",
            "query": [(name, value) for name, value in request.query_params.multi_items() if name != "lang"],
            "script_config": {
                "prefix": shelf.prefix,
                "language": shelf.t.language,
                "texts": shelf.t.for_scripts(),
            },
        }
        return self._environment.get_template(template).render({"address": Address(), **common, **context})
