"""What can be configured: ``Config`` for a serving process, ``LanguageModelConfig`` for the language model it may ask,
``SpeechConfig`` for who understands speech, ``SearchSettings`` for one store (changed with no downtime)."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict


class OutOfStock(StrEnum):
    """What happens to products with ``stock`` 0."""

    SHOW = "show"
    DEMOTE = "demote"
    HIDE = "hide"


class ProductVectors(StrEnum):
    """What a product's vector is made of."""

    WHOLE = "pictures and text"
    PICTURES = "pictures"


class SearchSettings(BaseModel):
    """How one store searches. Kept in the store's database; every change is validated whole before it takes effect, and nothing is
    taken for what it isn't: "false" is no weight."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    searchable: dict[str, float] = Field(
        default={
            "title": 3.0,
            "type": 2.0,
            "brand": 2.0,
            "code": 2.0,
            "color": 1.5,
            "attributes": 1.0,
            "description": 0.6,
        },
        description="Text fields that are searched, each with its BM25F boost. 'attributes' is every other text attribute.",
    )
    filterable: list[str] = Field(default=["*"], description="Attributes a filter may name; '*' means every attribute.")
    facetable: list[str] = Field(
        default=["type", "brand", "color", "material", "pattern", "gender", "size", "price", "rating"],
        description="Attributes that may be counted, in the order in which the page shows them.",
    )
    sortable: list[str] = Field(
        default=["price", "rating", "title", "newest"],
        description="Attributes a search may be sorted by, beside relevance.",
    )
    weights: dict[str, float] = Field(
        default={
            "lexical": 1.0,
            "dense": 1.0,
            "phrase": 0.3,
            "similarity": 2.0,
            "understood": 0.6,
            "context": 0.3,
            "popularity": 0.1,
            "stock": 0.2,
        },
        description="Weight of each ranking signal in the score.",
    )
    context: dict[str, Annotated[float, Field(ge=-100, le=100, allow_inf_nan=False)]] = Field(
        default={"session": 0.3, "location": 0.3, "weather": 0.3},
        description="Sources of context that are on, each with the weight it has where a query gives none.",
    )
    trend_feed: str = Field(
        default="",
        max_length=4096,
        description="http(s) URL of JSON Lines {term, score, time}: what the source 'trend' reads, once it is on.",
    )
    fusion: Literal["attention", "deep", "averaging"] = Field(
        default="attention",
        description="How the parts of a query become one vector; a model without such a network averages.",
    )
    understanding: bool = Field(
        default=True,
        description="Whether a query's words are read for type, colour, price and the like: sure ones filter, others rank.",
    )
    synonyms: list[list[str]] = Field(default=[], description="Groups of words or phrases that mean the same.")
    stop_words: list[str] = Field(default=[], description="Words left out of queries, beside the language's own.")
    never_suggest: list[Annotated[str, Field(max_length=100)]] = Field(
        default=[],
        max_length=10_000,
        description="Words that no suggestion may hold, beside the built-in list: a word, begin*, or Chinese found anywhere.",
    )
    suggest_sessions: int = Field(
        default=3,
        ge=2,
        description="In how many sessions a query must have been asked before it is suggested to others.",
    )
    out_of_stock: OutOfStock = Field(
        default=OutOfStock.DEMOTE, strict=False, description="Products with stock 0: show, demote or hide."
    )
    product_vectors: ProductVectors = Field(
        default=ProductVectors.WHOLE,
        strict=False,
        description="What a product's vector is made of: 'pictures and text', or 'pictures' alone. It counts for products "
        "indexed from then on; index the feed again after changing it.",
    )
    weak_match: float = Field(
        default=0.5,
        ge=0,
        le=1,
        description="Calibrated probability below which a purely visual or semantic match is not shown.",
    )


PICTURES_ONLY: Mapping[str, Any] = MappingProxyType(
    {
        "searchable": dict.fromkeys(("title", "type", "brand", "code", "color", "attributes", "description"), 0.0),
        "product_vectors": ProductVectors.PICTURES,
        "understanding": False,
        "weights": {"phrase": 0.0, "similarity": 0.0},
    }
)
"""Settings under which nothing that a product says is searched, only what it shows: to measure vision alone. Attributes stay
filterable. Settings as ``SearchSettings`` takes them; the weights go beside the others."""


class Config(BaseSettings):
    """A serving process. Each value can be set by an environment variable: AISLE_ and the name in capitals."""

    model_config = SettingsConfigDict(env_prefix="AISLE_", frozen=True)

    store: Path = Field(default=Path("store"), description="Folder of the store that is searched and served.")
    model: str = Field(default="aisle-small", description="The model: its name, folder, or id on the hub (owner/name).")
    device: str = Field(
        default="auto", description="Where a model of the hub computes: auto (a GPU if any), cpu, cuda."
    )
    host: str = Field(default="127.0.0.1", description="Address to listen on; anything but localhost needs an API key.")
    port: int = Field(default=8000, ge=0, le=65535, description="Port to listen on.")
    base_path: str = Field(default="", description="Path prefix when served behind a proxy, e.g. /shop.")
    cors_origins: list[str] = Field(default=[], description="Origins whose pages may call the API.")
    rate_limit: float = Field(default=20.0, gt=0, description="Requests a second that one client may keep up.")
    rate_burst: int = Field(default=60, ge=1, description="Requests one client may make at once.")
    max_body_bytes: int = Field(default=32 << 20, description="Largest request body in bytes.")
    max_image_bytes: int = Field(default=16 << 20, description="Largest picture in bytes, as sent.")
    max_image_pixels: int = Field(default=60_000_000, description="Largest picture in pixels, once decoded.")
    max_audio_bytes: int = Field(default=25 << 20, description="Largest recording in bytes, as sent.")
    max_video_bytes: int = Field(default=100 << 20, description="Largest clip in bytes, as sent.")
    fetch_timeout_s: float = Field(default=8.0, gt=0, description="Seconds a picture URL may take in all.")
    query_log_days: int = Field(default=90, ge=0, description="Days a line of the query log is kept; 0 keeps no log.")
    threads: int = Field(default=2, ge=1, description="Threads the model runtime may use.")
    detector: str = Field(
        default="aisle",
        description="What finds the things in a photo: 'aisle' (shipped), 'salience', or the path of a YOLO or NanoDet file (ONNX).",
    )


class LanguageModelConfig(BaseSettings):
    """The large language model that may refine what was understood of a query; off unless ``provider`` says otherwise. Each
    value can be set by an environment variable: AISLE_LLM_ and the name in capitals."""

    # Errors don't quote what was given: it may be the key.
    model_config = SettingsConfigDict(env_prefix="AISLE_LLM_", frozen=True, hide_input_in_errors=True)

    provider: Literal["off", "openai", "transformers"] = Field(
        default="off",
        description="Who answers: off, openai (any endpoint that speaks OpenAI's chat completions), transformers (a folder).",
    )
    model: str = Field(
        default="",
        max_length=4096,
        description="The model: its name at the endpoint, or the folder of a transformers model.",
    )
    url: str = Field(
        default="", max_length=4096, description="Base URL of the endpoint, e.g. http://127.0.0.1:11434/v1 (openai)."
    )
    key: SecretStr = Field(default=SecretStr(""), description="API key of the endpoint; never shown or logged.")
    device: str = Field(default="auto", description="Where a folder's model computes: auto (a GPU if any), cpu, cuda.")
    wait_ms: int = Field(
        default=300,
        ge=0,
        le=60_000,
        description="Milliseconds a search waits for it; what comes later is for the next one.",
    )
    timeout_s: float = Field(default=10.0, gt=0, le=600, description="Seconds one answer may take, retries included.")
    retries: int = Field(default=2, ge=0, le=10, description="Further tries after an error that may pass.")
    max_tokens: int = Field(default=400, ge=16, le=32_768, description="Most tokens of an answer.")
    max_in_flight: int = Field(default=4, ge=1, le=256, description="Most questions asked at once.")
    tokens_per_day: int = Field(
        default=2_000_000,
        ge=0,
        description="Most tokens read and written in a day (UTC) by one process; 0 is no limit.",
    )
    money_per_day: float = Field(
        default=5.0,
        ge=0,
        allow_inf_nan=False,
        description="Most that a day may cost, in the currency of the prices; 0 is no limit.",
    )
    price_in: float = Field(default=0.0, ge=0, allow_inf_nan=False, description="Price of a million tokens read.")
    price_out: float = Field(default=0.0, ge=0, allow_inf_nan=False, description="Price of a million tokens written.")
    breaker_failures: int = Field(
        default=5, ge=1, description="Failures in a row after which it isn't asked for a while."
    )
    breaker_pause_s: float = Field(
        default=30.0, gt=0, description="Seconds until it is tried again, with one question."
    )
    cache_size: int = Field(default=10_000, ge=0, description="Answers that are remembered; 0 remembers none.")
    cache_ttl_s: float = Field(default=86_400.0, gt=0, description="Seconds an answer is remembered.")

    @field_validator("key")
    @classmethod
    def _sendable(cls, key: SecretStr) -> SecretStr:
        return _sendable_key(key)

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if self.provider != "off" and not self.model:
            raise ValueError("AISLE_LLM_MODEL is missing: AISLE_LLM_PROVIDER needs a model")
        if self.provider == "openai":
            _check_address(self.url, "AISLE_LLM")
        return self


class SpeechConfig(BaseSettings):
    """Who understands speech. Each value can be set by an environment variable: AISLE_SPEECH_ and the name in capitals."""

    # Errors don't quote what was given: it may be the key.
    model_config = SettingsConfigDict(env_prefix="AISLE_SPEECH_", frozen=True, hide_input_in_errors=True)

    recognisers: dict[str, str] = Field(
        default={"en": "pocketsphinx+ctc", "zh": "ctc"},
        description="Language code → who understands it: pocketsphinx, ctc, sherpa-onnx, faster-whisper, openai or off; "
        "pocketsphinx+ctc is both together; '*' is any other language.",
    )
    models: dict[str, str] = Field(
        default={},
        description="Language code ('*': any other) → the recogniser's model: a local folder (sherpa-onnx, faster-whisper), "
        "a name (openai).",
    )
    url: str = Field(
        default="",
        max_length=4096,
        description="Base URL of an endpoint with /audio/transcriptions, e.g. http://127.0.0.1:8001/v1 (openai).",
    )
    key: SecretStr = Field(default=SecretStr(""), description="API key of the endpoint; never shown or logged.")
    timeout_s: float = Field(default=10.0, gt=0, le=600, description="Seconds one answer may take, retries included.")
    retries: int = Field(default=1, ge=0, le=10, description="Further tries after an error that may pass.")
    device: str = Field(default="auto", description="Where a folder's model computes: auto (a GPU if any), cpu, cuda.")
    threads: int = Field(
        default=1, ge=1, le=64, description="Threads one utterance may use (sherpa-onnx, faster-whisper)."
    )
    voices: int = Field(
        default=4, ge=1, le=256, description="Utterances decoded at once; further ones wait for their turn."
    )
    synthesiser: str = Field(
        default="",
        max_length=4096,
        description="What reads aloud on the server: espeak-ng, or its path; '' for the browser alone.",
    )
    vocabulary: int = Field(
        default=20_000, ge=100, le=60_000, description="Most words of the language model made of the shop's phrases."
    )

    @field_validator("key")
    @classmethod
    def _sendable(cls, key: SecretStr) -> SecretStr:
        return _sendable_key(key)

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if "openai" in self.recognisers.values():
            _check_address(self.url, "AISLE_SPEECH")
        return self


def _sendable_key(key: SecretStr) -> SecretStr:
    plain = key.get_secret_value().strip()  # a file's last line break, say
    if not all("!" <= char <= "~" for char in plain):
        raise ValueError("it holds characters that no header can carry")
    return SecretStr(plain)


def _check_address(url: str, prefix: str) -> None:
    """Raises ValueError unless ``url`` is an http(s) address and nothing more."""
    try:
        parts = urlsplit(url)
        known = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        known = False
    if not known:
        raise ValueError(f"{prefix}_URL is no http(s) address such as http://127.0.0.1:11434/v1")
    if parts.username or parts.password or parts.query or parts.fragment:
        raise ValueError(f"{prefix}_URL holds more than an address: the key belongs in {prefix}_KEY")
