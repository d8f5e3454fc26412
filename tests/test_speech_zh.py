"""Spoken Chinese: features by hand, readings, the language model, decoding of scores made by hand, streaming, and real synthetic voices."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np
import pytest

from aisle.config import SpeechConfig
from aisle.errors import InvalidMedia, InvalidRequest
from aisle.speech import mel
from aisle.speech.beam import Search
from aisle.speech.ctc import SHIPPED, Ctc, Network
from aisle.speech.hanzi import START, Hanzi
from aisle.speech.pinyin import LETTERS, numeral, said

PHRASES = {
    "红色运动鞋": 3.0,
    "蓝色T恤": 2.0,
    "连衣裙": 2.0,
    "毛衣": 1.0,
    "云朵靠垫": 1.0,
    "泽菲拉": 1.0,
    "黑色皮鞋": 1.0,
    "耳机": 1.0,
}
SYLLABLES = (
    "bai", "cai", "ji", "lai", "lan", "lian", "mao", "qun", "san", "se", "ti", "xie", "xu", "yi", "yun", "dong", "nei", "hong",
)  # fmt: skip


shipped = pytest.mark.skipif(not (SHIPPED / "zh.onnx").exists(), reason="no network is shipped")


def tone(hertz: float, seconds: float = 0.5, level: float = 0.5) -> np.ndarray:
    times = np.arange(int(seconds * mel.RATE)) / mel.RATE
    return (level * np.sin(2 * np.pi * hertz * times)).astype(np.float32)


# --- features -----------------------------------------------------------------------------------------------------------------


def test_mel_scale_by_hand() -> None:
    assert mel.hertz_to_mel(np.array([200.0, 1000.0, 6400.0])) == pytest.approx([3, 15, 42])
    assert mel.mel_to_hertz(np.array([3.0, 15.0, 42.0])) == pytest.approx([200, 1000, 6400])


def test_frames_are_whole_windows() -> None:
    counts = [mel.log_mel(np.zeros(n, np.float32)).shape for n in (0, 399, 400, 559, 560, 16_000)]
    assert counts == [(0, 64), (0, 64), (1, 64), (1, 64), (2, 64), (98, 64)]


def test_silence_is_the_floor() -> None:
    assert mel.log_mel(np.zeros(800, np.float32)) == pytest.approx((np.log(1e-7) + 5) / 4)
    assert pytest.approx((np.log(1e-7) + 5) / 4) == mel.SILENCE


def test_a_tone_by_hand() -> None:
    """A bin-centred sine of amplitude a through a Hann window of 400 has power (a · 400 / 4)² at its bin, but for the zeros that
    fill up the 512 points; a band's value is at most that, and the loudest band is the one around the tone."""
    features = mel.log_mel(tone(1000))
    bands = mel.mel_to_hertz(np.linspace(*mel.hertz_to_mel(np.array([60.0, 7600.0])), 66))[1:-1]
    assert bands[features[10].argmax()] == pytest.approx(1000, rel=0.05)
    assert 4 * features[10].max() - 5 <= np.log((0.5 * 100) ** 2)
    quieter = mel.log_mel(tone(1000, level=0.25))
    assert 4 * (features - quieter)[10].max() == pytest.approx(np.log(4), abs=1e-3)


def test_filters_cover_each_band() -> None:
    assert mel.filters().shape == (64, 257)
    assert mel.filters().sum(1) == pytest.approx(1)


def test_features_in_pieces_are_the_same() -> None:
    sound = np.random.default_rng(0).standard_normal(4000).astype(np.float32) * 0.1
    whole = mel.log_mel(sound)
    first = mel.log_mel(sound[:1500])
    rest = mel.log_mel(sound[len(first) * mel.HOP :])
    assert np.concatenate([first, rest]) == pytest.approx(whole, abs=1e-4)


