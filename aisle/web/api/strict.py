"""What every request's shape is made of."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Strict(BaseModel):
    """Takes what is stated and nothing else: no unknown fields, no numbers in strings."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)
