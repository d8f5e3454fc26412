"""A decoder that crashes, hangs or was ended costs one picture or clip at most."""

from __future__ import annotations

import io
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from PIL import Image

from aisle.errors import InvalidMedia
from aisle.perception import isolated as module
from aisle.perception.image import decode
from aisle.perception.isolated import Isolated


def isolated(program: str, timeout_s: float = 60.0) -> Isolated:
    return Isolated("picture", [sys.executable, "-c", f"print(flush=True); {program}"], timeout_s)


def tiff(value: int) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (16, 16), (value, value, value)).save(out, "TIFF")
    return out.getvalue()


@pytest.mark.parametrize(
    "program",
    [
        "import os; os.abort()",
        "import sys; sys.stdin.close(); sys.stdout.close()",
        "import sys; sys.stdin.buffer.read(20); print('{\"sizes\": [100]}', flush=True)",
        "import sys; sys.stdin.buffer.read(20); print('half', end='')",
    ],
)
def test_a_crash_is_one_error(program: str) -> None:
    decoder = isolated(program)
    for _ in range(2):
        with pytest.raises(InvalidMedia, match="gave up") as told:
            decoder.ask("picture", b"x" * 1_000_000)
        assert told.value.hint
    decoder.close()


def test_a_decoder_that_hangs_is_ended() -> None:
    started = time.perf_counter()
    with pytest.raises(InvalidMedia, match="gave up"):
        isolated("import time; time.sleep(60)", 0.3).ask("picture", b"x")
    assert time.perf_counter() - started < 300


def test_the_time_to_start_is_not_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    slow = (
        "import time; time.sleep(0.5); import runpy; runpy.run_module('aisle.perception.decoder', run_name='__main__')"
    )
    decoder = Isolated("picture", [sys.executable, "-c", slow], 60.0)
    monkeypatch.setattr(module, "START_S", 0.05)
    with pytest.raises(InvalidMedia, match="gave up"):
        decoder.ask("picture", tiff(7), max_pixels=10_000, longest=1024)
    monkeypatch.undo()
    told, _ = decoder.ask("picture", tiff(7), max_pixels=10_000, longest=1024)
    assert told["shape"] == [16, 16, 3]
    decoder.close()


def test_no_such_program() -> None:
    with pytest.raises(InvalidMedia, match="gave up"):
        Isolated("picture", ["/no/such/program"]).ask("picture", b"x")


def test_one_ended_from_outside_is_started_again() -> None:
    decoder = Isolated("picture")
    for _ in range(2):
        told, (pixels,) = decoder.ask("picture", tiff(7), max_pixels=10_000, longest=1024)
        assert told["shape"] == [16, 16, 3] and set(pixels) == {7}
        child = decoder._idle.get_nowait()
        assert child is not None
        child.kill()
        child.wait()
        decoder._idle.put(child)
    decoder.close()


def test_what_is_wrong_comes_through() -> None:
    decoder = Isolated("picture")
    with pytest.raises(InvalidMedia, match="at most 10") as told:
        decoder.ask("picture", tiff(1), max_pixels=10, longest=1024)
    assert told.value.field == "image" and told.value.hint
    decoder.close()


def test_many_threads() -> None:
    with ThreadPoolExecutor(8) as pool:
        results = list(pool.map(decode, map(tiff, range(40))))
    assert [int(result[0, 0, 0]) for result in results] == list(range(40))
    assert all(result.dtype == np.uint8 for result in results)