# --- readings -----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("number", "words"),
    [
        ("0", "零"), ("2", "二"), ("10", "十"), ("12", "十二"), ("20", "二十"), ("105", "一百零五"), ("110", "一百一十"), ("200", "两百"),
        ("1005", "一千零五"), ("1050", "一千零五十"), ("12000", "一万两千"), ("20300", "两万零三百"), ("100005", "十万零五"), ("2.5", "二点五"),
        ("123456789", "一二三四五六七八九"),
    ],
)  # fmt: skip
def test_numbers_are_said(number: str, words: str) -> None:
    assert numeral(number) == words


def test_a_text_is_said_in_runs() -> None:
    runs = said("【泽菲拉】蓝色T恤 Zephyra 银行USB")
    assert ["".join(written for written, _ in run) for run in runs] == ["泽菲拉", "蓝色T恤", "银行USB"]
    assert [syllable for _, syllable in runs[1]] == ["lan", "se", "ti", "xu"]
    assert runs[2] == (("银", "yin"), ("行", "hang"), ("U", "you"), ("S", "ai"), ("", "si"), ("B", "bi"))


@shipped
def test_letters_are_syllables_the_network_knows() -> None:
    known = set(Network(SHIPPED, "zh").units)
    assert {syllable for spelt in LETTERS.values() for syllable in spelt.split()} <= known


# --- language model -----------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def hanzi() -> Hanzi:
    return Hanzi(PHRASES, general=400)


def context(hanzi: Hanzi, text: str) -> tuple[int, ...]:
    found: tuple[int, ...] = (START,)
    for run in said(text):
        for pair in run:
            found = (*found, hanzi._ordinal(pair))[-3:]
    return found


def test_probabilities_sum_to_one(hanzi: Hanzi) -> None:
    for text in ("", "红色", "运动", "毛裙"):
        chances = [hanzi.probability(context(hanzi, text), one) for one in range(1, len(hanzi.written))]
        assert sum(chances) == pytest.approx(1, abs=1e-6)


def test_phrases_tell_homophones_apart(hanzi: Hanzi) -> None:
    assert hanzi.read([hanzi.characters(context(hanzi, ""), "yun")[0][0]]) == "云"
    assert hanzi.read([hanzi.characters(context(hanzi, "红色"), "yun")[0][0]]) == "运"
    assert hanzi.read([hanzi.characters(context(hanzi, "蓝色"), "ti")[0][0]]) == "T"
    assert hanzi.characters(context(hanzi, ""), "mao")[0][1] > hanzi.characters(context(hanzi, "连衣"), "mao")[0][1]


def test_no_phrases_are_still_a_language() -> None:
    bare = Hanzi({}, general=400)
    assert bare.characters((START,), "wo")


# --- decoding -----------------------------------------------------------------------------------------------------------------


def frames_of(units: Sequence[str], *sounds: str | dict[str, float] | None) -> np.ndarray:
    """(frames, units + 1): a frame for each sound and a blank one after it; None is a blank alone."""
    rows = []
    for sound in sounds:
        row = np.full(len(units) + 1, 1e-6)
        chances = {sound: 0.98} if isinstance(sound, str) else sound or {}
        for unit, chance in chances.items():
            row[units.index(unit) + 1] = chance
        row[0] = 1e-6 + max(0.0, 1 - row[1:].sum())
        rows += [row / row.sum(), np.eye(1, len(row))[0] * 0.9999 + 1e-6]
    return np.log(np.array(rows)).astype(np.float32)


scores = partial(frames_of, SYLLABLES)


def texts(hanzi: Hanzi, frames: np.ndarray) -> list[str]:
    search = Search(hanzi, SYLLABLES)
    search.feed(frames)
    return [guess.text for guess in search.guesses()]


def test_clear_syllables_become_the_phrase(hanzi: Hanzi) -> None:
    assert texts(hanzi, scores("hong", "se", "yun", "dong", "xie"))[0] == "红色运动鞋"
    assert texts(hanzi, scores("lan", "se", "ti", "xu"))[0] == "蓝色T恤"
    assert texts(hanzi, scores("san", "bai", "yi", "nei"))[0] == "三百以内"


