"""Train a model: towers, losses, trainer, export. Needs the ``train`` extra (PyTorch)."""
