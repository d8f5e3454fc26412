"""A picture as it arrives → pixels to look at, with bounded time and memory whatever the bytes say.

The kind is read from the content, never from a name. Sizes are checked from the header before anything is decoded. Only
the pixels leave this module: metadata (where a photo was taken, by which camera) is dropped.
"""

from __future__ import annotations

import io
import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType

import numpy as np
from PIL import (
    BmpImagePlugin,
    GifImagePlugin,
    Image,
    JpegImagePlugin,
    PngImagePlugin,
    TiffImagePlugin,
    WebPImagePlugin,
)

from aisle.errors import InvalidMedia
from aisle.perception.isolated import Isolated, at_exit
from aisle.perception.salience import salient
from aisle.types import Box

__all__ = ["Limits", "crop", "decode", "decode_here", "encode_jpeg", "salient"]

MIN_SIDE = 8
MAX_SCANS = 100
"""Scans of a progressive JPEG. Encoders write about ten; thousands of empty ones keep a decoder busy for hours."""

ISOLATED = frozenset({"HEIC", "TIFF"})
"""Kinds that few send and whose decoders, fed with hostile bytes, have taken the process down with them."""

ACCEPTED = "Send a JPEG, PNG, WebP, GIF, BMP, TIFF, HEIC or AVIF picture."


@dataclass(frozen=True, slots=True)
class Limits:
    """What is accepted, and how large a decoded picture may stay: the longest side of the result, in pixels."""

    max_bytes: int = 16 << 20
    max_pixels: int = 60_000_000
    longest: int = 1024


def decode(data: bytes, limits: Limits | None = None) -> np.ndarray:
    """Pixels of the first frame, (h, w, 3) uint8 RGB: turned as EXIF says, on white, longest side ≤ ``limits.longest``.

    A truncated picture is refused: half a product would be indexed as if it were one.
    Raises ``InvalidMedia``, and nothing else, for anything that isn't a sound picture within the limits.
    """
    limits = limits or Limits()
    if len(data) > limits.max_bytes:
        raise _refused(
            f"The picture has {len(data):,} bytes; at most {limits.max_bytes:,} are accepted.", "Send it smaller."
        )
    if _kind(data) not in ISOLATED:
        return decode_here(data, limits)
    told, blobs = _isolated().ask("picture", data, max_pixels=limits.max_pixels, longest=limits.longest)
    return np.frombuffer(bytearray(blobs[0]), np.uint8).reshape(told["shape"])


def decode_here(data: bytes, limits: Limits) -> np.ndarray:
    """``decode`` in this very process, whatever the kind."""
    kind = _kind(data)
    try:
        image = _OPENERS[kind](data, limits)
        _check_size(image.size, limits)
        return _pixels(image, limits.longest)
    except InvalidMedia:
        raise
    except Image.DecompressionBombError as error:  # a GIF's frame can be larger than its screen
        raise _refused("The picture has far too many pixels.", "Send it smaller.") from error
    except Exception as error:  # decoders meet hostile bytes with every kind of exception there is
        raise _refused(
            f"The {kind} picture is broken or truncated.", "Open and save it again, or send another."
        ) from error


def crop(image: np.ndarray, box: Box) -> np.ndarray:
    """The part of a picture (h, w, 3) inside a box, at least ``MIN_SIDE`` pixels each way; a view, not a copy."""
    if not (0 <= box.x0 < box.x1 <= 1 and 0 <= box.y0 < box.y1 <= 1):
        raise InvalidMedia(
            "The region isn't inside the picture.", field="region", hint="x0 < x1 and y0 < y1, all between 0 and 1."
        )
    height, width = image.shape[:2]
    left, right = int(box.x0 * width), int(np.ceil(box.x1 * width))
    top, bottom = int(box.y0 * height), int(np.ceil(box.y1 * height))
    if min(right - left, bottom - top) < min(MIN_SIDE, height, width):
        raise InvalidMedia("The region is too small to recognise anything.", field="region", hint="Draw it larger.")
    return image[top:bottom, left:right]


