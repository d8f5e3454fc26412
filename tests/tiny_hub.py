"""Tiny randomly initialised models of every architecture, saved as the hub holds them. Nothing is fetched."""

from __future__ import annotations

import os

os.environ["HF_HUB_OFFLINE"] = "1"  # before anything imports huggingface_hub

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
import transformers as t
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors

SIDE = 32
CLIP_SPECIAL = ("<|startoftext|>", "<|endoftext|>")
QWEN_SPECIAL = ("<|endoftext|>", "<|im_start|>", "<|im_end|>", "<|vision_start|>", "<|vision_end|>", "<|image_pad|>")


def tokenizer(special: Sequence[str], *, before: str = "", after: str = "") -> Tokenizer:
    """Bytes as tokens, the special ones first; ``before`` and ``after`` stand around every text."""
    alphabet = [*special, *sorted(pre_tokenizers.ByteLevel.alphabet())]
    made = Tokenizer(models.BPE({token: i for i, token in enumerate(alphabet)}, []))
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = decoders.ByteLevel()
    made.add_special_tokens(list(special))
    ends = [token for token in (before, after) if token]
    if ends:
        made.post_processor = processors.TemplateProcessing(
            single=f"{before} $A {after}".strip(), special_tokens=[(token, alphabet.index(token)) for token in ends]
        )
    return made


def save_tokenizer(folder: Path, made: Tokenizer, pad: str) -> None:
    t.PreTrainedTokenizerFast(tokenizer_object=made, pad_token=pad).save_pretrained(folder)


SHAPE: Mapping[str, Any] = {
    "hidden_size": 16,
    "intermediate_size": 24,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
}
VISION: Mapping[str, Any] = {**SHAPE, "image_size": SIDE, "patch_size": 8}
LANGUAGE: Mapping[str, Any] = {**SHAPE, "num_key_value_heads": 1, "head_dim": 8, "vocab_size": 300}


def lively(network: Any, seed: int = 0) -> Any:
    """Weights large enough for different inputs to differ."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for parameter in network.parameters():
            if parameter.ndim > 1:
                parameter.normal_(0, 0.25, generator=generator)
    return network.eval()


def clip(folder: Path) -> None:
    text = {**SHAPE, "vocab_size": 300, "max_position_embeddings": 20, "bos_token_id": 0, "eos_token_id": 1}
    config = t.CLIPConfig(text_config={**text, "pad_token_id": 1}, vision_config=VISION, projection_dim=12)
    lively(t.CLIPModel(config)).save_pretrained(folder)
    save_tokenizer(folder, tokenizer(CLIP_SPECIAL, before=CLIP_SPECIAL[0], after=CLIP_SPECIAL[1]), CLIP_SPECIAL[1])
    square = {"height": SIDE, "width": SIDE}
    t.CLIPImageProcessorPil(size={"shortest_edge": SIDE}, crop_size=square).save_pretrained(folder)


def chinese_clip(folder: Path) -> None:
    text = {**SHAPE, "vocab_size": 120, "max_position_embeddings": 64}
    config = t.ChineseCLIPConfig(text_config=text, vision_config=VISION, projection_dim=12)
    lively(t.ChineseCLIPModel(config)).save_pretrained(folder)
    letters = [chr(97 + i) for i in range(26)]
    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *letters, *(f"##{each}" for each in letters), *"红色连衣裙"]
    (folder / "vocab.txt").write_text("\n".join(words), encoding="utf-8")  # all that this one has on the hub
    (folder / "tokenizer_config.json").write_text(json.dumps({"tokenizer_class": "BertTokenizer"}))
    square = {"height": SIDE, "width": SIDE}
    t.ChineseCLIPImageProcessorPil(size=square, do_center_crop=False, crop_size=square).save_pretrained(folder)


def siglip(folder: Path) -> None:
    config = t.SiglipConfig(text_config={**SHAPE, "vocab_size": 300}, vision_config=VISION)
    lively(t.SiglipModel(config)).save_pretrained(folder)
    save_tokenizer(folder, tokenizer(("<pad>", "</s>"), after="</s>"), "<pad>")
    t.SiglipImageProcessorPil(size={"height": SIDE, "width": SIDE}).save_pretrained(folder)


def siglip2(folder: Path) -> None:
    vision = {**SHAPE, "patch_size": 8, "num_patches": 16}
    config = t.Siglip2Config(text_config={**SHAPE, "vocab_size": 256_000}, vision_config=vision)
    lively(t.Siglip2Model(config)).save_pretrained(folder)
    save_tokenizer(folder, tokenizer(("<pad>", "<eos>"), after="<eos>"), "<pad>")
    t.Siglip2ImageProcessorPil(patch_size=8, max_num_patches=16).save_pretrained(folder)


def qwen3_vl(folder: Path) -> None:
    """As Qwen3-VL-Embedding is published: the language model's head and all."""
    vision = {"depth": 2, "hidden_size": 16, "intermediate_size": 24, "num_heads": 2, "patch_size": 4}
    vision |= {"spatial_merge_size": 2, "out_hidden_size": 16, "num_position_embeddings": 64}
    rope = {"rope_type": "default", "mrope_section": [2, 1, 1], "rope_theta": 10_000.0}
    ids = {f"{name}_token_id": QWEN_SPECIAL.index(f"<|{name}|>") for name in ("vision_start", "vision_end")}
    config = t.Qwen3VLConfig(
        text_config={**LANGUAGE, "rope_parameters": rope},
        vision_config={**vision, "deepstack_visual_indexes": [0]},
        image_token_id=QWEN_SPECIAL.index("<|image_pad|>"),
        video_token_id=299,
        **ids,
    )
    lively(t.Qwen3VLForConditionalGeneration(config)).save_pretrained(folder)
    save_tokenizer(folder, tokenizer(QWEN_SPECIAL), "<|endoftext|>")
    t.Qwen2VLImageProcessorPil(
        patch_size=4, merge_size=2, size={"shortest_edge": 256, "longest_edge": 4096}
    ).save_pretrained(folder)


