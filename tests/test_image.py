"""Pictures: every kind is read right, hostile and broken ones are refused with a hint, in bounded time and memory."""

import contextlib
import io
import os
import resource
import struct
import time
import zlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw, features

from aisle.errors import InvalidMedia
from aisle.perception.image import Limits, crop, decode, encode_jpeg, salient
from aisle.types import Box

QUICK = settings(max_examples=150)


def scene(width: int = 120, height: int = 80) -> Image.Image:
    """Red left top, green right top, blue left bottom, white right bottom: any turn or flip shows."""
    image = Image.new("RGB", (width, height), "white")
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 0, width // 2 - 1, height // 2 - 1), fill=(220, 20, 20))
    draw.rectangle((width // 2, 0, width, height // 2 - 1), fill=(20, 200, 20))
    draw.rectangle((0, height // 2, width // 2 - 1, height), fill=(20, 20, 220))
    return image


def saved(image: Image.Image, kind: str, **options: object) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def distance(pixels: np.ndarray, image: Image.Image) -> float:
    return float(np.abs(pixels.astype(int) - np.asarray(image.convert("RGB"), int)).mean())


def png(width: int, height: int, rows: bytes, depth: int = 8, colour: int = 2, interlace: int = 0) -> bytes:
    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, interlace)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows, 9)) + chunk(b"IEND", b"")


KINDS = ["JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", *(["AVIF"] if features.check("avif") else [])]
HEIC = Path(__file__).with_name("golden") / "photo.heic"


class TestKinds:
    @pytest.mark.parametrize("kind", KINDS)
    def test_every_kind_by_content(self, kind: str) -> None:
        pixels = decode(saved(scene(), kind))
        assert pixels.shape == (80, 120, 3) and pixels.dtype == np.uint8 and pixels.flags.writeable
        assert distance(pixels, scene()) < 5

    @pytest.mark.parametrize("name", ["photo.heic", "photo-turned.heic"])
    def test_heic(self, name: str) -> None:
        pixels = decode(HEIC.with_name(name).read_bytes())
        assert pixels.shape == (80, 120, 3)
        assert distance(pixels, scene()) < 6

    @pytest.mark.parametrize(
        ("mode", "kind"), [("L", "PNG"), ("1", "PNG"), ("P", "GIF"), ("CMYK", "JPEG"), ("CMYK", "TIFF")]
    )
    def test_modes(self, mode: str, kind: str) -> None:
        image = scene().convert(mode)
        assert distance(decode(saved(image, kind)), image) < 5

    def test_16_bit_grey(self) -> None:
        ramp = np.linspace(0, 65535, 64 * 64).reshape(64, 64).astype(np.uint16)
        for kind in ("PNG", "TIFF"):
            pixels = decode(saved(Image.fromarray(ramp), kind))
            assert np.abs(pixels[..., 0].astype(int) - ramp / 257).max() <= 1

    def test_16_bit_colour(self) -> None:
        row = b"\0" + struct.pack(">HHH", 65535, 32768, 0) * 16
        assert decode(png(16, 16, row * 16, depth=16))[3, 3].tolist() == [255, 128, 0]

    def test_float_tiff_with_broken_values(self) -> None:
        grey = np.full((16, 16), 0.5, np.float32)
        grey[0, 0], grey[0, 1], grey[0, 2] = np.nan, np.inf, 1.0
        assert decode(saved(Image.fromarray(grey), "TIFF"))[8, 8].tolist() == [128, 128, 128]

    def test_alpha_is_laid_on_white(self) -> None:
        clear = Image.new("RGBA", (16, 16), (255, 0, 0, 0))
        half = Image.new("RGBA", (16, 16), (255, 0, 0, 128))
        for kind in ("PNG", "TIFF"):
            assert (decode(saved(clear, kind)) == 255).all()
            assert np.abs(decode(saved(half, kind))[0, 0].astype(int) - [255, 127, 127]).max() <= 1

    def test_transparent_palette_is_laid_on_white(self) -> None:
        image = Image.new("P", (16, 16), 0)
        image.putpalette([255, 0, 0, 0, 255, 0])
        assert (decode(saved(image, "PNG", transparency=0)) == 255).all()
        assert (decode(saved(image, "GIF", transparency=0)) == 255).all()

    @pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG", "TIFF"])
    def test_first_frame_of_many(self, kind: str) -> None:
        frames = [Image.new("RGB", (32, 32), colour) for colour in ("red", "lime", "blue")]
        data = saved(frames[0], kind, save_all=True, append_images=frames[1:])
        assert np.abs(decode(data)[16, 16].astype(int) - [255, 0, 0]).max() < 8

    @pytest.mark.parametrize("orientation", range(1, 9))
    @pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF"])
    def test_exif_turns(self, kind: str, orientation: int) -> None:
        undo = [None, 0, 3, 1, 5, 2, 6, 4][orientation - 1]  # Transpose that stores the scene as the camera would
        stored = scene() if undo is None else scene().transpose(Image.Transpose(undo))
        exif = Image.Exif()
        exif[274] = orientation
        assert distance(decode(saved(stored, kind, exif=exif)), scene()) < 5

    def test_longest_side(self) -> None:
        data = saved(scene(3000, 1000), "JPEG")
        assert decode(data).shape == (341, 1024, 3)
        assert decode(data, Limits(longest=300)).shape == (100, 300, 3)
        assert decode(saved(scene(60, 40), "PNG")).shape == (40, 60, 3)

    def test_very_thin(self) -> None:
        pixels = decode(saved(Image.new("RGB", (20000, 8)), "PNG"))
        assert pixels.shape == (1, 1024, 3)
        assert salient(pixels) == Box(0, 0, 1, 1)

    def test_no_metadata_survives(self) -> None:
        exif = Image.Exif()
        exif[274], exif[0x010E] = 6, "at home"
        exif.get_ifd(0x8825)[2] = (48.0, 8.0, 0.0)
        again = encode_jpeg(decode(saved(scene(), "JPEG", exif=exif)), 64)
        assert b"Exif" not in again and b"at home" not in again
        assert not Image.open(io.BytesIO(again)).getexif()


class TestRefusals:
    @pytest.mark.parametrize(
        ("data", "says"),
        [
            (b"", "empty"),
            (b"hello", "no kind of picture"),
            (b'<?xml version="1.0"?><svg xmlns="x"><script>alert(1)</script></svg>', "SVG"),
            (b"\xef\xbb\xbf  <SVG onload='x()'/>", "SVG"),
            (b"%PDF-1.7 ...", "PDF"),
            (b"<!DOCTYPE html><html>", "web page"),
            (b"\0\0\0\x20ftypisom\0\0\0\0", "video"),
            (b"\x89PNG\r\n\x1a\n", "broken"),
            (b"\xff\xd8\xff", "broken"),
            (b"RIFF\0\0\0\0WEBP", "broken"),
            (b"RIFF\0\0\0\0WEBPVP8X", "WebP|pixels"),
            (b"GIF89a", "broken"),
            (b"BM", "broken"),
            (b"II*\0", "broken"),
            (b"\0\0\0\x18ftypheic\0\0\0\0heicmif1", "broken"),
            (b"\0\0\0\x18ftypavif\0\0\0\0avifmif1", "broken|AVIF"),
        ],
    )
    def test_what_it_is_and_what_to_do(self, data: bytes, says: str) -> None:
        with pytest.raises(InvalidMedia, match=says) as told:
            decode(data)
        assert told.value.field == "image" and told.value.hint

    def test_too_many_bytes(self) -> None:
        with pytest.raises(InvalidMedia, match="bytes"):
            decode(saved(scene(), "PNG"), Limits(max_bytes=100))

    def test_too_small(self) -> None:
        with pytest.raises(InvalidMedia, match="7 × 90"):
            decode(saved(scene(7, 90), "PNG"))
        assert decode(saved(scene(8, 8), "PNG")).shape == (8, 8, 3)

    @pytest.mark.parametrize("kind", KINDS)
    def test_too_many_pixels(self, kind: str) -> None:
        with pytest.raises(InvalidMedia, match="120 × 80 pixels"):
            decode(saved(scene(), kind), Limits(max_pixels=9599))

    @pytest.mark.parametrize("kind", KINDS)
    def test_truncated(self, kind: str) -> None:
        noise = Image.fromarray(np.random.default_rng(0).integers(0, 255, (90, 90, 3), np.uint8))
        data = saved(noise, kind)
        for share in (0.2, 0.6, 0.95):
            with pytest.raises(InvalidMedia, match="truncated"):
                decode(data[: int(len(data) * share)])


class TestBombs:
    """Each would take gigabytes or minutes from a decoder that believes it."""

    @pytest.fixture(autouse=True)
    def bounded(self):
        started, before = time.process_time(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        yield
        assert time.process_time() - started < 5
        assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 400 << 10  # KiB

    def test_png_of_a_few_kilobytes(self) -> None:
        data = png(30_000, 30_000, b"\0" * 3_000_000)
        assert len(data) < 10_000
        with pytest.raises(InvalidMedia, match="30000 × 30000"):
            decode(data)

    def test_png_that_lies_about_its_rows(self) -> None:
        with pytest.raises(InvalidMedia, match="truncated"):
            decode(png(7000, 7000, b"\0" * 1000))

    def test_png_with_a_huge_profile(self) -> None:
        body = b"icc\0\0" + zlib.compress(b"\0" * (70 << 20), 9)
        chunk = struct.pack(">I", len(body)) + b"iCCP" + body + struct.pack(">I", zlib.crc32(b"iCCP" + body))
        plain = png(16, 16, (b"\0" + b"\x40" * 48) * 16)
        with contextlib.suppress(InvalidMedia):
            decode(plain[:33] + chunk + plain[33:])

    def test_gif_with_a_frame_beyond_its_screen(self) -> None:
        data = bytearray(saved(Image.new("P", (16, 16)), "GIF"))
        at = data.index(b",\0\0\0\0")
        data[at + 5 : at + 9] = struct.pack("<HH", 65535, 65535)
        with pytest.raises(InvalidMedia, match="too many pixels"):
            decode(bytes(data))

    def test_webp_canvas(self) -> None:
        size = (16383).to_bytes(3, "little")
        data = b"RIFF\x40\0\0\0WEBPVP8X\x0a\0\0\0\x02\0\0\0" + size + size + b"ANIM" + b"\0" * 40
        with pytest.raises(InvalidMedia, match="16384 × 16384"):
            decode(data)

    def test_tiff_with_many_pages(self) -> None:
        pages = [Image.new("L", (8, 8))] * 500
        assert decode(saved(pages[0], "TIFF", save_all=True, append_images=pages[1:])).shape == (8, 8, 3)

    def test_tiff_with_huge_tiles(self) -> None:
        tags = [
            (256, 16),
            (257, 16),
            (258, 8),
            (259, 5),
            (262, 1),
            (277, 1),
            (322, 65520),
            (323, 65520),
            (324, 8),
            (325, 10),
        ]
        data = b"II*\0\x08\0\0\0" + struct.pack("<H", len(tags))
        data += b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in tags) + b"\0\0\0\0"
        with pytest.raises(InvalidMedia, match="65520 × 65520"):
            decode(data)

    def test_jpeg_with_endless_scans(self) -> None:
        data = saved(scene(2000, 2000), "JPEG", progressive=True)
        last = data.rindex(b"\xff\xda")
        with pytest.raises(InvalidMedia, match="scans"):
            decode(data[:-2] + data[last:-2] * 5000 + data[-2:])

    def test_bmp_header(self) -> None:
        header = b"BM" + struct.pack("<IHHI", 60, 0, 0, 54)
        header += struct.pack("<IiiHHIIiiII", 40, 2_000_000_000, 2_000_000_000, 1, 24, 0, 0, 0, 0, 0, 0)
        with pytest.raises(InvalidMedia, match="pixels"):
            decode(header + b"\0" * 60)

    def test_large_photo_within_the_limits(self) -> None:
        pixels = decode(saved(Image.new("RGB", (8000, 6000), "teal"), "JPEG"))
        assert pixels.shape == (768, 1024, 3)


class TestFuzz:
    @QUICK
    @given(st.binary(max_size=400))
    def test_arbitrary_bytes(self, data: bytes) -> None:
        with pytest.raises(InvalidMedia):
            decode(data)

    @QUICK
    @given(
        st.sampled_from([*KINDS, "HEIC"]),
        st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 255)), min_size=1, max_size=12),
        st.booleans(),
    )
    def test_mutated_pictures(self, kind: str, changes: list[tuple[float, int]], near_header: bool) -> None:
        data = bytearray(HEIC.read_bytes() if kind == "HEIC" else saved(scene(48, 32), kind))
        for place, value in changes:
            data[int(place * (min(120, len(data)) if near_header else len(data)))] = value
        try:
            pixels = decode(bytes(data), Limits(max_pixels=4_000_000))
        except InvalidMedia as error:
            assert error.hint
        else:
            assert pixels.dtype == np.uint8 and pixels.ndim == 3 and max(pixels.shape) <= 1024

    @QUICK
    @given(st.integers(1, 90), st.integers(1, 90), st.integers(0, 2**32 - 1))
    def test_salient_is_a_box(self, height: int, width: int, seed: int) -> None:
        rng = np.random.default_rng(seed)
        box = salient(rng.integers(0, 256, (height, width, 3), dtype=np.uint8))
        assert 0 <= box.x0 < box.x1 <= 1 and 0 <= box.y0 < box.y1 <= 1


