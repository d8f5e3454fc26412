"""A model at work: checks, sizes, batches and runs. Nothing here knows how a model was trained."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal, TypeVar

import numpy as np
from PIL import Image

from aisle.errors import InvalidMedia, InvalidRequest, NotFound

T = TypeVar("T")

Role = Literal["query", "passage"]
"""What a text is: asked, or told of a product. Some models encode the two differently."""
MODALITIES = ("image", "text")

IMAGE_BATCH = 16
TEXT_BATCH = 64
CHARACTERS_A_TOKEN = 16
"""No text needs more characters than this for each token that the model reads; the rest is cut before tokenising."""


def checked(image: np.ndarray) -> np.ndarray:
    """``image`` itself where it is (h, w, 3) uint8 and not empty. Raises InvalidMedia."""
    if image.ndim != 3 or image.shape[2] != 3 or image.dtype != np.uint8 or 0 in image.shape:
        raise InvalidMedia(
            f"A picture must be (height, width, 3) uint8; this is {image.shape} {image.dtype}.",
            hint="Decode it with aisle.perception.image.decode.",
        )
    return image


def resize(image: np.ndarray, size: int) -> np.ndarray:
    """(h, w, 3) uint8 → (size, size, 3) uint8, squashed, anti-aliased (training and serving alike)."""
    image = checked(image)
    if image.shape[:2] == (size, size):
        return np.ascontiguousarray(image)
    picture = Image.fromarray(np.ascontiguousarray(image))
    return np.asarray(picture.resize((size, size), Image.Resampling.BILINEAR, reducing_gap=2.0))


@dataclass(frozen=True, slots=True)
class Calibration:
    """Cosine → probability of a good match, per modality of the query: 1 / (1 + exp(−(slope·cos + bias))).

    Fitted on held-out queries, so that 0.5 is where good and bad products are equally likely among the best 50. A vector that a
    network has made lies elsewhere: ``fused`` is for a picture with words, ``result`` for the result vector Y; None where the model
    has no such network.
    """

    text: tuple[float, float]
    image: tuple[float, float]
    fused: tuple[float, float] | None = None
    result: tuple[float, float] | None = None

    def probability(self, modality: str, cosine: np.ndarray | float) -> np.ndarray:
        """``modality`` is "text" or "image"; shape of ``cosine`` is kept."""
        slope, bias = {"text": self.text, "image": self.image}[modality]
        return 1.0 / (1.0 + np.exp(-(slope * np.asarray(cosine, dtype=np.float32) + bias)))

    def cosine(self, modality: str, probability: float) -> float:
        """The cosine at which a match has this probability (0 < probability < 1)."""
        slope, bias = {"text": self.text, "image": self.image}[modality]
        return float((np.log(probability / (1.0 - probability)) - bias) / slope)


def batched(items: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    """``items`` in order, ``size`` at a time."""
    return (items[start : start + size] for start in range(0, len(items), size))


class Model:
    """Pictures and texts → unit rows of one space. Owns checks and batching; a subclass encodes one batch at a time.

    ``modalities`` names what it can encode: "image", "text" or both (as a card that doesn't say has it). ``prompts`` holds
    what is put before a text of each role. ``product_weights`` says how much a product's picture and text weigh in its own vector (their normalised mean).
    ``card`` is model.json: training data, licences, metrics; ``folder`` is where it was opened from, if it was.
    """

    def __init__(self, card: Mapping[str, Any]) -> None:
        self.card = card
        self.name: str = card["name"]
        self.version: str = card["version"]
        self.folder: Path | None = None
        self.dim: int = card["dim"]
        self.modalities: frozenset[str] = frozenset(card.get("modalities", MODALITIES))
        self.image_size: int = card["image"]["size"] if "image" in self.modalities else 0
        self.text_length: int = card["text"]["length"] if "text" in self.modalities else 0
        self.prompts: Mapping[str, str] = card.get("prompts", {})
        self.calibration = Calibration(
            **{each.name: tuple(pair) for each in fields(Calibration) if (pair := card["calibration"].get(each.name))}
        )
        self.product_weights: Mapping[str, float] = card["product_weights"]

    @property
    def id(self) -> str:
        """``name@version``: vectors compare only with vectors of the same id."""
        return f"{self.name}@{self.version}"

    def encode_images(self, images: Sequence[np.ndarray]) -> np.ndarray:
        """(h, w, 3) uint8 RGB arrays of any size → (n, dim) float32 unit rows. Raises InvalidMedia, InvalidRequest."""
        self._must_know("image", images)
        return self._rows(self._encode_pictures([checked(i) for i in chunk]) for chunk in batched(images, IMAGE_BATCH))

    def encode_texts(self, texts: Sequence[str], role: Role = "query") -> np.ndarray:
        """Texts in any language, empty ones too → (n, dim) float32 unit rows. Raises InvalidRequest."""
        self._must_know("text", texts)
        limit, prompt = self.text_length * CHARACTERS_A_TOKEN, self.prompts.get(role, "")
        # A lone surrogate can't be tokenised: it becomes a question mark.
        clean = [prompt + text[:limit].encode("utf-8", "replace").decode() for text in texts]
        order = sorted(range(len(clean)), key=lambda i: len(clean[i]))  # texts of like length share a batch
        rows = self._rows(self._encode_strings([clean[i] for i in chunk]) for chunk in batched(order, TEXT_BATCH))
        back = np.empty_like(rows)  # (n, dim)
        back[order] = rows
        return back

    def image_tokens(self, images: Sequence[np.ndarray]) -> list[np.ndarray]:
        """What each picture shows place by place, (places, width) each. Only a model with deep fusion has it."""
        raise NotImplementedError

    def text_tokens(self, texts: Sequence[str]) -> list[np.ndarray]:
        """What each piece of a text stands for in it, (pieces, width) each. Only a model with deep fusion has it."""
        raise NotImplementedError

    @property
    def fusions(self) -> frozenset[str]:
        """The fusion networks it has, by name; averaging needs none."""
        return frozenset()

    def fuse(self, name: str, parts: Mapping[str, np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
        """The parts of one query (see ``aisle.fusion.learned.parts_of``) → vector (dim,), each part's share (parts,)."""
        raise NotImplementedError

    def _must_know(self, modality: str, given: Sequence[object]) -> None:
        if given and modality not in self.modalities:
            known = " and ".join(sorted(self.modalities))
            raise InvalidRequest(
                f"{self.name} encodes {known} only.", field="model", hint=f"Choose a model whose card names {modality}."
            )

    def _rows(self, chunks: Iterable[np.ndarray]) -> np.ndarray:
        found = list(chunks)
        rows = np.concatenate(found) if found else np.empty((0, self.dim))  # (n, dim)
        rows = rows.astype(np.float32)
        return rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), np.float32(1e-12))

    def _encode_pictures(self, images: Sequence[np.ndarray]) -> np.ndarray:
        """Checked pictures → (n, dim). Squashes them to one size; a model that looks at them otherwise overrides this."""
        return self._encode_pixels(np.stack([resize(image, self.image_size) for image in images]))

    def _encode_pixels(self, pixels: np.ndarray) -> np.ndarray:
        """(n, size, size, 3) uint8 → (n, dim). Written by every model that knows pictures by their squashed pixels."""
        raise NotImplementedError

    def _encode_strings(self, texts: list[str]) -> np.ndarray:
        """→ (n, dim). Written by every model that knows texts."""
        raise NotImplementedError


