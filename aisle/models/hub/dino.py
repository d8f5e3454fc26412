"""Image-only: DINO (Caron et al. 2021; a plain ViT), DINOv2 with and without registers, DINOv3. The [CLS] row."""

from __future__ import annotations

from types import MappingProxyType

from aisle.models.hub.family import AS_IT_IS, HIDDEN, POOLED, Family, Likely, Tower, always, part

EXPORTED = ((POOLED, AS_IT_IS), (HIDDEN, "first"))
LIKELY = always(Likely(0.55, 12.0), Likely(0.55, 12.0))


def vision(label: str, network: str, *, pooler: bool = False) -> Family:
    """A vision transformer; ``pooler`` says that transformers would add a layer nobody trained."""
    return Family(
        label=label,
        network=network,
        dim=lambda config: part(config, "hidden_size", 768),
        image=Tower(("pixel_values",), HIDDEN, "first", exported=EXPORTED[pooler:]),
        options=MappingProxyType({"add_pooling_layer": False} if pooler else {}),
        likely=LIKELY,
    )


VIT = vision("ViT (DINO)", "ViTModel", pooler=True)
DINO_V2 = vision("DINOv2", "Dinov2Model")
DINO_V2_REGISTERS = vision("DINOv2 with registers", "Dinov2WithRegistersModel")
DINO_V3 = vision("DINOv3", "DINOv3ViTModel")
