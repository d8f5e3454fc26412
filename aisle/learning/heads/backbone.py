"""What a head stands on: a pretrained network that gives a state to every token of a text.

Three kinds behind one face: aisle-small's own text tower, encoders (BERT-like) and decoders (GPT-like) of transformers.
A kind more is one class and one entry of BACKBONES.
"""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Any, ClassVar

import torch
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint

from aisle.errors import InvalidRequest, NotFound
from aisle.learning.towers import TextShape, TextTower
from aisle.models.registry import SHIPPED

LONGEST = 512
"""No text is read beyond this many tokens, even by backbones that could."""


@dataclass(frozen=True, slots=True)
class Tokens:
    """A batch of texts, padded at the end: ``ids`` and ``real`` (batch, length), and each token's character span."""

    ids: Tensor
    real: Tensor
    spans: Sequence[Sequence[tuple[int, int]]]


class Backbone(nn.Module, ABC):
    """Texts → tokens → states. ``width`` is the size of a state, ``length`` the most tokens of a text."""

    kind: ClassVar[str]
    width: int
    length: int
    network: nn.Module
    """What adapters are put into."""

    @abstractmethod
    def tokenize(self, texts: Sequence[str]) -> Tokens:
        """At most ``length`` tokens of each; what is beyond is left out."""

    @abstractmethod
    def states(self, ids: Tensor, real: Tensor) -> Tensor:
        """(batch, length) twice → (batch, length, width)."""

    def pooled(self, ids: Tensor, real: Tensor) -> Tensor:
        """One state for each text: (batch, width). Here the mean over its tokens."""
        weight = real[..., None].float()  # (batch, length, 1)
        return (self.states(ids, real).float() * weight).sum(1) / weight.sum(1).clamp(min=1.0)

    @abstractmethod
    def recompute(self) -> None:
        """Gradient checkpointing (Chen et al. 2016, arXiv:1604.06174): memory for time."""

    @abstractmethod
    def tokenizer_json(self) -> str:
        """The tokenizer as the tokenizers library reads it."""

    @abstractmethod
    def save(self, folder: Path) -> None:
        """Everything that ``open_backbone`` needs."""


class Tower(Backbone):
    """The text tower of a model exported by Aisle."""

    kind = "tower"

    def __init__(self, network: TextTower, tokenizer: str) -> None:
        from tokenizers import Tokenizer

        super().__init__()
        self.network: TextTower = network
        self.width, self.length = network.shape.width, network.shape.length
        self._text = tokenizer
        self._tokenizer = Tokenizer.from_str(tokenizer)
        self._tokenizer.enable_truncation(self.length)
        self._tokenizer.enable_padding(pad_id=0)

    @classmethod
    def open(cls, folder: Path) -> Tower:
        from safetensors.torch import load_file

        if not (folder / "tower.json").is_file():
            from aisle.learning.checkpoint import load_towers

            towers, tokenizer = load_towers(folder)
            return cls(towers.text, tokenizer)
        shape = json.loads((folder / "tower.json").read_text(encoding="utf-8"))
        network = TextTower(TextShape(**shape))
        network.load_state_dict(load_file(folder / "tower.safetensors"))
        return cls(network, (folder / "tokenizer.json").read_text(encoding="utf-8"))

    def tokenize(self, texts: Sequence[str]) -> Tokens:
        # A lone surrogate can't be tokenised: it becomes a question mark, as when the model is served.
        encoded = self._tokenizer.encode_batch([text.encode("utf-8", "replace").decode() for text in texts])
        ids = torch.tensor([one.ids for one in encoded], dtype=torch.long)  # (batch, length)
        return Tokens(ids, ids != 0, [one.offsets for one in encoded])

    def states(self, ids: Tensor, real: Tensor) -> Tensor:
        return self.network.states(ids)

    def recompute(self) -> None:
        for layer in self.network.layers:
            layer.forward = partial(checkpoint, layer.forward, use_reentrant=False)  # type: ignore[method-assign]

    def tokenizer_json(self) -> str:
        return self._text

    def save(self, folder: Path) -> None:
        from safetensors.torch import save_file

        folder.mkdir(parents=True, exist_ok=True)
        (folder / "tower.json").write_text(json.dumps(asdict(self.network.shape)), encoding="utf-8")
        (folder / "tokenizer.json").write_text(self._text, encoding="utf-8")
        save_file(
            {name: one.contiguous() for name, one in self.network.state_dict().items()}, folder / "tower.safetensors"
        )


