"""Models of the hub by their folder: what ``save_pretrained`` wrote, or an ONNX export of it, is a Model here.

``families.FAMILIES`` maps config.json's ``model_type`` to what an architecture is; a new one is one file and one line.
Nothing of a folder is ever executed: no remote code, no pickles.
"""