def encode_jpeg(image: np.ndarray, longest: int, quality: int = 85) -> bytes:
    """A JPEG of (h, w, 3) uint8 pixels without any metadata, made smaller where a side is over ``longest`` pixels."""
    picture = Image.fromarray(image)
    picture.thumbnail((longest, longest), Image.Resampling.LANCZOS, reducing_gap=2.0)
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=quality, optimize=True)
    return out.getvalue()


@lru_cache(maxsize=1)
def _isolated() -> Isolated:
    return at_exit(Isolated("picture"))


def _pixels(image: Image.Image, longest: int) -> np.ndarray:
    image.draft(None, (longest, longest))  # a JPEG decodes at a half, a quarter or an eighth of its size for less
    image.load()
    turn = _TURNS.get(_orientation(image))
    image = _in_resizable_mode(image)
    image.thumbnail((longest, longest), Image.Resampling.LANCZOS, reducing_gap=2.0)
    if image.mode in ("RGBA", "LA"):
        opaque = image.convert("RGBA")
        image = Image.new("RGB", image.size, "white")
        image.paste(opaque, mask=opaque.getchannel("A"))
    image = image.convert("RGB")
    return np.array(image if turn is None else image.transpose(turn))  # (h, w, 3)


def _in_resizable_mode(image: Image.Image) -> Image.Image:
    """Averaging neighbours needs real intensities: no palette, no bits, no 16-bit greys."""
    if image.mode.startswith(("I", "F")):
        return _from_deep_grey(image)
    if "transparency" in image.info or image.mode == "PA":
        return image.convert("RGBA")
    return image if image.mode in ("L", "LA", "RGB", "RGBA", "CMYK") else image.convert("RGB")


def _from_deep_grey(image: Image.Image) -> Image.Image:
    """Greys of 16 bits or more, and floats: black is 0; white is the top of the narrowest usual range that fits."""
    grey = np.nan_to_num(np.asarray(image, np.float32), posinf=0.0, neginf=0.0)
    peak = float(grey.max())
    if image.mode.startswith("I;16"):
        white = 65535.0
    else:
        white = next((top for top in (1.0, 255.0, 65535.0) if peak <= top), peak)
    return Image.fromarray((np.clip(grey / white, 0, 1) * 255 + 0.5).astype(np.uint8))


_TURNS: Mapping[int, Image.Transpose] = MappingProxyType(
    {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_270,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_90,
    }
)
"""What undoes each EXIF orientation (tag 274)."""


def _orientation(image: Image.Image) -> int:
    try:
        return int(image.getexif().get(274, 1))
    except Exception:  # broken metadata is no reason to refuse sound pixels
        return 1


def _check_size(size: tuple[int, int], limits: Limits) -> None:
    width, height = size
    if min(size) < MIN_SIDE:
        raise _refused(f"The picture is {width} × {height} pixels.", f"Each side needs at least {MIN_SIDE}.")
    if width * height > limits.max_pixels:
        raise _refused(
            f"The picture has {width} × {height} pixels; at most {limits.max_pixels:,} in all are accepted.",
            "Send it smaller.",
        )


def _open_jpeg(data: bytes, limits: Limits) -> Image.Image:
    if data.count(b"\xff\xda") > MAX_SCANS:
        raise _refused("The JPEG picture has too many scans.", "Open and save it again.")
    return JpegImagePlugin.JpegImageFile(io.BytesIO(data))


