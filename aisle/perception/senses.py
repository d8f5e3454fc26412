"""The parts of a query → signals: one small function for each kind of input, in one table."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from aisle.errors import InvalidRequest, NotFound
from aisle.models.runtime import Model
from aisle.perception.image import Limits, crop, decode
from aisle.perception.salience import salient
from aisle.types import Input, InputType, Product, Signal


@dataclass(frozen=True)
class Senses:
    """What perceiving needs: the model, a way to encode a text (remembered), the limits of pictures, and the store's
    products and vectors by id."""

    model: Model
    encode_text: Callable[[str], np.ndarray]
    limits: Limits
    products: Callable[[Sequence[str]], Mapping[str, Product]]
    vectors: Callable[[Sequence[str]], Mapping[str, np.ndarray]]

    def perceive(self, inputs: Sequence[Input]) -> tuple[list[Signal], list[str]]:
        """Each input → Signal, in order, and the names of stages that had to be skipped: a text or picture that the model
        can't encode has words at most.

        Raises InvalidRequest, InvalidMedia, NotFound.
        """
        signals, degraded = [], []
        for part in inputs:
            signal = _PERCEIVERS[part.type](self, part)
            if signal.vector is None and (signal.words or part.type is not InputType.TEXT):
                degraded.append(f"perceive.{part.type}")
            signals.append(signal)
        return signals, degraded


def _text(senses: Senses, part: Input) -> Signal:
    words = str(part.value).strip()
    reads = "text" in senses.model.modalities
    return Signal(part.type, senses.encode_text(words) if words and reads else None, words, part.weight)


def _image(senses: Senses, part: Input) -> Signal:
    if not isinstance(part.value, bytes):
        raise InvalidRequest("An image input carries the picture's bytes.", field="inputs.value")
    picture = decode(part.value, senses.limits)  # even one that the model can't see is refused when it is broken
    if "image" not in senses.model.modalities:
        return Signal(part.type, None, "", part.weight)
    # A photo shows the thing and where it lies: without a region, the whole and its main object speak together.
    views = [picture, crop(picture, salient(picture))] if part.region is None else [crop(picture, part.region)]
    vector = senses.model.encode_images(views).mean(axis=0)  # (dim,)
    return Signal(part.type, vector / np.maximum(np.linalg.norm(vector), np.float32(1e-12)), "", part.weight)


def _product(senses: Senses, part: Input) -> Signal:
    identifier = str(part.value)
    if identifier not in senses.products([identifier]):
        raise NotFound(f"There is no product {identifier!r}.", field="inputs.value", hint="It may have been removed.")
    return Signal(part.type, senses.vectors([identifier]).get(identifier), "", part.weight)


def _vector(senses: Senses, part: Input) -> Signal:
    try:
        vector = np.asarray(part.value, dtype=np.float32)
    except (TypeError, ValueError):
        vector = np.zeros(0, np.float32)
    norm = float(np.linalg.norm(vector))
    if vector.shape != (senses.model.dim,) or not np.isfinite(norm) or norm == 0.0:
        raise InvalidRequest(
            f"A vector input has {senses.model.dim} finite numbers, not all zero.",
            field="inputs.value",
            hint=f"This store's model is {senses.model.name}; encode the query with it.",
        )
    return Signal(part.type, vector / np.float32(norm), "", part.weight)


_PERCEIVERS: Mapping[InputType, Callable[[Senses, Input], Signal]] = {
    InputType.TEXT: _text,
    InputType.IMAGE: _image,
    InputType.PRODUCT: _product,
    InputType.VECTOR: _vector,
}
