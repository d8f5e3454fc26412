"""Undocumented is broken: every setting, command and endpoint is in docs/, and what is generated there is fresh."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from aisle.cli import docs
from aisle.config import Config, LanguageModelConfig, SearchSettings, SpeechConfig
from aisle.web.api.table import ROUTES, SERVER_ROUTES

DOCS = Path(__file__).parents[1] / "docs"


def read(name: str) -> str:
    return (DOCS / name).read_text(encoding="utf-8")


@pytest.mark.parametrize(("name", "made"), [("cli.md", docs.document), ("settings.md", docs.settings_document)])
def test_a_generated_document_is_fresh(name: str, made: object) -> None:
    assert callable(made)
    assert read(name) == made(), "run: python -m aisle.cli.docs"


def test_every_command_and_option_is_documented() -> None:
    text = read("cli.md")
    sections = dict(re.findall(r"^## (.+)\n((?:(?!^## ).*\n?)*)", text, re.M))
    assert list(sections) == [command.path for command in docs.commands()]
    for command in docs.commands():
        assert command.help and command.help in sections[command.path]
        for option in command.options:
            assert f"`{option.name}" in sections[command.path] and option.help


@pytest.mark.parametrize("name", SearchSettings.model_fields)
def test_every_setting_is_documented(name: str) -> None:
    assert f"\n| `{name}` | {SearchSettings.model_fields[name].description} |" in read("settings.md")
    assert SearchSettings.model_fields[name].description


VARIABLES = [(model, name) for model in (Config, LanguageModelConfig, SpeechConfig) for name in model.model_fields]


@pytest.mark.parametrize(("model", "name"), VARIABLES, ids=lambda one: getattr(one, "__name__", one))
def test_every_variable_is_documented_and_read(
    model: type[Config | LanguageModelConfig | SpeechConfig], name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    variable = f"{model.model_config.get('env_prefix')}{name}".upper()
    assert f"\n| `{variable}` | {model.model_fields[name].description} |" in read("settings.md")
    monkeypatch.setenv(variable, "?")
    try:
        changed = getattr(model(), name) != model.model_fields[name].default
    except ValueError:
        changed = True
    assert changed


@pytest.mark.parametrize("route", [*ROUTES, *SERVER_ROUTES], ids=lambda route: route.key)
def test_every_endpoint_is_documented(route: object) -> None:
    assert f"\n## {route.key}\n" in read("api.md")  # type: ignore[attr-defined]


def test_links_between_documents_lead_somewhere() -> None:
    for document in DOCS.glob("*.md"):
        for target in re.findall(r"\]\((?!https?://|#)([^)#]+)", document.read_text(encoding="utf-8")):
            assert (DOCS / target).exists(), f"{document.name} → {target}"
