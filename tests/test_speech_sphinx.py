"""The embedded recogniser: a small shop's phrases, spoken by flite, are understood."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import numpy as np
import pytest

from aisle.config import SpeechConfig
from aisle.errors import InvalidMedia
from aisle.speech.phrases import phrases
from aisle.speech.speech import Speech
from tests import voices

pytestmark = pytest.mark.skipif(not voices.has("flite slt"), reason="flite isn't installed")


@pytest.fixture(scope="module")
def speech() -> Iterator[Speech]:
    made = Speech(SpeechConfig(recognisers={"en": "pocketsphinx"}, voices=2, timeout_s=120))
    said = phrases(
        titles=["Leather Boots", "Cotton Kurta", "Zantora Backpack", "Running Shoes", "Coffee Grinder"],
        types={"boots": 5, "kurta": 3, "backpack": 2, "shoes": 4, "grinder": 1},
        colours={"red": 3, "blue": 3, "black": 5},
        brands={"Zantora": 2},
    )
    made.learn({"en": said}, prepare=True)
    yield made
    made.recogniser("en").close()


@pytest.mark.parametrize(
    ("spoken", "understood"),
    [
        ("show me red leather boots", "show me red leather boots"),
        ("zantora backpack", "zantora backpack"),  # no dictionary has the word
        ("running shoes under fifty dollars", "running shoes under 50 dollars"),
    ],
)
def test_what_the_shop_sells_is_understood(speech: Speech, spoken: str, understood: str) -> None:
    found = speech.transcribe(voices.speak(spoken), "en")
    assert found[0].text == understood
    assert 0 < sum(each.confidence for each in found) <= 1 + 1e-6
    assert [each.confidence for each in found] == sorted((each.confidence for each in found), reverse=True)
    assert len({each.text for each in found}) == len(found) <= 5


def test_streaming_ends_as_the_whole_does_and_tells_partials(speech: Speech) -> None:
    sound = voices.speak("blue kurta")
    with speech.listen("en") as listening:
        partials = []
        for at in range(0, len(sound), 3200):
            listening.feed(sound[at : at + 3200])
            partials.append(listening.partial())
        found = listening.finish()
    assert any(partials) and found == speech.recogniser("en").transcribe(sound, "en")


def test_more_voices_than_decoders_wait_for_their_turn(speech: Speech) -> None:
    sound, found = voices.speak("black boots"), []

    def listen() -> None:
        with speech.listen("en") as listening:
            listening.feed(sound)
            found.append(listening.finish()[0].text)

    threads = [threading.Thread(target=listen) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 4 and len(set(found)) == 1


def test_a_decoder_that_died_costs_one_utterance(speech: Speech) -> None:
    sound = voices.speak("black boots")
    listening = speech.listen("en")
    listening.feed(sound)
    process = listening._child._process  # type: ignore[attr-defined]
    process.kill()
    with pytest.raises(InvalidMedia, match="gave up"):
        listening.finish()
    assert process.returncode is not None  # waited for: nobody is given it again
    assert speech.transcribe(sound, "en")


def test_silence_is_refused(speech: Speech) -> None:
    with pytest.raises(InvalidMedia, match="No speech"):
        speech.transcribe(np.zeros(16000, np.float32), "en")
