"""Spoken English by the network: trigrams, the tree of phones, decoding of scores made by hand, and recognisers that listen together."""

from __future__ import annotations

import io
import math
import shutil
from collections.abc import Iterable
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from aisle.config import SpeechConfig
from aisle.errors import InvalidMedia, InvalidRequest
from aisle.speech import mel
from aisle.speech.base import BatchRecogniser, Listening, no_speech, unheard
from aisle.speech.beam import Search
from aisle.speech.ctc import HEAD, SHIPPED, TAIL, Network, Stream
from aisle.speech.ngrams import Corpus, Trigrams
from aisle.speech.phrases import phrases
from aisle.speech.speech import Speech
from aisle.speech.together import Together
from aisle.speech.vocabulary import Vocabulary, cmudict
from aisle.speech.words import Words
from aisle.types import Transcript
from tests import voices
from tests.test_speech import arpa
from tests.test_speech_zh import frames_of

PHONES = tuple(sorted({phone for ways in cmudict().values() for way in ways for phone in way.split()}))


# --- language model -----------------------------------------------------------------------------------------------------------


def test_chances_are_those_of_the_file() -> None:
    """Every word after every two others, as whoever reads the ARPA file reckons it."""
    corpus = Corpus.of(
        [(["red", "shoes"], 2.0), (["red"], 1.0), (["blue", "red", "shoes"], 0.5), (["shoes", "zzz", "blue"], 1.0)],
        ["red", "blue", "shoes"],
    )
    model = Trigrams.of(corpus)
    file = io.StringIO()
    model.write(file)
    written = arpa(file.getvalue())

    def chance(words: tuple[str, ...]) -> float:
        if words in written:
            return written[words][0]
        back = written[words[:-1]][1] if words[:-1] in written else 1.0
        return back * chance(words[1:])

    for before in ([0], *([one, two] for one in range(5) for two in range(1, 5))):
        for word in range(1, 5):
            row = tuple(model.words[number] for number in (*before, word))
            assert model.chance(before, word) == pytest.approx(chance(row), rel=1e-3), row
        assert sum(model.chance(before, word) for word in range(1, 5)) == pytest.approx(1)


# --- words --------------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def words() -> Words:
    said = phrases(
        titles=["Leather Boots", "Cotton Kurta", "Zantora Backpack", "Running Shoes", "Sea Shells"],
        types={"boots": 5, "kurta": 3, "backpack": 2, "shoes": 4, "shirts": 2, "shorts": 2},
        colours={"red": 3, "blue": 3, "black": 5},
        brands={"Zantora": 2},
    )
    return Words(Vocabulary.of(said, 2_000))


def sounds(text: str) -> list[str]:
    return [phone for word in text.split() for phone in cmudict()[word][0].split()]


scores = partial(frames_of, PHONES)


def texts(words: Words, frames: np.ndarray) -> list[str]:
    search = Search(words, PHONES)
    search.feed(frames)
    return [guess.text for guess in search.guesses()]


def test_clear_sounds_become_the_words(words: Words) -> None:
    for text in ("show me red leather boots", "running shoes", "i'm looking for black shirts"):
        assert texts(words, scores(*sounds(text)))[0] == text


def test_a_misheard_sound_is_mended_by_what_is_sold(words: Words) -> None:
    heard = scores("K", {"ER": 0.5, "AH": 0.3}, {"D": 0.6, "T": 0.3}, "AH")
    assert texts(words, heard)[0] == "kurta"


def test_what_sounds_alike_is_told_apart_by_what_stands_beside_it(words: Words) -> None:
    assert texts(words, scores(*sounds("sea shells")))[0] == "sea shells"
    assert texts(words, scores(*sounds("blue shoes")))[0] == "blue shoes"


def test_an_unknown_word_is_the_nearest_and_nothing_ends_within_one(words: Words) -> None:
    known = set(words._trigrams.words)
    for text in texts(words, scores(*sounds("zebra piano"))):
        assert set(text.split()) <= known
    assert words.after((0, (0,)), "ZH") == []
    (inner, *_) = words.after(words.start, "SH")
    assert words.end(inner[1]) == -math.inf


def test_pieces_decode_as_one(words: Words) -> None:
    frames = scores(*sounds("red leather"), {"SH": 0.5, "S": 0.4}, "UW", "Z")
    search, whole = Search(words, PHONES), Search(words, PHONES)
    for frame in frames:
        search.feed(frame[None])
    whole.feed(frames)
    assert search.guesses() == whole.guesses()


