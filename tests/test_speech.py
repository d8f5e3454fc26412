"""Speech: where it is, how words are said, what a shop's phrases make of a language model, the contract of recognisers."""

from __future__ import annotations

import io
from collections.abc import Iterable

import numpy as np
import pytest

from aisle.config import SpeechConfig
from aisle.errors import InvalidMedia, InvalidRequest
from aisle.speech import ngrams
from aisle.speech.base import MAX_SECONDS, RATE, BatchRecogniser, heaviest, ranked
from aisle.speech.endpoint import Endpointer, span_of, speech_of
from aisle.speech.letters import sounds
from aisle.speech.phrases import phrases
from aisle.speech.pronouncing import as_in_britain, number_ways, number_words, ways_to_say, words_of
from aisle.speech.sentences import sentences
from aisle.speech.speech import Speech
from aisle.speech.sphinx_model import build
from aisle.speech.vocabulary import cmudict
from aisle.types import Transcript
from tests import voices

flite = pytest.mark.skipif(not voices.has("flite slt"), reason="flite isn't installed")


# Where speech is


@pytest.mark.parametrize(
    "sound",
    [
        np.zeros(0, np.float32),
        voices.quiet(2),
        voices.hiss(2),
        np.cumsum(voices.hiss(2)).astype(np.float32) / 100,
        voices.music(4),
        (np.sin(np.arange(2 * RATE) * 0.1) * 0.3).astype(np.float32),
        voices.hiss(0.01),
    ],
    ids=["none", "silence", "hiss", "rumble", "music", "tone", "click"],
)
def test_what_is_no_speech_is_refused(sound: np.ndarray) -> None:
    with pytest.raises(InvalidMedia, match="No speech was heard"):
        speech_of(sound)


@pytest.mark.parametrize("sound", [np.zeros((2, 9), np.float32), np.zeros(9, np.int16), np.full(9, np.nan, np.float32)])
def test_what_is_no_sound_is_refused(sound: np.ndarray) -> None:
    with pytest.raises(InvalidMedia):
        speech_of(sound)


@flite
@pytest.mark.parametrize("decibels", [60, 20, 10, 5])
def test_speech_is_found_in_noise(decibels: float) -> None:
    spoken = voices.speak("red leather boots")
    sound = voices.noisy(np.concatenate((voices.quiet(1), spoken, voices.quiet(1))), decibels)
    span = span_of(sound)
    assert span is not None
    assert 0.5 * RATE < span[0] < 1.4 * RATE and abs(span[1] - (len(sound) - RATE)) < 0.6 * RATE


@flite
def test_the_end_of_speech_is_told_once_after_a_pause() -> None:
    spoken = voices.speak("red leather boots")
    sound = (
        np.concatenate((voices.quiet(0.5), spoken, voices.quiet(1.5))) + voices.hiss(9, 1e-3)[: len(spoken) + 2 * RATE]
    )
    follower = Endpointer()
    ends = [at / RATE for at in range(0, len(sound), 800) if follower.feed(sound[at : at + 800])]
    assert follower.spoken and len(ends) == 1
    assert 0.5 < ends[0] - 0.5 - len(spoken) / RATE < 1.1


def test_silence_has_no_end_of_speech() -> None:
    follower = Endpointer()
    assert not any(follower.feed(voices.hiss(0.1, 0.02, seed)) for seed in range(30)) and not follower.spoken


# How words are said


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Café T-Shirt, Men's!", ["cafe", "t-shirt", "men's"]),
        ("under $50", ["under", "50", "dollars"]),
        ('32" TV & stand', ["32", "inch", "tv", "and", "stand"]),
        ("LR40 4.5V", ["lr40", "4", "5v"]),
        ("手机", []),
    ],
)
def test_words_of_a_text(text: str, words: list[str]) -> None:
    assert words_of(text) == words


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("15", "F IH F T IY N"),
        ("lr40", "EH L AA R F AO R T IY"),
        ("16gb", "S IH K S T IY N G IH G AH B AY T S"),
        ("1080p", "T EH N EY T IY P IY"),
        ("tshirt", "T IY SH ER T"),
        ("hdmi", "EY CH D IY EH M AY"),
    ],
)
def test_ways_to_say_a_word(word: str, said: str) -> None:
    assert said in ways_to_say(word, cmudict())


def test_an_accent_is_another_way_to_say_a_word() -> None:
    assert [as_in_britain(way) for way in ("SH AA R P", "SH AA P", "L EH DH ER", "R EH D")] == [
        "SH AA P", "SH AO P", "L EH DH AH", "R EH D",
    ]  # fmt: skip


def test_a_long_code_is_said_by_nobody() -> None:
    assert ways_to_say("dcs2330l1a9", cmudict()) == []


def test_numbers_in_words() -> None:
    assert [number_words(n) for n in (0, 15, 42, 300, 1250)] == [
        "zero", "fifteen", "forty two", "three hundred", "one thousand two hundred fifty",
    ]  # fmt: skip
    assert number_ways("007")[0] == "oh oh seven" and "fifteen hundred" in number_ways("1500")


def test_letters_are_sounded() -> None:
    assert sounds("kurta") == ["K", "ER", "T", "AH"] and sounds("phone") == ["F", "OW", "N"] and sounds("") == []


# What a shop's phrases make