class OnnxModel(Model):
    """A folder with model.json, image.onnx, text.onnx and tokenizer.json, run by ONNX Runtime on the CPU.

    image.onnx takes (n, size, size, 3) uint8, text.onnx takes (n, length) int64 token ids padded with 0; both answer
    (n, dim) float32. A fusion network, if there is one, takes the parts of queries. Sessions open at first use.
    Normalisation is part of the graph.
    """

    FILES = ("image.onnx", "text.onnx", "tokenizer.json")
    FUSIONS: Mapping[str, str] = MappingProxyType(
        {"attention": "fusion.onnx", "deep": "deep.onnx", "result": "result.onnx"}
    )

    def __init__(self, folder: Path, card: Mapping[str, Any], threads: int) -> None:
        for file in self.FILES:
            if not (folder / file).is_file():
                raise NotFound(f"The model in {folder} has no {file}.", field=file, hint="Export it again: make model.")
        super().__init__(card)
        # Vectors of other weights don't compare, whatever the card says: the version tells weights apart.
        self.version = f"{self.version}+{digest(folder / file for file in self.FILES)}"
        self._folder = folder
        self._threads = threads
        self._opened: dict[str, Any] = {}
        self._lock = threading.Lock()

    @property
    def fusions(self) -> frozenset[str]:
        return frozenset(name for name, file in self.FUSIONS.items() if (self._folder / file).is_file())

    def fuse(self, name: str, parts: Mapping[str, np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
        vectors, attention = self.fuse_many(name, parts)
        return vectors[0], attention[0]

    def fuse_many(self, name: str, parts: Mapping[str, np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
        """As ``fuse``, for a batch of queries: vectors (batch, dim), shares (batch, parts)."""
        vectors, attention = self._open(self.FUSIONS[name], self._open_session).run(
            ["vectors", "attention"], dict(parts)
        )
        return vectors, attention

    def _encode_pixels(self, pixels: np.ndarray) -> np.ndarray:
        return self._run("image.onnx", {"pixels": pixels})

    def _encode_strings(self, texts: list[str]) -> np.ndarray:
        return self._run("text.onnx", {"ids": self._ids(texts)})

    def image_tokens(self, images: Sequence[np.ndarray]) -> list[np.ndarray]:
        pixels = np.stack([resize(checked(image), self.image_size) for image in images])
        return list(self._run("image.onnx", {"pixels": pixels}, "tokens"))

    def text_tokens(self, texts: Sequence[str]) -> list[np.ndarray]:
        ids = self._ids(list(texts))
        states = self._run("text.onnx", {"ids": ids}, "tokens")
        return [row[: int((own != 0).sum())] for row, own in zip(states, ids, strict=True)]

    def _ids(self, texts: list[str]) -> np.ndarray:
        """(n, length) int64 numbers of the texts' pieces, padded with 0."""
        encodings = self._open("tokenizer.json", self._open_tokenizer).encode_batch_fast(texts)
        rows = [encoding.ids[: self.text_length] for encoding in encodings]
        ids = np.zeros((len(rows), max(map(len, rows))), dtype=np.int64)  # (n, length)
        for i, row in enumerate(rows):
            ids[i, : len(row)] = row
        return ids

    def _run(self, file: str, inputs: dict[str, np.ndarray], output: str = "vectors") -> np.ndarray:
        return self._open(file, self._open_session).run([output], inputs)[0]

    def _open(self, file: str, opener: Any) -> Any:
        with self._lock:
            if file not in self._opened:
                self._opened[file] = opener(self._folder / file)
            return self._opened[file]

    def _open_session(self, path: Path) -> Any:
        return open_session(path, self._threads)

    def _open_tokenizer(self, path: Path) -> Any:
        from tokenizers import Tokenizer

        return Tokenizer.from_file(str(path))


def open_session(path: Path, threads: int) -> Any:
    """An ONNX Runtime session on the CPU."""
    import onnxruntime  # slow to import: only when something is encoded

    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3  # a weight that only training needs is no news
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    # Idle threads sleep: a search server has better things to do than spin.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def digest(files: Iterable[Path]) -> str:
    """Eight hex digits of the files' content."""
    whole = hashlib.blake2b(digest_size=4)
    for file in files:
        whole.update(file.read_bytes())
    return whole.hexdigest()


def read_card(folder: Path) -> dict[str, Any]:
    """model.json of a model's folder. Raises NotFound when there is none, InvalidRequest when it can't be read."""
    path = folder / "model.json"
    try:
        card = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise NotFound(f"{folder} holds no model: model.json is missing.", field="model") from None
    except ValueError as error:
        raise InvalidRequest(f"{path} isn't JSON: {error}.", field="model") from None
    if not isinstance(card, dict) or "format" not in card:
        raise InvalidRequest(f"{path} doesn't say its format.", field="model", hint='Such as "format": "onnx".')
    return card
