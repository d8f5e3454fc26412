"""The layout is the architecture: a module imports only from rows below its own, and rooms on a row don't meet."""

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "aisle"

ROWS = [
    ["__main__", "cli", "web"],
    ["app"],
    ["indexing", "search", "evaluation", "labelling"],
    ["learning"],
    ["ranking"],
    ["understanding"],
    ["perception", "fusion", "speech"],
    ["index"],
    ["catalog"],
    ["models", "store", "fetch"],
    ["types", "config", "errors"],
]
RANK = {room: row for row, rooms in enumerate(ROWS) for room in rooms}
WORDS = {"types", "config", "errors"}


def room_of(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imported_rooms(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.level:
            pytest.fail(f"{path}: imports are absolute here")
        names = (
            [node.module + "." + alias.name if node.module == "aisle" else node.module for alias in node.names]
            if isinstance(node, ast.ImportFrom) and node.module
            else [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else []
        )
        found |= {name.split(".")[1] for name in names if name.startswith("aisle.")}
    return found - {"__version__"}


@pytest.mark.parametrize("path", sorted(PACKAGE.rglob("*.py")), ids=lambda p: str(p.relative_to(PACKAGE)))
def test_imports_point_down(path: Path) -> None:
    room = room_of(path)
    if room == "__init__":
        assert not imported_rooms(path)
        return
    assert room in RANK, f"{room} has no row: give it one in ROWS and in ARCHITECTURE.md"
    for other in imported_rooms(path) - {room}:
        allowed = RANK[other] > RANK[room] or (RANK[room] == RANK[other] == 0) or (other in WORDS and room in WORDS)
        assert allowed, f"{path.relative_to(PACKAGE)} imports aisle.{other}, which isn't below it"


def test_no_module_is_a_drawer() -> None:
    names = {path.stem for path in PACKAGE.rglob("*.py")}
    assert not names & {"utils", "util", "helpers", "misc", "common"}
