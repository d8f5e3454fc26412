"""Random networks of each architecture, a few thousand weights each, and folders of them; the network stays off."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from aisle.learning.towers import TextShape, TextTower

SMALL: dict[str, Any] = {
    "hidden_size": 16,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "intermediate_size": 32,
    "attention_dropout": 0.0,
}
TEXT: dict[str, Any] = {"vocab_size": 50, "bos_token_id": 1, "eos_token_id": 2, "pad_token_id": 0, **SMALL}
PICTURE: dict[str, Any] = {"image_size": 16, "patch_size": 8, **SMALL}
POSITIONS: dict[str, Any] = {"max_position_embeddings": 32}


def network(architecture: str) -> Any:
    """A random network in eval mode, the same each time."""
    torch.manual_seed(0)
    return ARCHITECTURES[architecture]().eval()


def outputs(architecture: str, made: Any) -> Tensor:
    """What the network says about the same six inputs: (6, numbers)."""
    random = torch.Generator().manual_seed(1)
    ids = torch.randint(3, 50, (6, 7), generator=random)  # (6, 7)
    if architecture == "tower":
        return made(ids)
    if "vision" in architecture:
        return made(pixel_values=torch.randn(6, 3, 16, 16, generator=random)).pooler_output
    answer = made(input_ids=ids, attention_mask=torch.ones_like(ids))
    return answer.logits[:, -1] if hasattr(answer, "logits") else answer.last_hidden_state[:, -1]


def _make(model: str, config: str, **options: Any) -> Callable[[], Any]:
    def make() -> Any:
        import transformers

        return getattr(transformers, model)(getattr(transformers, config)(**options))

    return make


ARCHITECTURES: Mapping[str, Callable[[], Any]] = {
    "tower": lambda: TextTower(TextShape(vocabulary=50, length=16, width=16, layers=2, heads=2, dim=16)),
    "bert": _make("BertModel", "BertConfig", initializer_range=0.2, **TEXT, attention_probs_dropout_prob=0.0, hidden_dropout_prob=0.0),
    "clip_text": _make("CLIPTextModel", "CLIPTextConfig", **TEXT),
    "clip_vision": _make("CLIPVisionModel", "CLIPVisionConfig", **PICTURE),
    "siglip_text": _make("SiglipTextModel", "SiglipTextConfig", **TEXT),
    "siglip_vision": _make("SiglipVisionModel", "SiglipVisionConfig", **PICTURE),
    "gpt2": _make(
        "GPT2LMHeadModel", "GPT2Config", vocab_size=50, n_embd=16, n_layer=2, n_head=2, n_positions=32, initializer_range=0.2,
        bos_token_id=1, eos_token_id=2, attn_pdrop=0.0, embd_pdrop=0.0, resid_pdrop=0.0,
    ),
    "qwen3": _make("Qwen3ForCausalLM", "Qwen3Config", num_key_value_heads=1, head_dim=8, initializer_range=0.2, **POSITIONS, **TEXT),
}  # fmt: skip


def tokenizer(vocabulary: Sequence[str]) -> Any:
    """Whole words, or in a run of Chinese the longest known ones; every character of them is known by itself too."""
    from tokenizers import Regex, Tokenizer, models, pre_tokenizers, processors

    pieces = dict.fromkeys((*vocabulary, *sorted(set("".join(vocabulary)))))
    words = {"[pad]": 0, "[cls]": 1, "[end]": 2, "[unk]": 3, **{word: i + 4 for i, word in enumerate(pieces)}}
    made = Tokenizer(models.WordLevel(words, unk_token="[unk]"))
    known = "|".join(sorted(vocabulary, key=len, reverse=True))
    made.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Split(Regex(known), "isolated")]
    )
    made.post_processor = processors.TemplateProcessing(single="[cls] $A", special_tokens=[("[cls]", 1)])
    return made


def backbone_folder(kind: str, folder: Path, vocabulary: Sequence[str]) -> Path:
    """A backbone of a kind of BACKBONES, saved."""
    from transformers import PreTrainedTokenizerFast

    from aisle.learning.heads.backbone import Decoder, Encoder, Tower

    torch.manual_seed(0)
    made = tokenizer(vocabulary)
    if kind == "tower":
        shape = TextShape(vocabulary=50, length=16, width=32, layers=1, heads=2, dim=16)
        tower = TextTower(shape)
        torch.nn.init.normal_(tower.tokens.weight, std=0.5)  # as of a trained one: int8 activations resolve it
        Tower(tower, made.to_str()).save(folder)
        return folder
    fast = PreTrainedTokenizerFast(tokenizer_object=made, pad_token="[pad]", unk_token="[unk]", eos_token="[end]")
    cls, name = (Encoder, "bert") if kind == "encoder" else (Decoder, "gpt2")
    cls(network(name), fast).save(folder)
    return folder
