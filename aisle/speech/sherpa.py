"""sherpa-onnx: SenseVoice, Whisper, Moonshine, Paraformer, zipformer transducers and others, from a local folder.

The family is told by the files a folder holds, as the project names them in its releases. Transducers are biased to the shop's
heaviest phrases (hotwords); streaming ones say what they hear while one speaks.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np

from aisle.config import SpeechConfig
from aisle.errors import InvalidRequest
from aisle.speech.base import RATE, UNTOLD, BatchRecogniser, Listening, folder_of, heaviest, tidied, unheard
from aisle.types import Transcript

HOTWORD_CHARACTERS = 4000
HOTWORDS_SCORE = 1.5
TAIL_S = 0.5
"""Silence after an utterance, so that a streaming model tells its last word."""

Files = Mapping[str, Path]


def _sense_voice(files: Files, common: dict[str, Any], config: SpeechConfig) -> Any:
    import sherpa_onnx

    return sherpa_onnx.OfflineRecognizer.from_sense_voice(model=str(files["model"]), use_itn=True, **common)


def _paraformer(files: Files, common: dict[str, Any], config: SpeechConfig) -> Any:
    import sherpa_onnx

    return sherpa_onnx.OfflineRecognizer.from_paraformer(paraformer=str(files["model"]), **common)


def _zipformer_ctc(files: Files, common: dict[str, Any], config: SpeechConfig) -> Any:
    import sherpa_onnx

    return sherpa_onnx.OfflineRecognizer.from_zipformer_ctc(model=str(files["model"]), **common)


def _whisper(files: Files, common: dict[str, Any], config: SpeechConfig) -> Any:
    import sherpa_onnx

    return sherpa_onnx.OfflineRecognizer.from_whisper(
        encoder=str(files["encoder"]), decoder=str(files["decoder"]), language="", **common
    )


def _moonshine(files: Files, common: dict[str, Any], config: SpeechConfig) -> Any:
    import sherpa_onnx

    return sherpa_onnx.OfflineRecognizer.from_moonshine(
        preprocessor=str(files["preprocess"]),
        encoder=str(files["encode"]),
        uncached_decoder=str(files["uncached_decode"]),
        cached_decoder=str(files["cached_decode"]),
        **common,
    )


def _transducer(files: Files, common: dict[str, Any], config: SpeechConfig) -> Any:
    import sherpa_onnx

    return sherpa_onnx.OfflineRecognizer.from_transducer(**_parts(files), **common)


def _streaming_transducer(files: Files, common: dict[str, Any], config: SpeechConfig) -> Any:
    import sherpa_onnx

    return sherpa_onnx.OnlineRecognizer.from_transducer(**_parts(files), **common)


def _parts(files: Files) -> dict[str, Any]:
    bpe = {"modeling_unit": "bpe", "bpe_vocab": str(files["bpe"])} if "bpe" in files else {}
    return {
        **{part: str(files[part]) for part in ("encoder", "decoder", "joiner")},
        "decoding_method": "modified_beam_search",
        "hotwords_score": HOTWORDS_SCORE,
        **bpe,
    }


Opener = Callable[[Files, dict[str, Any], SpeechConfig], Any]
FAMILIES: Mapping[str, tuple[Sequence[str], Opener]] = MappingProxyType(
    {
        "moonshine": (("preprocess", "encode", "uncached_decode", "cached_decode"), _moonshine),
        "streaming transducer": (("encoder", "decoder", "joiner"), _streaming_transducer),
        "transducer": (("encoder", "decoder", "joiner"), _transducer),
        "whisper": (("encoder", "decoder"), _whisper),
        "paraformer": (("model",), _paraformer),
        "zipformer2_ctc": (("model",), _zipformer_ctc),
        "sense_voice_ctc": (("model",), _sense_voice),
    }
)
"""Family → the files it needs, and how it is opened. The first whose files are there and whose metadata agrees is taken."""


def family_of(folder: Path) -> tuple[str, Files]:
    """Which family a folder's files are. Raises InvalidRequest where they are none.

    sherpa-onnx ends the process on a file it can't use, so each is looked at first.
    """
    files = _files(folder)
    for family, (needed, _) in FAMILIES.items():
        if "tokens" in files and all(part in files for part in needed):
            told = _metadata(files[needed[-1] if family == "moonshine" else needed[0]])
            if _agrees(family, told):
                return family, files
    raise InvalidRequest(
        "The folder of sherpa-onnx holds no model that is known.",
        field="models",
        hint="It needs tokens.txt and a release's ONNX files: model, or encoder, decoder (and joiner), or Moonshine's four.",
    )


def _agrees(family: str, told: Mapping[str, str]) -> bool:
    if family == "streaming transducer":
        return "decode_chunk_len" in told or "T" in told
    if family == "transducer":
        return bool(told)
    if family == "whisper":
        return "whisper" in told.get("model_type", "")
    if family in ("paraformer", "zipformer2_ctc"):
        return told.get("model_type") == family
    return family == "moonshine" or "lang_auto" in told


def _files(folder: Path) -> dict[str, Path]:
    """Parts by name: "tiny.en-encoder.int8.onnx" is the encoder. Of several, int8 first: what a CPU wants."""
    found: dict[str, Path] = {}
    for path in sorted(folder.glob("*.onnx"), key=lambda path: ("int8" in path.name, path.name)):
        stem = path.name.split(".onnx")[0].removesuffix(".int8")
        for part in (
            "uncached_decode",
            "cached_decode",
            "preprocess",
            "encoder",
            "decoder",
            "joiner",
            "encode",
            "model",
        ):
            if stem == part or stem.startswith((f"{part}-", f"{part}.")) or stem.endswith((f"-{part}", f".{part}")):
                found[part] = path
                break
    tokens = next(
        iter(sorted(folder.glob("*tokens.txt"), key=lambda path: (path.name != "tokens.txt", path.name))), None
    )
    if tokens:
        found["tokens"] = tokens
    if (folder / "bpe.vocab").is_file():
        found["bpe"] = folder / "bpe.vocab"
    return found


def _metadata(path: Path) -> Mapping[str, str]:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.log_severity_level = 4
    try:
        session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
        return dict(session.get_modelmeta().custom_metadata_map)
    except Exception as error:  # onnxruntime's errors have no common class
        raise InvalidRequest(
            f"{path.name} can't be loaded: it isn't a whole ONNX file.", field="models", hint="Copy the release again."
        ) from error


class Sherpa(BatchRecogniser):
    """``model`` is a folder of one of FAMILIES."""

    name = "sherpa-onnx"
    languages = ("*",)

    def _prepare(self) -> None:
        folder = folder_of(self._model, self.name)
        try:
            import sherpa_onnx  # noqa: F401
        except ImportError:
            raise InvalidRequest(
                "sherpa-onnx isn't installed.", field="recognisers", hint="pip install 'aisle[speech]'"
            ) from None
        self.family, files = family_of(folder)
        provider = "cuda" if self._config.device == "cuda" else "cpu"
        common = {"tokens": str(files["tokens"]), "num_threads": self._config.threads, "provider": provider}
        self._recognizer = FAMILIES[self.family][1](files, common, self._config)
        self._turns = threading.Semaphore(self._config.voices)

    def _listen(self, language: str) -> Listening:
        return _Streaming(self, language) if self.family == "streaming transducer" else super()._listen(language)

    def _stream(self, language: str) -> Any:
        if "transducer" not in self.family:
            return self._recognizer.create_stream()
        words = heaviest(self._phrases.get(language, {}), HOTWORD_CHARACTERS)
        return self._recognizer.create_stream(
            hotwords="/".join(word.upper().replace("/", " ") for word in words) or None
        )

    def _hear(self, samples: np.ndarray, language: str, n: int) -> Iterable[Transcript]:
        stream = self._stream(language)
        stream.accept_waveform(RATE, samples)
        try:
            with self._turns:
                self._recognizer.decode_stream(stream)
        except RuntimeError:
            raise unheard("The recogniser failed on this sound.") from None
        return _transcripts(stream.result.text, getattr(stream.result, "ys_log_probs", ()))


class _Streaming(Listening):
    def __init__(self, recogniser: Sherpa, language: str) -> None:
        self._recogniser = recogniser
        self._stream = recogniser._stream(language)

    def _feed(self, samples: np.ndarray) -> None:
        self._stream.accept_waveform(RATE, samples)
        self._decode()

    def _decode(self) -> None:
        recognizer = self._recogniser._recognizer
        while recognizer.is_ready(self._stream):
            recognizer.decode_stream(self._stream)

    def _partial(self) -> str:
        return tidied(self._recogniser._recognizer.get_result(self._stream)).lower()

    def _finish(self, n: int) -> Iterable[Transcript]:
        self._stream.accept_waveform(RATE, np.zeros(int(TAIL_S * RATE), np.float32))
        self._stream.input_finished()
        self._decode()
        recognizer = self._recogniser._recognizer
        return _transcripts(recognizer.get_result(self._stream), recognizer.ys_probs(self._stream))


def _transcripts(text: str, logs: Sequence[float]) -> list[Transcript]:
    """One transcript, its confidence the geometric mean of its tokens' probabilities where the family tells them."""
    text = tidied(text)
    text = text.lower() if text.isupper() else text
    confidence = math.exp(min(0.0, sum(logs) / len(logs))) if len(logs) else UNTOLD
    return [Transcript(text, confidence)] if text else []
