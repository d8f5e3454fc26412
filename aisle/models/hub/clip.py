"""CLIP (Radford et al. 2021): OpenAI's, LAION's, FashionCLIP and others saved in transformers' own format."""

from aisle.models.hub.family import AS_IT_IS, POOLED, Family, Tower, part

IMAGE = Tower(
    ("pixel_values",), POOLED, call="get_image_features", exported=(("image_embeds", AS_IT_IS),)
)  # transformers 5 puts the projected row into pooler_output
TEXT = Tower(("input_ids", "attention_mask"), POOLED, call="get_text_features", exported=(("text_embeds", AS_IT_IS),))

CLIP = Family(
    label="CLIP",
    network="CLIPModel",
    dim=lambda config: part(config, "projection_dim", 512),
    image=IMAGE,
    text=TEXT,
    length=lambda config: part(config, "text_config.max_position_embeddings", 77),
)
