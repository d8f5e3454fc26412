"""``aisle index`` and a live server killed at any moment: nothing acknowledged is lost, and views heal."""

import json
import subprocess
import sys
from pathlib import Path

SCRIPT = Path(__file__).parents[2] / "benchmarks" / "durability.py"


def figures(mode: str, folder: Path, trials: int) -> dict[str, float]:
    command = [
        sys.executable,
        str(SCRIPT),
        mode,
        "--trials",
        str(trials),
        "--seed",
        "1",
        "--folder",
        str(folder),
        "--json",
    ]
    said = subprocess.run(command, capture_output=True, timeout=900, text=True)
    assert said.returncode == 0, said.stderr
    found: dict[str, float] = json.loads(said.stdout)
    return found


def test_indexing_that_was_killed_ends_as_if_it_was_not(tmp_path: Path) -> None:
    found = figures("indexing", tmp_path, 2)
    assert found["runs killed"] == 2
    assert found["stores that differ after the next run"] == found["checks that found something"] == 0


def test_a_server_that_was_killed_finds_what_it_acknowledged(tmp_path: Path) -> None:
    found = figures("serving", tmp_path, 1)
    assert found["products acknowledged"] > 0
    assert found["products lost"] == found["checks that found something"] == 0
