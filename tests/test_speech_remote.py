"""An endpoint that transcribes, spoken to over a real socket."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator

import pytest
from pydantic import ValidationError

from aisle.config import SpeechConfig
from aisle.errors import InvalidMedia, InvalidRequest
from aisle.speech.base import UNTOLD
from aisle.speech.registry import RECOGNISERS
from aisle.speech.remote import Remote
from tests import voices
from tests.speech_server import Server, said

KEY = "sk-secret-of-the-shop"
SOUND = voices.hiss(0.5)


@pytest.fixture
def server() -> Iterator[Server]:
    made = Server()
    yield made
    made.close()


def ears(server: Server, **given: object) -> Remote:
    config = SpeechConfig(recognisers={"*": "openai"}, url=server.url, key=KEY, **{"timeout_s": 60, **given})  # type: ignore[arg-type]
    made = RECOGNISERS["openai"](config, "whisper-1", {"en": {"red boots": 2.0, "kurta": 1.0}})
    assert isinstance(made, Remote)
    return made


def test_it_is_asked_as_openai_says(server: Server) -> None:
    (found,) = ears(server).transcribe(SOUND, "en")
    assert found.text == "red boots" and found.confidence == pytest.approx(math.exp(-0.1))
    (asked,) = server.asked
    assert server.paths == ["/v1/audio/transcriptions"] and server.keys == [f"Bearer {KEY}"]
    assert asked["model"] == b"whisper-1" and asked["language"] == b"en" and asked["prompt"] == b"red boots, kurta"
    assert len(voices.read(asked["file"])) == len(SOUND)


def test_one_that_knows_plain_json_alone_is_asked_so_from_then_on(server: Server) -> None:
    server.behave = lambda fields: said("kurta") if fields["response_format"] == b"json" else (400, b"{}")
    remote = ears(server)
    assert remote.transcribe(SOUND, "en")[0].confidence == UNTOLD
    remote.transcribe(SOUND, "en")
    assert [asked["response_format"] for asked in server.asked] == [b"verbose_json", b"json", b"json"]


def test_what_may_pass_is_tried_again(server: Server) -> None:
    server.behave = lambda fields: (503, b"") if len(server.asked) == 1 else said("kurta")
    assert ears(server).transcribe(SOUND, "en")[0].text == "kurta"
    assert len(server.asked) == 2


@pytest.mark.parametrize(
    ("reply", "message"),
    [
        ((401, b"bad key " + KEY.encode()), "refuses this shop's key"),
        ((500, b"{}"), "status 500"),
        ((302, b""), "status 302"),
        ((200, b"<html>"), "isn't of the form"),
        ((200, b'{"text": 5}'), "isn't of the form"),
        ((200, b"[" * 2_000_000), "isn't of the form"),
        (said("  "), "No speech"),
    ],
)
def test_failures_are_told_plainly_and_without_secrets(server: Server, reply: tuple[int, bytes], message: str) -> None:
    server.behave = lambda fields: reply
    remote = ears(server, retries=0)
    with pytest.raises(InvalidMedia, match=message) as caught:
        remote.transcribe(SOUND, "en")
    assert KEY not in f"{caught.value.as_dict()}{remote._config!r}"


def test_one_that_is_slow_or_gone(server: Server) -> None:
    def slow(fields: object) -> tuple[int, bytes]:
        time.sleep(1)
        return said("late")

    server.behave = slow
    remote = Remote(SpeechConfig(url=server.url, timeout_s=0.3, retries=0), "m", {})
    with pytest.raises(InvalidMedia, match="too long"):
        remote.transcribe(SOUND, "en")
    gone = Remote(SpeechConfig(url="http://127.0.0.1:9", retries=0), "m", {})
    with pytest.raises(InvalidMedia, match="can't be reached"):
        gone.transcribe(SOUND, "en")


def test_what_is_missing_is_said() -> None:
    with pytest.raises(ValidationError, match="AISLE_SPEECH_URL"):
        SpeechConfig(recognisers={"en": "openai"})
    with pytest.raises(InvalidRequest, match="an address and a model"):
        Remote(SpeechConfig(), "", {}).transcribe(SOUND, "en")