# --- together -----------------------------------------------------------------------------------------------------------------


class Parrot(BatchRecogniser):
    """Says what it was told to."""

    name = "parrot"

    def __init__(self, says: dict[str, float], languages: tuple[str, ...] = ("*",)) -> None:
        super().__init__(SpeechConfig(), "")
        self.languages = languages  # type: ignore[misc]
        self.says, self.closed = says, False

    def _hear(self, samples: np.ndarray, language: str, n: int) -> Iterable[Transcript]:
        if not self.says:
            raise no_speech()
        return [Transcript(text, confidence) for text, confidence in self.says.items()]

    def close(self) -> None:
        self.closed = True


SOUND = np.zeros(1_000, np.float32)


def test_what_both_hear_is_surer() -> None:
    both = Together(
        SpeechConfig(), [Parrot({"red shirt": 0.4, "red shorts": 0.3}), Parrot({"bread": 0.35, "red shorts": 0.3})]
    )
    found = both.transcribe(SOUND, "en")
    assert [one.text for one in found] == ["red shorts", "red shirt", "bread"]
    assert sum(one.confidence for one in found) <= 1 + 1e-6
    assert [one.text for one in both.transcribe(SOUND, "en", n=1)] == ["red shorts"]


class Braggart(Parrot):
    def trust(self, confidence: float) -> float:
        return 0.2


def test_whose_confidence_says_little_weighs_little() -> None:
    both = Together(SpeechConfig(), [Braggart({"a red shirt": 1.0}), Parrot({"bread": 0.3})])
    found = {one.text: one.confidence for one in both.transcribe(SOUND, "en")}
    assert found == {"bread": pytest.approx(0.3), "a red shirt": pytest.approx(0.2)}
    agreed = Together(SpeechConfig(), [Braggart({"a red shirt": 1.0}), Parrot({"the red shirt": 0.15, "bread": 0.3})])
    assert agreed.transcribe(SOUND, "en")[0] == Transcript("a red shirt", pytest.approx(0.35))


def test_one_that_understands_nothing_leaves_it_to_the_other() -> None:
    one, other = Parrot({}), Parrot({"boots": 0.5})
    both = Together(SpeechConfig(), [one, other])
    assert [said.text for said in both.transcribe(SOUND, "en")] == ["boots"]
    other.says = {}
    with pytest.raises(InvalidMedia, match="No speech"):
        both.transcribe(SOUND, "en")
    both.close()
    assert one.closed and other.closed


class Fainting(Parrot):
    """Gives up while somebody speaks."""

    def _listen(self, language: str) -> Listening:
        return _Fainting()


class _Fainting(Listening):
    def _feed(self, samples: np.ndarray) -> None:
        raise unheard("The recogniser gave up.")

    def _finish(self, n: int) -> Iterable[Transcript]:
        return []


def test_one_that_gives_up_on_the_way_leaves_it_to_the_other() -> None:
    both = Together(SpeechConfig(), [Fainting({}), Parrot({"boots": 0.5})])
    with both.listen("en") as listening:
        listening.feed(SOUND)
        assert listening.partial() == ""
        assert [said.text for said in listening.finish()] == ["boots"]
    with pytest.raises(InvalidMedia, match="gave up"):
        Together(SpeechConfig(), [Fainting({}), Fainting({})]).transcribe(SOUND, "en")


def test_only_what_all_understand() -> None:
    both = Together(SpeechConfig(), [Parrot({}, ("en", "zh")), Parrot({}, ("en", "fr"))])
    assert both.languages == ("en",) and both.name == "parrot+parrot"
    with pytest.raises(InvalidRequest):
        both.listen("zh")
    assert Together(SpeechConfig(), [Parrot({}), Parrot({}, ("en", "fr"))]).languages == ("en", "fr")
    assert Together(SpeechConfig(), [Parrot({}), Parrot({})]).languages == ("*",)


def test_together_is_configured_by_a_plus() -> None:
    assert Speech(SpeechConfig(recognisers={"en": "pocketsphinx+ctc"})).recogniser("en").languages == ("en",)
    with pytest.raises(InvalidRequest, match="parrot"):
        Speech(SpeechConfig(recognisers={"en": "pocketsphinx+parrot"}))


