"""Recognisers over models of local folders: tiny ones with random weights, read by the real runtimes. No network."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from aisle.config import SpeechConfig
from aisle.errors import InvalidRequest
from aisle.speech.base import UNTOLD, Recogniser
from aisle.speech.registry import RECOGNISERS
from aisle.speech.sherpa import Sherpa
from tests import tiny_speech, voices

SOUND = voices.hiss(1.5)


@pytest.fixture(autouse=True)
def offline(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")


def made(name: str, folder: Path | str, **phrases: float) -> Recogniser:
    return RECOGNISERS[name](SpeechConfig(device="cpu"), str(folder), {"en": phrases})


def same_twice(recogniser: Recogniser) -> str:
    (found,) = recogniser.transcribe(SOUND, "en")
    assert recogniser.transcribe(SOUND, "en") == (found,) and 0 < found.confidence <= 1
    with recogniser.listen("en") as listening:
        for at in range(0, len(SOUND), 4000):
            listening.feed(SOUND[at : at + 4000])
        assert listening.finish() == (found,)
    return found.text


def test_sense_voice_is_heard(tmp_path: Path) -> None:
    pytest.importorskip("sherpa_onnx")
    pytest.importorskip("onnx")
    recogniser = made("sherpa-onnx", tiny_speech.sense_voice(tmp_path / "sense"))
    assert set(same_twice(recogniser).split()) <= {"red", "boots", "blue", "kurta"}
    assert isinstance(recogniser, Sherpa) and recogniser.family == "sense_voice_ctc"
    assert recogniser.transcribe(SOUND, "zh")[0].confidence == UNTOLD


def test_a_transducer_is_biased_to_the_shops_phrases(tmp_path: Path) -> None:
    pytest.importorskip("sherpa_onnx")
    pytest.importorskip("onnx")
    folder = tiny_speech.transducer(tmp_path / "zipformer")
    plain, biased = made("sherpa-onnx", folder), made("sherpa-onnx", folder, 红鞋=3.0)
    assert isinstance(plain, Sherpa)
    before, after = same_twice(plain), same_twice(biased)
    assert plain.family == "transducer" and after.count("红鞋") > before.count("红鞋")


def test_faster_whisper_is_heard(tmp_path: Path) -> None:
    pytest.importorskip("faster_whisper")
    pytest.importorskip("torch")
    recogniser = made("faster-whisper", tiny_speech.whisper(tmp_path / "whisper"), kurta=1.0)
    assert set(same_twice(recogniser)) <= set("abcdefghij")


@pytest.mark.parametrize("name", ["sherpa-onnx", "faster-whisper"])
@pytest.mark.parametrize("fill", [None, "nothing", "garbage"])
def test_a_folder_that_is_no_model_is_refused(name: str, fill: str | None, tmp_path: Path) -> None:
    pytest.importorskip(name.replace("-", "_"))
    folder = tmp_path / "model"
    if fill:
        folder.mkdir()
    if fill == "garbage":
        for file in ("model.onnx", "tokens.txt", "model.bin", "config.json", "tokenizer.json"):
            (folder / file).write_bytes(b"{}")
    with pytest.raises(InvalidRequest):
        made(name, folder).transcribe(SOUND, "en")


@pytest.mark.parametrize(("make", "name"), [(tiny_speech.sense_voice, "sherpa-onnx")])
def test_a_language_is_any(make: Callable[[Path], Path], name: str, tmp_path: Path) -> None:
    pytest.importorskip("onnx")
    pytest.importorskip("sherpa_onnx")
    assert made(name, make(tmp_path / "model")).transcribe(SOUND, "de")