def test_phrases_join_facts_and_types_and_favour_what_was_asked() -> None:
    made = phrases(
        titles=["Red Boot 5"], types={"boots": 3}, colours={"red": 2}, queries={"winter boots": 9}, names={"shoe": 1}
    )
    assert {"Red Boot 5", "boots", "red", "red boots", "winter boots", "shoe"} == set(made)
    assert max(made, key=lambda phrase: made[phrase]) == "winter boots"
    assert phrases(types={"鞋": 1}, colours={"红色": 1}, joined="").keys() >= {"红色鞋"}
    assert phrases() == {}


def test_sentences_are_the_same_for_the_same_phrases() -> None:
    said = {"red boots": 2.0, "kurta": 1.0}
    assert list(sentences(said)) == list(sentences(dict(reversed(said.items()))))


def arpa(text: str) -> dict[tuple[str, ...], tuple[float, float]]:
    found = {}
    for line in text.splitlines():
        parts = line.split("\t")
        if len(parts) > 1:
            found[tuple(parts[1].split())] = (10 ** float(parts[0]), 10 ** float(parts[2]) if len(parts) > 2 else 1.0)
    return found


def test_a_language_model_is_a_distribution() -> None:
    """By hand: after "a", "b" was heard twice and END once; λ = 1, so 2 kinds of 5 parts back off."""
    file = io.StringIO()
    corpus = ngrams.Corpus.of([(["a", "b"], 2.0), (["a"], 1.0), (["c", "zzz", "b"], 0.5)], ["a", "b", "c"])
    assert ngrams.Trigrams.of(corpus).write(file) == (5, 5, 3)
    model = arpa(file.getvalue())
    one = {word: model[(word,)][0] for word in ("a", "b", "c", "</s>")}
    assert sum(one.values()) == pytest.approx(1, abs=1e-3)
    assert model[("a", "b")][0] == pytest.approx((2 + 2 * one["b"]) / 5, rel=1e-3)
    assert model[("a",)][1] == pytest.approx(2 / 5, rel=1e-3)
    after = [model[("a", word)][0] if ("a", word) in model else model[("a",)][1] * one[word] for word in one]
    assert sum(after) == pytest.approx(1, abs=2e-3)
    assert ("c", "b") not in model  # an unknown word stood between them


def test_the_vocabulary_is_bounded_by_weight(tmp_path) -> None:
    built = build({f"thing {'abcdefghij'[i % 10]}{'klmnopqrst'[i // 10]}": 1.0 + i for i in range(100)}, tmp_path, 120)
    assert built.vocabulary == 120 and built.ngrams[0] == 122
    words = {line.split()[0] for line in built.words.read_text().splitlines()}
    assert "thing" in words


# The contract


class Echo(BatchRecogniser):
    name = "echo"
    languages = ("en",)
    prepared = 0

    def _prepare(self) -> None:
        self.prepared += 1

    def _hear(self, samples: np.ndarray, language: str, n: int) -> Iterable[Transcript]:
        return [
            Transcript(" red  boots ", 0.4),
            Transcript("red boots", 0.3),
            Transcript("", 1.0),
            Transcript("red boat", 0.9),
        ]


def test_the_base_orders_joins_and_bounds_what_was_heard() -> None:
    echo = Echo(SpeechConfig())
    found = echo.transcribe(voices.hiss(0.1), "en")
    assert [each.text for each in found] == ["red boat", "red boots"]
    assert sum(each.confidence for each in found) == pytest.approx(1)
    assert len(echo.transcribe(voices.hiss(0.1), "en", 1)) == 1 and echo.prepared == 1
    assert ranked([Transcript("b", 0.2), Transcript("a", 0.2)], 2) == (Transcript("a", 0.2), Transcript("b", 0.2))


def test_the_base_refuses() -> None:
    echo = Echo(SpeechConfig())
    with pytest.raises(InvalidMedia, match="No speech"):
        echo.transcribe(np.zeros(0, np.float32), "en")
    with pytest.raises(InvalidMedia, match="longer"):
        echo.transcribe(np.zeros(int(MAX_SECONDS * RATE) + 1, np.float32), "en")
    with pytest.raises(InvalidRequest, match="doesn't understand"):
        echo.listen("fr")
    with pytest.raises(InvalidRequest):
        echo.transcribe(voices.hiss(0.1), "en", 0)
    with echo.listen("en") as listening:
        listening.feed(voices.hiss(0.1))
        listening.finish()
        with pytest.raises(RuntimeError):
            listening.finish()


def test_who_understands_what() -> None:
    speech = Speech(SpeechConfig(recognisers={"en": "pocketsphinx", "fr": "off"}))
    assert speech.languages() == ("en",)
    with pytest.raises(InvalidRequest, match="isn't understood"):
        speech.listen("fr")
    with pytest.raises(InvalidRequest, match="no recogniser 'parrot'"):
        Speech(SpeechConfig(recognisers={"en": "parrot"}))
    many = Speech(SpeechConfig(recognisers={"en": "faster-whisper", "*": "faster-whisper"}, models={"*": "nowhere"}))
    assert many.recogniser("en") is many.recogniser("de")
    with pytest.raises(InvalidRequest, match="local folder"):
        many.listen("de")


def test_heaviest_phrases_fit() -> None:
    assert heaviest({"aa": 1, "bb": 2, "cc": 2}, 8) == ["bb", "cc"]
