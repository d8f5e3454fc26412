"""Speech models of a few kilobytes with random weights, in the very files the runtimes read; made when a test asks."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

LFR = 7
BANDS = 80


def sense_voice(folder: Path) -> Path:
    """A folder as sherpa-onnx releases SenseVoice: one linear layer over stacked filter banks, after the four prompt frames."""
    import onnx
    from onnx import TensorProto, helper, numpy_helper

    words = ["<blank>", "▁red", "▁boots", "▁blue", "▁kurta", "<|en|>", "<|NEUTRAL|>", "<|Speech|>", "<|woitn|>"]
    random = np.random.default_rng(3)
    width = LFR * BANDS
    weights = random.standard_normal((width, len(words))).astype(np.float32)
    weights[:, 0] = 0
    weights[:, 5:] = 0
    prompts = np.eye(len(words), dtype=np.float32)[None, 5:]  # what SenseVoice says first: language, mood, kind, form
    graph = helper.make_graph(
        [
            helper.make_node("MatMul", ["x", "weights"], ["scores"]),
            helper.make_node("Concat", ["prompts", "scores"], ["said"], axis=1),
            # The other inputs are read, or the runtime would drop them.
            helper.make_node("Add", ["x_length", "language"], ["a"]),
            helper.make_node("Add", ["a", "text_norm"], ["b"]),
            helper.make_node("Cast", ["b"], ["c"], to=TensorProto.FLOAT),
            helper.make_node("Mul", ["c", "nothing"], ["d"]),
            helper.make_node("Add", ["said", "d"], ["logits"]),
        ],
        "tiny",
        [
            helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, "T", width]),
            *(
                helper.make_tensor_value_info(name, TensorProto.INT32, [1])
                for name in ("x_length", "language", "text_norm")
            ),
        ],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, [1, "T4", len(words)])],
        [
            numpy_helper.from_array(weights, "weights"),
            numpy_helper.from_array(prompts, "prompts"),
            numpy_helper.from_array(np.zeros(1, np.float32), "nothing"),
        ],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    told = {
        "model_type": "sense_voice_ctc", "version": "1", "model_author": "tests", "maintainer": "tests", "comment": "tiny",
        "vocab_size": len(words), "blank_id": 0, "lfr_window_size": LFR, "lfr_window_shift": 6, "normalize_samples": 0,
        "neg_mean": ",".join(["-8"] * width), "inv_stddev": ",".join(["0.3"] * width),
        "lang_auto": 0, "lang_zh": 3, "lang_en": 4, "lang_yue": 7, "lang_ja": 11, "lang_ko": 12,
        "with_itn": 14, "without_itn": 15,
    }  # fmt: skip
    helper.set_model_props(model, {key: str(value) for key, value in told.items()})
    folder.mkdir()
    onnx.save(model, str(folder / "model.onnx"))
    (folder / "tokens.txt").write_text("".join(f"{word} {at}\n" for at, word in enumerate(words)), encoding="utf-8")
    return folder


def transducer(folder: Path) -> Path:
    """A folder as of an offline zipformer transducer: encoder, stateless decoder and joiner of one layer each."""
    import onnx
    from onnx import TensorProto, helper, numpy_helper

    words = ["<blk>", "<sos/eos>", "<unk>", "红", "鞋", "蓝", "包"]
    random = np.random.default_rng(5)
    width = 8

    def save(name: str, nodes: list, inputs: list, outputs: list, weights: dict[str, np.ndarray], told: dict) -> None:
        graph = helper.make_graph(
            nodes, name, inputs, outputs, [numpy_helper.from_array(value, key) for key, value in weights.items()]
        )
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
        helper.set_model_props(model, {key: str(value) for key, value in told.items()})
        onnx.save(model, str(folder / f"{name}.onnx"))

    folder.mkdir()
    floats, whole = TensorProto.FLOAT, TensorProto.INT64
    info = helper.make_tensor_value_info
    save(
        "encoder",
        [
            helper.make_node("MatMul", ["x", "w"], ["encoder_out"]),
            helper.make_node("Identity", ["x_lens"], ["encoder_out_lens"]),
        ],
        [info("x", floats, ["N", "T", BANDS]), info("x_lens", whole, ["N"])],
        [info("encoder_out", floats, ["N", "T", width]), info("encoder_out_lens", whole, ["N"])],
        {"w": random.standard_normal((BANDS, width)).astype(np.float32) * 0.2},
        {"model_type": "zipformer2", "version": "1", "comment": "tiny"},
    )
    save(
        "decoder",
        [
            helper.make_node("Gather", ["table", "y"], ["vectors"], axis=0),
            helper.make_node("ReduceMean", ["vectors"], ["decoder_out"], axes=[1], keepdims=0),
        ],
        [info("y", whole, ["N", 2])],
        [info("decoder_out", floats, ["N", width])],
        {"table": random.standard_normal((len(words), width)).astype(np.float32)},
        {"vocab_size": len(words), "context_size": 2},
    )
    save(
        "joiner",
        [
            helper.make_node("Add", ["encoder_out", "decoder_out"], ["sum"]),
            helper.make_node("MatMul", ["sum", "w"], ["logit"]),
        ],
        [info("encoder_out", floats, ["N", width]), info("decoder_out", floats, ["N", width])],
        [info("logit", floats, ["N", len(words)])],
        {"w": random.standard_normal((width, len(words))).astype(np.float32)},
        {"joiner_dim": width},
    )
    (folder / "tokens.txt").write_text("".join(f"{word} {at}\n" for at, word in enumerate(words)), encoding="utf-8")
    return folder


def whisper(folder: Path) -> Path:
    """A randomly initialised Whisper of one small layer, converted to CTranslate2; its tokenizer knows single bytes."""
    import ctranslate2
    import torch
    from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers
    from transformers import WhisperConfig, WhisperFeatureExtractor, WhisperForConditionalGeneration
    from transformers.models.whisper.tokenization_whisper import LANGUAGES

    vocabulary = {char: at for at, char in enumerate(sorted(pre_tokenizers.ByteLevel.alphabet()))}
    tokenizer = Tokenizer(models.BPE(vocab=vocabulary, merges=[]))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    special = [
        "<|endoftext|>", "<|startoftranscript|>", *(f"<|{code}|>" for code in list(LANGUAGES)[:99]), "<|translate|>",
        "<|transcribe|>", "<|startoflm|>", "<|startofprev|>", "<|nospeech|>", "<|notimestamps|>",
    ]  # fmt: skip
    times = [f"<|{at * 0.02:.2f}|>" for at in range(1501)]
    tokenizer.add_special_tokens([AddedToken(token, special=True) for token in special])
    tokenizer.add_tokens(times)
    end = tokenizer.token_to_id("<|endoftext|>")
    start = tokenizer.token_to_id("<|startoftranscript|>")
    torch.manual_seed(0)
    config = WhisperConfig(
        vocab_size=tokenizer.get_vocab_size(), d_model=16, encoder_layers=1, decoder_layers=1, encoder_attention_heads=2,
        decoder_attention_heads=2, encoder_ffn_dim=16, decoder_ffn_dim=16, pad_token_id=end, bos_token_id=end,
        eos_token_id=end, decoder_start_token_id=start, suppress_tokens=[], begin_suppress_tokens=[end],
    )  # fmt: skip
    source = folder.with_name(f"{folder.name}-source")
    source.mkdir()
    model = WhisperForConditionalGeneration(config)
    letters = [vocabulary[char] for char in "abcdefghij"]
    with torch.no_grad():  # it says letters alone: the scores of all other tokens are 0
        rows = model.get_input_embeddings().weight
        kept = rows[letters].clone() * 50
        rows.zero_()
        rows[letters] = kept
    model.generation_config.suppress_tokens = []
    model.generation_config.begin_suppress_tokens = [end]
    model.generation_config.lang_to_id = {token: tokenizer.token_to_id(token) for token in special if len(token) < 8}
    model.generation_config.no_timestamps_token_id = tokenizer.token_to_id("<|notimestamps|>")
    model.save_pretrained(source)
    WhisperFeatureExtractor().save_pretrained(source)
    tokenizer.save(str(source / "tokenizer.json"))
    (source / "tokenizer_config.json").write_text(
        json.dumps(
            {"tokenizer_class": "PreTrainedTokenizerFast", "eos_token": "<|endoftext|>", "unk_token": "<|endoftext|>"}
        )
    )
    ctranslate2.converters.TransformersConverter(
        str(source), copy_files=["tokenizer.json", "preprocessor_config.json"]
    ).convert(str(folder))
    return folder
