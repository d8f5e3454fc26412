"""Image-only: MobileNet V1 and V2 (Howard et al. 2017, Sandler et al. 2018). Small, quick, blind to colour: a baseline."""

from __future__ import annotations

from aisle.models.hub.family import AS_IT_IS, POOLED, Config, Family, Likely, Tower, always, part

IMAGE = Tower(("pixel_values",), POOLED, exported=((POOLED, AS_IT_IS),))
LIKELY = always(Likely(0.70, 15.0), Likely(0.70, 15.0))
DEPTH = 8
"""Channels come in eights."""


def v1_dim(config: Config) -> int:
    """The last layer has 1024 channels, times the multiplier."""
    return max(int(1024 * part(config, "depth_multiplier", 1.0)), int(part(config, "min_depth", DEPTH)))


def v2_dim(config: Config) -> int:
    """The last layer has 1280 channels; thinner networks keep them unless ``finegrained_output`` is off."""
    multiplier = part(config, "depth_multiplier", 1.0)
    if part(config, "finegrained_output", True) and multiplier < 1.0:
        return 1280
    least, divisor = part(config, "min_depth", DEPTH), part(config, "depth_divisible_by", DEPTH)
    wanted = 1280 * multiplier
    rounded = max(least, int(wanted + divisor / 2) // divisor * divisor)
    return int(rounded + divisor if rounded < 0.9 * wanted else rounded)


MOBILENET_V1 = Family("MobileNet V1", "MobileNetV1Model", v1_dim, image=IMAGE, likely=LIKELY)
MOBILENET_V2 = Family("MobileNet V2", "MobileNetV2Model", v2_dim, image=IMAGE, likely=LIKELY)
