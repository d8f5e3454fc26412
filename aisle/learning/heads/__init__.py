"""Task heads on a pretrained backbone: classify a text, tag its pieces, write one of its own.

``registry.HEADS`` lists them, ``backbone.BACKBONES`` what they stand on, ``training`` trains, measures and keeps them.
"""