def test_a_folder_of_one_language_is_asked_for_no_other(tmp_path: Path) -> None:
    for suffix in ("onnx", "json"):
        shutil.copy(SHIPPED / f"zh.{suffix}", tmp_path)
    speech = Speech(SpeechConfig(recognisers={"en": "ctc", "zh": "ctc"}, models={"zh": str(tmp_path)}))
    speech.learn({"en": {"red boots": 1.0}, "zh": {"红色靴子": 1.0}}, prepare=True)
    assert speech.recogniser("en") is not speech.recogniser("zh")


# --- the shipped network ------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def speech() -> Speech:
    made = Speech(SpeechConfig(recognisers={"en": "ctc"}))
    said = phrases(
        titles=["Leather Boots", "Cotton Kurta", "Running Shoes", "Coffee Grinder", "Desk Lamp", "Wool Sweater"],
        types={"boots": 5, "kurta": 3, "backpack": 2, "shoes": 4, "grinder": 1, "lamp": 2, "sweater": 2},
        colours={"red": 3, "blue": 3, "black": 5, "white": 2},
    )
    made.learn({"en": said}, prepare=True)
    return made


SPOKEN = (
    "show me red leather boots",
    "running shoes under fifty dollars",
    "black backpack",
    "i'm looking for a white desk lamp",
)
UNHEARD = ("flite rms", "espeak-ng en-gb", "espeak-ng en-us", "espeak-ng en-gb-scotland")
"""Voices that training never heard."""


def test_hears_voices_and_accents(speech: Speech) -> None:
    speakers = [voice for voice in UNHEARD if voices.has(voice)]
    if not speakers:
        pytest.skip("neither flite nor espeak-ng is installed")
    right = 0
    pause = voices.quiet(0.25)
    for voice in speakers:
        for text in SPOKEN:
            found = speech.transcribe(np.concatenate([pause, voices.speak(text, voice), pause]), "en")
            assert 0 < sum(one.confidence for one in found) <= 1 + 1e-6
            right += text.replace("fifty", "50") in [one.text for one in found]
    assert right >= 0.7 * len(speakers) * len(SPOKEN)


@pytest.mark.skipif(not voices.has("espeak-ng en-us"), reason="espeak-ng isn't installed")
def test_what_is_cut_off_tightly_is_heard_whole(speech: Speech) -> None:
    sound = voices.speak("black backpack", "espeak-ng en-us")
    assert np.abs(sound[:400]).max() > 1e-3  # from the first sample on
    assert speech.transcribe(sound, "en")[0].text == "black backpack"


@pytest.mark.skipif(not voices.has("espeak-ng en-us"), reason="espeak-ng isn't installed")
def test_streaming_is_the_same_and_tells_partials(speech: Speech) -> None:
    sound = voices.speak("blue wool sweater", "espeak-ng en-us")
    with speech.listen("en") as listening:
        partials = []
        for at in range(0, len(sound), 3200):
            listening.feed(sound[at : at + 3200])
            partials.append(listening.partial())
        streamed = listening.finish()
    whole = speech.recogniser("en").transcribe(sound, "en")
    assert any(partials) and [one.text for one in streamed] == [one.text for one in whole]
    assert [one.confidence for one in streamed] == pytest.approx([one.confidence for one in whole], abs=1e-3)


@pytest.mark.parametrize("samples", [0, 1, 399, 16_000])
def test_silence_gives_nothing(speech: Speech, samples: int) -> None:
    with pytest.raises(InvalidMedia):
        speech.recogniser("en").transcribe(np.zeros(samples, np.float32), "en")


@pytest.mark.parametrize("language", ["en", "zh"])
def test_streaming_equals_batch(language: str) -> None:
    network = Network(SHIPPED, language)
    sound = (np.random.default_rng(1).standard_normal(48_000) * 0.1).astype(np.float32)
    features = mel.log_mel(sound)
    whole = network.scores(
        np.concatenate([np.repeat(features[:1], HEAD, 0), features, np.repeat(features[-1:], TAIL, 0)])
    )
    stream = Stream(network)
    parts = [stream.feed(sound[at : at + 1111]) for at in range(0, len(sound), 1111)]
    assert sum(map(len, parts)) > 40  # not all of it at the end
    streamed = np.concatenate([*parts, stream.finish()])
    assert streamed.shape == whole.shape
    assert np.abs(streamed - whole).max() < 1e-3
