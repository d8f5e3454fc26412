"""Steady noise is taken out of speech, and speech is left in."""

from __future__ import annotations

import numpy as np
import pytest

from aisle.speech.noise import quietened
from tests import voices

pytestmark = pytest.mark.skipif(not voices.has("flite slt"), reason="flite isn't installed")


@pytest.fixture(scope="module")
def speech() -> np.ndarray:
    return np.concatenate((voices.quiet(0.5), voices.speak("show me red leather boots"), voices.quiet(0.5)))


def over_noise(clean: np.ndarray, heard: np.ndarray) -> float:
    """dB of the speech over what else is heard."""
    return float(10 * np.log10(np.sum(clean**2) / np.sum((heard - clean) ** 2)))


@pytest.mark.parametrize("decibels", [5, 10, 20])
def test_speech_stands_out_more(speech: np.ndarray, decibels: int) -> None:
    noisy = voices.noisy(speech, decibels)
    better = quietened(noisy)
    assert better.shape == noisy.shape and better.dtype == np.float32
    assert over_noise(speech, better) > over_noise(speech, noisy) + 3
    pause = slice(0, voices.RATE // 3)
    assert np.std(better[pause]) < 0.25 * np.std(noisy[pause])


def test_clear_speech_stays(speech: np.ndarray) -> None:
    assert over_noise(speech, quietened(voices.noisy(speech, 60))) > 25


@pytest.mark.parametrize("samples", [0, 1, 511, 512, 1600])
def test_what_is_too_short_stays_as_it_is(samples: int) -> None:
    sound = voices.hiss(1)[:samples]
    assert np.array_equal(quietened(sound), sound)


def test_silence_stays_silent() -> None:
    assert not quietened(voices.quiet(2)).any()
