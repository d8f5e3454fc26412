"""A writer killed at any moment loses nothing that it had acknowledged."""

import json
import subprocess
import sys
from pathlib import Path

SCRIPT = Path(__file__).parents[2] / "benchmarks" / "durability.py"


def test_nothing_acknowledged_is_lost(tmp_path: Path) -> None:
    command = [
        sys.executable,
        str(SCRIPT),
        "--trials",
        "10",
        "--seed",
        "1",
        "--folder",
        str(tmp_path),
        "--json",
        "--untimed",
    ]
    figures = json.loads(subprocess.run(command, check=True, capture_output=True, timeout=900).stdout)
    assert figures["kills"] == 10
    assert figures["rows acknowledged"] > 100
    assert figures["rows lost"] == 0
    assert figures["checks that found something"] == 0