def _open_webp(data: bytes, limits: Limits) -> Image.Image:
    # The decoder sets its canvas aside as soon as it is opened, so the size is read here first.
    if data[12:16] == b"VP8X":
        size = (int.from_bytes(data[24:27], "little") + 1, int.from_bytes(data[27:30], "little") + 1)
    elif data[12:16] == b"VP8L":
        bits = int.from_bytes(data[21:25], "little")
        size = ((bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1)
    else:
        width, height = struct.unpack_from("<HH", data, 26)
        size = (width & 0x3FFF, height & 0x3FFF)
    _check_size(size, limits)
    return WebPImagePlugin.WebPImageFile(io.BytesIO(data))


def _open_tiff(data: bytes, limits: Limits) -> Image.Image:
    image = TiffImagePlugin.TiffImageFile(io.BytesIO(data))
    # A tile is decoded whole, however little of it the picture shows.
    _check_size((int(image.tag_v2.get(322, MIN_SIDE)), int(image.tag_v2.get(323, MIN_SIDE))), limits)
    return image


def _open_heif(data: bytes, limits: Limits) -> Image.Image:
    from pi_heif import open_heif  # loads a decoder of several MB that most pictures don't need

    picture = open_heif(data, convert_hdr_to_8bit=True)
    _check_size(picture.size, limits)
    return picture.to_pillow()


def _open_avif(data: bytes, limits: Limits) -> Image.Image:
    try:
        from PIL.AvifImagePlugin import SUPPORTED, AvifImageFile
    except ImportError:
        SUPPORTED = False
    if not SUPPORTED:
        raise _refused("AVIF pictures can't be read by this installation.", "Update Pillow, or send a JPEG.")
    return AvifImageFile(io.BytesIO(data))


def _plainly(plugin: Callable[[io.BytesIO], Image.Image]) -> Callable[[bytes, Limits], Image.Image]:
    return lambda data, limits: plugin(io.BytesIO(data))


_OPENERS: Mapping[str, Callable[[bytes, Limits], Image.Image]] = MappingProxyType(
    {
        "JPEG": _open_jpeg,
        "PNG": _plainly(PngImagePlugin.PngImageFile),
        "WebP": _open_webp,
        "GIF": _plainly(GifImagePlugin.GifImageFile),
        "BMP": _plainly(BmpImagePlugin.BmpImageFile),
        "TIFF": _open_tiff,
        "HEIC": _open_heif,
        "AVIF": _open_avif,
    }
)
"""Each kind's reader: parses the header, decodes nothing yet."""

_SIGNATURES: tuple[tuple[bytes, str], ...] = (
    (b"\xff\xd8\xff", "JPEG"),
    (b"\x89PNG\r\n\x1a\n", "PNG"),
    (b"GIF87a", "GIF"),
    (b"GIF89a", "GIF"),
    (b"BM", "BMP"),
    (b"II*\0", "TIFF"),
    (b"MM\0*", "TIFF"),
)

_BRANDS: Mapping[bytes, str] = MappingProxyType(
    dict.fromkeys((b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"), "HEIC")
    | dict.fromkeys((b"avif", b"avis"), "AVIF")
)
"""Of ISO base media files ("ftyp" boxes), by major brand."""


def _kind(data: bytes) -> str:
    for signature, kind in _SIGNATURES:
        if data.startswith(signature):
            return kind
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "WebP"
    if data[4:8] == b"ftyp" and data[8:12] in _BRANDS:
        kind = _BRANDS[data[8:12]]
        # Photos of either codec may call themselves mif1; the compatible brands tell them apart.
        return "AVIF" if data[8:12] in (b"mif1", b"msf1") and b"avif" in data[16:64] else kind
    raise _unknown(data)


def _unknown(data: bytes) -> InvalidMedia:
    if not data:
        return _refused("The picture is empty.", ACCEPTED)
    start = data[:1024].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if start.startswith(b"%pdf"):
        return _refused("This is a PDF, not a picture.", "Export the page as a JPEG or PNG.")
    if b"<svg" in start or start.startswith((b"<?xml", b"<!doctype svg")):
        return _refused("SVG drawings aren't accepted: they can carry scripts.", "Export it as a PNG.")
    if start.startswith((b"<!doctype html", b"<html")):
        return _refused("This is a web page, not a picture.", "Give the address of the picture itself.")
    if data[4:8] == b"ftyp":
        return _refused("This is a video, not a picture.", ACCEPTED)
    return _refused("This is no kind of picture that is known here.", ACCEPTED)


def _refused(message: str, hint: str) -> InvalidMedia:
    return InvalidMedia(message, field="image", hint=hint)