class Transformer(Backbone):
    """A network of the transformers library with its own fast tokenizer."""

    network: Any

    def __init__(self, network: Any, tokenizer: Any) -> None:
        super().__init__()
        self.network = network
        self.tokenizer = tokenizer
        config = network.config.get_text_config()
        self.width = int(config.hidden_size)
        self.length = min(LONGEST, int(getattr(config, "max_position_embeddings", LONGEST)))
        if tokenizer.pad_token is None:  # GPT-2 has none; what stands there is masked anyway
            tokenizer.pad_token = tokenizer.eos_token

    def tokenize(self, texts: Sequence[str]) -> Tokens:
        made = self.tokenizer(
            # A text of nothing would have no token at all where the tokenizer adds none of its own.
            [text.encode("utf-8", "replace").decode() or " " for text in texts],
            padding=True,
            padding_side="right",
            truncation=True,
            max_length=self.length,
            return_offsets_mapping=True,
            return_tensors="pt",
        )
        spans = [[(int(a), int(b)) for a, b in row] for row in made["offset_mapping"]]
        return Tokens(made["input_ids"], made["attention_mask"].bool(), spans)

    def recompute(self) -> None:
        # The second name is the one of earlier releases.
        enable = (
            getattr(self.network, "activation_checkpointing_enable", None) or self.network.gradient_checkpointing_enable
        )
        enable({"use_reentrant": False})

    def tokenizer_json(self) -> str:
        return str(self.tokenizer.backend_tokenizer.to_str())

    def save(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.network.save_pretrained(folder)
        self.tokenizer.save_pretrained(folder)


class Encoder(Transformer):
    """A BERT-like network: every token sees every other."""

    kind = "encoder"

    def states(self, ids: Tensor, real: Tensor) -> Tensor:
        return self.network(input_ids=ids, attention_mask=real.long()).last_hidden_state


class Decoder(Transformer):
    """A GPT-like network with its language-model head: a token sees those before it.

    Texts are padded at the end, so no token sees any padding, and no mask is needed.
    """

    kind = "decoder"

    def states(self, ids: Tensor, real: Tensor) -> Tensor:
        return self.network.base_model(input_ids=ids, use_cache=False).last_hidden_state

    def pooled(self, ids: Tensor, real: Tensor) -> Tensor:
        """The last token's state, the only one that has seen the whole text."""
        last = (real.sum(1) - 1).clamp(min=0)  # (batch,)
        index = last[:, None, None].expand(-1, 1, self.width)  # (batch, 1, width)
        return self.states(ids, real).gather(1, index)[:, 0].float()  # (batch, width)

    def logits(self, ids: Tensor) -> Tensor:
        """Of the token after each: (batch, length, vocabulary)."""
        return self.network(input_ids=ids, use_cache=False).logits


def _encoder(source: str) -> Backbone:
    import transformers
    from transformers import AutoConfig, AutoModel, AutoTokenizer
    from transformers.models.auto.modeling_auto import MODEL_MAPPING

    config: Any = AutoConfig.from_pretrained(source)
    # A text tower saved apart from its picture tower (SigLIP's) has no entry there, its class has a name.
    named = getattr(transformers, (config.architectures or [""])[0], AutoModel)
    opener: Any = AutoModel if type(config) in MODEL_MAPPING else named
    network = opener.from_pretrained(source, dtype=torch.float32)
    return Encoder(getattr(network, "text_model", network), AutoTokenizer.from_pretrained(source))


def _decoder(source: str) -> Backbone:
    from transformers import AutoModelForCausalLM, AutoTokenizer

    return Decoder(
        AutoModelForCausalLM.from_pretrained(source, dtype=torch.float32), AutoTokenizer.from_pretrained(source)
    )


def _tower(source: str) -> Backbone:
    return Tower.open(SHIPPED.get(source, Path(source)))


BACKBONES: Mapping[str, Callable[[str], Backbone]] = MappingProxyType(
    {"tower": _tower, "encoder": _encoder, "decoder": _decoder}
)
"""Kind → what opens a folder or a name on the hub as one."""


def kind_of(source: str) -> str:
    """Which entry of BACKBONES opens ``source``. Raises NotFound, InvalidRequest."""
    folder = SHIPPED.get(source, Path(source))
    if (folder / "model.json").is_file() or (folder / "tower.json").is_file():
        return "tower"
    if folder.is_dir() and not (folder / "config.json").is_file():
        raise NotFound(
            f"{folder} holds no backbone.",
            field="backbone",
            hint="A folder saved by transformers (config.json), a model exported by Aisle (model.json), or a hub name.",
        )
    from transformers import AutoConfig
    from transformers.models.auto.modeling_auto import MODEL_FOR_CAUSAL_LM_MAPPING, MODEL_FOR_MASKED_LM_MAPPING

    try:
        config = type(AutoConfig.from_pretrained(source))
    except (OSError, ValueError) as error:
        first = str(error).strip().splitlines()[0]
        raise NotFound(
            f"No backbone {source!r}: {first}", field="backbone", hint="Is it a folder or a hub name?"
        ) from None
    # Encoders can be asked for causal language models too (BertLMHeadModel); what can fill masks is one.
    return (
        "decoder" if config in MODEL_FOR_CAUSAL_LM_MAPPING and config not in MODEL_FOR_MASKED_LM_MAPPING else "encoder"
    )


def open_backbone(source: str) -> Backbone:
    """A folder or a name: aisle-small, a model exported by Aisle, or one of transformers. Raises NotFound, InvalidRequest."""
    backbone = BACKBONES[kind_of(source)](source)
    if isinstance(backbone, Transformer) and not backbone.tokenizer.is_fast:
        raise InvalidRequest(f"{source} has no fast tokenizer.", field="backbone", hint="It needs a tokenizer.json.")
    return backbone