def bert(folder: Path) -> None:
    """As MiniLM is published, with sentence-transformers' files, and with the lengths of training in its tokenizer."""
    config = t.BertConfig(**SHAPE, vocab_size=300, max_position_embeddings=40)
    lively(t.BertModel(config)).save_pretrained(folder)
    made = tokenizer(("[PAD]", "[UNK]", "[CLS]", "[SEP]"), before="[CLS]", after="[SEP]")
    save_tokenizer(folder, made, "[PAD]")
    made.enable_truncation(8)
    made.enable_padding(length=8)
    made.save(str(folder / "tokenizer.json"))
    (folder / "1_Pooling").mkdir()
    (folder / "1_Pooling" / "config.json").write_text(json.dumps({"pooling_mode_mean_tokens": True}))
    (folder / "sentence_bert_config.json").write_text(json.dumps({"max_seq_length": 32}))
    kinds = ("models.Transformer", "models.Pooling", "models.Normalize")
    modules = [{"idx": i, "type": f"sentence_transformers.{kind}"} for i, kind in enumerate(kinds)]
    (folder / "modules.json").write_text(json.dumps(modules))


def e5(folder: Path) -> None:
    config = t.XLMRobertaConfig(**SHAPE, vocab_size=300, max_position_embeddings=42, pad_token_id=1)
    lively(t.XLMRobertaModel(config)).save_pretrained(folder)
    save_tokenizer(folder, tokenizer(("<s>", "<pad>", "</s>"), before="<s>", after="</s>"), "<pad>")


def qwen3(folder: Path) -> None:
    lively(t.Qwen3Model(t.Qwen3Config(**LANGUAGE))).save_pretrained(folder)
    save_tokenizer(folder, tokenizer(QWEN_SPECIAL, after="<|endoftext|>"), "<|endoftext|>")


def dinov2(folder: Path) -> None:
    lively(t.Dinov2Model(t.Dinov2Config(**VISION))).save_pretrained(folder)
    square = {"height": SIDE, "width": SIDE}
    t.BitImageProcessorPil(size={"shortest_edge": 40}, crop_size=square).save_pretrained(folder)


def dino(folder: Path) -> None:
    """As DINO is published: a ViT whose pooling layer was never trained."""
    lively(t.ViTModel(t.ViTConfig(**VISION), add_pooling_layer=False)).save_pretrained(folder)
    t.ViTImageProcessorPil(size={"height": SIDE, "width": SIDE}).save_pretrained(folder)


def dinov3(folder: Path) -> None:
    lively(t.DINOv3ViTModel(t.DINOv3ViTConfig(**VISION, num_register_tokens=2))).save_pretrained(folder)
    said = {
        "image_processor_type": "DINOv3ViTImageProcessorFast",
        "size": {"height": SIDE, "width": SIDE},
        "resample": 2,
    }
    (folder / "preprocessor_config.json").write_text(json.dumps(said))


def mobilenet(folder: Path) -> None:
    config = t.MobileNetV2Config(depth_multiplier=0.1, image_size=SIDE)
    lively(t.MobileNetV2ForImageClassification(config)).save_pretrained(folder)
    square = {"height": SIDE, "width": SIDE}
    t.MobileNetV2ImageProcessorPil(size={"shortest_edge": 40}, crop_size=square).save_pretrained(folder)


def mobilenet_v1(folder: Path) -> None:
    lively(t.MobileNetV1Model(t.MobileNetV1Config(depth_multiplier=0.1, image_size=SIDE))).save_pretrained(folder)
    square = {"height": SIDE, "width": SIDE}
    t.MobileNetV1ImageProcessorPil(size={"shortest_edge": 40}, crop_size=square).save_pretrained(folder)


@dataclass(frozen=True)
class Tiny:
    """How a folder is made, and what it is expected to become."""

    make: Callable[[Path], None]
    modalities: frozenset[str] = frozenset({"image", "text"})
    dim: int = 16


TEXT, IMAGE = frozenset({"text"}), frozenset({"image"})
ARCHITECTURES: Mapping[str, Tiny] = {
    "clip-tiny": Tiny(clip, dim=12),
    "chinese-clip-tiny": Tiny(chinese_clip, dim=12),
    "siglip-tiny": Tiny(siglip),
    "siglip2-tiny": Tiny(siglip2),
    "qwen3-vl-tiny": Tiny(qwen3_vl),
    "minilm-tiny": Tiny(bert, TEXT),
    "multilingual-e5-tiny": Tiny(e5, TEXT),
    "qwen3-tiny": Tiny(qwen3, TEXT),
    "dinov2-tiny": Tiny(dinov2, IMAGE),
    "dino-tiny": Tiny(dino, IMAGE),
    "dinov3-tiny": Tiny(dinov3, IMAGE),
    "mobilenet-v2-tiny": Tiny(mobilenet, IMAGE, 1280),
    "mobilenet-v1-tiny": Tiny(mobilenet_v1, IMAGE, 102),
}