def test_a_misheard_syllable_is_mended_by_the_phrase(hanzi: Hanzi) -> None:
    unsure = {"cai": 0.6, "mao": 0.3}
    found = texts(hanzi, scores(unsure, "yi"))
    assert found[0] == "毛衣"
    assert len(found) == len(set(found)) > 1


def test_repetition_needs_a_blank(hanzi: Hanzi) -> None:
    once = scores("lan")[[0, 0, 1]]
    twice = scores("lan", "lan")
    assert {len(text) for text in texts(hanzi, once)[:1]} == {1}
    assert {len(text) for text in texts(hanzi, twice)[:1]} == {2}


def test_blank_alone_says_nothing(hanzi: Hanzi) -> None:
    search = Search(hanzi, SYLLABLES)
    search.feed(scores(None, None))
    assert search.best() == "" and search.guesses() == []


def test_pieces_decode_as_one(hanzi: Hanzi) -> None:
    frames = scores("hong", "se", {"xie": 0.5, "xu": 0.4}, "yi")
    search = Search(hanzi, SYLLABLES)
    for frame in frames:
        search.feed(frame[None])
    whole = Search(hanzi, SYLLABLES)
    whole.feed(frames)
    assert search.guesses() == whole.guesses()


# --- the recogniser -----------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def recogniser() -> Ctc:
    ready = Ctc(SpeechConfig(), phrases={"zh": PHRASES})
    ready.prepare()
    return ready


@shipped
@pytest.mark.parametrize("samples", [0, 1, 399, 16_000])
def test_silence_gives_nothing(recogniser: Ctc, samples: int) -> None:
    with pytest.raises(InvalidMedia):
        recogniser.transcribe(np.zeros(samples, np.float32), "zh")


@shipped
def test_other_languages_are_refused(recogniser: Ctc) -> None:
    with pytest.raises(InvalidRequest):
        recogniser.listen("fr")


def test_a_missing_network_is_told() -> None:
    with pytest.raises(InvalidRequest, match="isn't there"):
        Ctc(SpeechConfig(), "/nowhere").listen("zh")


@shipped
def test_the_network_is_small() -> None:
    assert sum(file.stat().st_size for file in SHIPPED.iterdir() if file.name.startswith("zh")) < 6_000_000


@pytest.fixture(scope="module")
def voice() -> object:
    voices = pytest.importorskip("training.speech.voices")
    if not voices.available():
        pytest.skip("espeak-ng isn't installed")
    return voices


SPOKEN = {
    "红色运动鞋": "hong2se4 yun4dong4xie2", "蓝色T恤": "lan2se4 ti4xu4", "连衣裙": "lian2yi1qun2", "我想要黑色皮鞋": "wo3 xiang3yao4 hei1se4 pi2xie2",
    "毛衣三百以内": "mao2yi1 san1bai3 yi3nei4", "云朵靠垫": "yun2duo3 kao4dian4",
}  # fmt: skip


@shipped
def test_hears_synthetic_voices(recogniser: Ctc, voice: object) -> None:
    """Three variants that training never heard say six phrases: most are understood, as a whole and while being spoken."""
    right, among = 0, 0
    pause = np.zeros(mel.RATE // 4, np.float32)
    for name in ("m7", "f2", "linda"):
        for text, pinyin in SPOKEN.items():
            spoken = voice.speaker().say(pinyin.split(), voice.Manner(name, 170, 50, 50))  # type: ignore[attr-defined]
            sound = np.concatenate([pause, spoken, pause])
            with recogniser.listen("zh") as listening:
                for at in range(0, len(sound), 3200):
                    listening.feed(sound[at : at + 3200])
                listening.partial()
                found = listening.finish()
            assert 0 < sum(one.confidence for one in found) <= 1 + 1e-6
            right += found[0].text == text
            among += text in [one.text for one in found]
    assert among >= right >= 12
    assert among >= 15