class TestCrop:
    def test_fractions_to_pixels(self) -> None:
        image = np.asarray(scene())
        assert (crop(image, Box(0, 0, 0.5, 0.5)) == (220, 20, 20)).all()
        assert crop(image, Box(0, 0, 1, 1)).shape == image.shape

    @pytest.mark.parametrize(
        "box", [Box(0.5, 0, 0.5, 1), Box(-0.1, 0, 1, 1), Box(0, 0, 1.1, 1), Box(float("nan"), 0, 1, 1)]
    )
    def test_outside(self, box: Box) -> None:
        with pytest.raises(InvalidMedia) as told:
            crop(np.asarray(scene()), box)
        assert told.value.field == "region"

    def test_too_small(self) -> None:
        with pytest.raises(InvalidMedia, match="too small"):
            crop(np.asarray(scene()), Box(0, 0, 0.01, 0.01))


class TestSalient:
    @staticmethod
    def overlap(a: Box, b: Box) -> float:
        width, height = min(a.x1, b.x1) - max(a.x0, b.x0), min(a.y1, b.y1) - max(a.y0, b.y0)
        both = max(0.0, width) * max(0.0, height)
        return both / ((a.x1 - a.x0) * (a.y1 - a.y0) + (b.x1 - b.x0) * (b.y1 - b.y0) - both)

    @pytest.mark.parametrize("backdrop", ["plain", "two colours", "stripes", "noise"])
    def test_finds_the_object(self, backdrop: str) -> None:
        rng = np.random.default_rng(1)
        image = np.full((300, 400, 3), 235, np.uint8)
        if backdrop == "two colours":
            image[180:] = (150, 110, 70)
        elif backdrop == "stripes":
            image[:, ::20] = (180, 190, 200)
        elif backdrop == "noise":
            image = rng.integers(120, 200, image.shape, dtype=np.uint8)
        truth = Box(0.3, 0.2, 0.75, 0.8)
        image[60:240, 120:300] = (190, 30, 60)
        assert self.overlap(salient(image), truth) > 0.7

    def test_white_on_white_with_a_print(self) -> None:
        image = np.full((300, 300, 3), 255, np.uint8)
        image[40:260, 60:240] = 246
        image[100:160, 120:180] = (0, 120, 200)
        assert self.overlap(salient(image), Box(0.2, 0.13, 0.8, 0.87)) > 0.75

    def test_nothing_stands_out(self) -> None:
        assert salient(np.full((200, 200, 3), 90, np.uint8)) == Box(0, 0, 1, 1)

    def test_quick(self) -> None:
        image = np.random.default_rng(0).integers(0, 255, (1024, 1024, 3), dtype=np.uint8)
        salient(image)
        took = min(self.timed(image) for _ in range(5))
        assert took < 1.0  # a few ms on a quiet machine

    @staticmethod
    def timed(image: np.ndarray) -> float:
        started = time.process_time()
        salient(image)
        return time.process_time() - started

    @pytest.mark.real
    def test_photos_of_clothes(self) -> None:
        """Clothes laid out for a photo fill its middle: a box that misses the middle or is a sliver has failed."""
        folder = Path(os.environ.get("AISLE_DATA", "")) / "clothing_photos"
        if not os.environ.get("AISLE_DATA") or not folder.is_dir():
            pytest.skip("AISLE_DATA isn't set or has no clothing_photos")
        files = sorted(folder.rglob("*.jpg"))[::40]
        boxes = [salient(decode(file.read_bytes())) for file in files]
        good = [box.x0 < 0.45 and box.x1 > 0.55 and box.y0 < 0.5 and box.y1 > 0.55 for box in boxes]
        assert np.mean(good) > 0.9


def test_encode_jpeg_shrinks() -> None:
    data = encode_jpeg(np.asarray(scene(600, 300)), 200)
    assert Image.open(io.BytesIO(data)).size == (200, 100)
    assert distance(decode(encode_jpeg(np.asarray(scene()), 500)), scene()) < 4
