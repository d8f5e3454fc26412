"""What model.json says about where aisle-small comes from; calibration and metrics are filled in once measured."""

from __future__ import annotations

from typing import Any

VERSION = "0.3.0"

DATA = (
    ("fashion product images", "pictures and metadata", "MIT (metadata repository); Kaggle / Myntra"),
    ("GroceryStoreDataset", "iconic pictures and training photos", "MIT"),
    ("clothing-dataset", "phone photos with labels", "CC0"),
    ("Aisle demo shop", "training split of the drawn catalog, not its customer photos", "Apache-2.0, our own"),
    ("retrotech / Best Buy open data", "titles and training queries, text only", "Best Buy open data"),
    ("Multi-CPR", "Chinese shopping queries, text only", "as its authors published it; no licence came with the copy"),
    ("WANDS", "queries with their class, text only", "MIT"),
    ("FashionIQ captions", "text only, for the tokenizer and for how edits are worded", "CDLA"),
    ("MobileNetV2 (TensorFlow)", "teacher of the image tower, not shipped", "Apache-2.0"),
)


def card() -> dict[str, Any]:
    return {
        "name": "aisle-small",
        "version": VERSION,
        "license": "Apache-2.0",
        "calibration": {"text": [10.0, -3.0], "image": [10.0, -5.0]},
        "product_weights": {"image": 0.5, "text": 0.5},
        "training_data": [{"name": name, "used": used, "licence": licence} for name, used, licence in DATA],
        "metrics": {},
    }
