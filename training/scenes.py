"""Pictures with several things in them, and where these are: composed of cut-outs on grounds, the same from the same generator.

Four kinds: a room (floor, wall, window; furniture by depth, things on top of it, frames and lamps on the wall), things on a ground,
one thing large on a ground as shoppers hold it, and real photos whose things are known roughly, at times with more put on them.
"""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from PIL import Image, ImageFilter

from training.augment import perspective
from training.cutouts import Bank, Cutout, Photo

Rng = np.random.Generator
LEAST_SEEN = 0.3
"""A thing of which less is seen than this share is no answer."""
LEAST_PIXELS = 10
"""Of the shorter side, at 256 pixels: smaller things are no answer either."""


@dataclass
class Scene:
    """A square picture in the making. ``owner`` (size, size) says which thing each pixel shows, −1 none; ``whole`` how many pixels
    each thing has if nothing covers it."""

    pixels: np.ndarray
    owner: np.ndarray
    whole: list[int] = field(default_factory=list)
    given: list[np.ndarray] = field(default_factory=list)
    """Boxes (4,) in pixels that came with a photo."""

    @classmethod
    def on(cls, ground: np.ndarray) -> Scene:
        return cls(ground.astype(np.float32), np.full(ground.shape[:2], -1, np.int16))

    def put(
        self, thing: np.ndarray, x: int, y: int, shade: float, counted: bool = True, shift: tuple[int, int] = (3, 4)
    ) -> None:
        """``thing`` (h, w, 4) uint8 with its upper left corner at (x, y), a soft shadow of strength ``shade`` below it."""
        size = len(self.pixels)
        if shade:
            alpha = Image.fromarray(thing[:, :, 3]).filter(ImageFilter.BoxBlur(5))
            _blend(
                self.pixels,
                np.zeros(3, np.float32),
                np.asarray(alpha, np.float32) / 255 * shade,
                x + shift[0],
                y + shift[1],
            )
        cover = thing[:, :, 3].astype(np.float32) / 255
        _blend(self.pixels, thing[:, :, :3], cover, x, y)
        window = _window(size, x, y, thing.shape)
        if window is None:
            return
        there, own = window
        seen = cover[own] > 0.5
        if counted:
            self.whole.append(int((cover > 0.5).sum()))
        self.owner[there][seen] = len(self.whole) - 1 if counted else -1

    def boxes(self) -> np.ndarray:
        """(n, 4) corners in pixels of what is seen of each thing that is seen well enough."""
        found = []
        for thing, whole in enumerate(self.whole):
            mask = self.owner == thing
            if mask.sum() < max(LEAST_SEEN * whole, 30):
                continue
            rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
            box = np.array([columns[0], rows[0], columns[-1] + 1, rows[-1] + 1], np.float32)
            if (box[2:] - box[:2]).min() >= LEAST_PIXELS * len(self.pixels) / 256:
                found.append(box)
        for box in self.given:
            x0, y0, x1, y1 = box.astype(int)
            if (self.owner[y0:y1, x0:x1] >= 0).mean() < 0.4:
                found.append(box.astype(np.float32))
        return np.stack(found) if found else np.zeros((0, 4), np.float32)


def compose(bank: Bank, rng: Rng, size: int) -> tuple[np.ndarray, np.ndarray]:
    """→ a picture (size, size, 3) uint8 and the boxes of its things (n, 4) float32, corners in pixels."""
    draw = (_room, _strewn, _single, _photo)[rng.choice(4, p=(0.42, 0.24, 0.14, 0.2))]
    scene = draw(bank, rng, size)
    boxes, pixels = scene.boxes(), _camera(np.clip(scene.pixels, 0, 255), rng)
    return _turned_round(*_framed(pixels, boxes, rng), rng)


SIDE = 256
MOST = 24
"""Boxes of a scene that are kept: what is beyond are the last ones put."""


def pool(bank: Bank, folder: Path, count: int, seed: int) -> None:
    """Scenes composed once and kept in ``folder``: pixels.npy (count, SIDE, SIDE, 3) uint8, boxes.npy (count, MOST, 4), NaN where
    there are fewer. Goes on where an interrupted run stopped."""
    folder.mkdir(parents=True, exist_ok=True)
    part, done_file = folder / "pixels.npy", folder / "done.txt"
    done = int(done_file.read_text()) if done_file.exists() else 0
    if done >= count:
        return
    shapes = {"pixels": ((count, SIDE, SIDE, 3), np.uint8), "boxes": ((count, MOST, 4), np.float32)}
    mode = "r+" if part.exists() and done else "w+"
    held = {n: np.lib.format.open_memmap(folder / f"{n}.npy", mode, d, s) for n, (s, d) in shapes.items()}
    for number in range(done, count):
        pixels, boxes = compose(bank, np.random.default_rng([seed, number]), SIDE)
        held["pixels"][number], held["boxes"][number] = pixels, np.nan
        held["boxes"][number, : len(boxes)] = boxes[:MOST]
        if number % 100 == 99 or number + 1 == count:
            for array in held.values():
                array.flush()
            done_file.write_text(str(number + 1))


def _pick(bank: Bank, rng: Rng, *families: str) -> Cutout:
    while True:
        one = bank.cutouts[rng.integers(len(bank.cutouts))]
        if not families or one.family in families:
            return one


def _sized(
    thing: Cutout, longest: float, rng: Rng, turn: float = 0.0, warp: float = 0.0, squash: float = 1.0
) -> np.ndarray:
    """The cut-out at another size, now and then mirrored, turned by degrees, each corner moved by up to ``warp``."""
    pixels = thing.pixels[:, ::-1] if rng.random() < 0.5 else thing.pixels
    height, width = pixels.shape[:2]
    scale = longest / max(height, width)
    wide, high = max(3.0, width * scale * rng.uniform(0.85, 1.15)), max(3.0, height * scale * squash)
    picture = Image.fromarray(np.ascontiguousarray(pixels), "RGBA")
    if not turn and not warp:
        return np.asarray(
            picture.convert("RGBa").resize((round(wide), round(high)), Image.Resampling.BILINEAR).convert("RGBA")
        )
    half = np.array([(-1, -1), (1, -1), (1, 1), (-1, 1)]) * (wide / 2, high / 2)
    angle = np.deg2rad(turn)
    quad = half @ np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    quad = quad + rng.uniform(-warp, warp, (4, 2)) * longest
    quad -= quad.min(0)
    target = tuple(int(side) for side in np.ceil(quad.max(0)).clip(min=2))
    source = np.array([(0, 0), (width, 0), (width, height), (0, height)], float)
    moved = picture.convert("RGBa").transform(
        target, Image.Transform.PERSPECTIVE, perspective(quad, source), Image.Resampling.BILINEAR
    )
    return np.asarray(moved.convert("RGBA"))


def _ground(bank: Bank, rng: Rng, width: int, height: int) -> np.ndarray:
    """(height, width, 3): a part of some ground at some size, turned, blurred at times; or plain with a slope of light."""
    if rng.random() < 0.2:
        base = rng.uniform(40, 250) + rng.normal(0, 14, 3)
        light = np.linspace(1, rng.uniform(0.75, 1.2), height)[:, None] * np.linspace(1, rng.uniform(0.8, 1.2), width)
        return (base * light[:, :, None]).clip(0, 255).astype(np.uint8)
    picture = bank.grounds[rng.integers(len(bank.grounds))]
    picture = np.rot90(picture, int(rng.integers(4)))
    high, wide = picture.shape[:2]
    share = rng.uniform(0.35, 1.0)
    w, h = max(8, int(wide * share)), max(8, int(high * share))
    x, y = rng.integers(0, wide - w + 1), rng.integers(0, high - h + 1)
    part = Image.fromarray(np.ascontiguousarray(picture[y : y + h, x : x + w])).resize(
        (width, height), Image.Resampling.BILINEAR
    )
    return np.asarray(part.filter(ImageFilter.BoxBlur(rng.uniform(0, 3))) if rng.random() < 0.3 else part)


def _strewn(bank: Bank, rng: Rng, size: int) -> Scene:
    """One to six things on a ground, and at times bits of other pictures that are nothing."""
    scene = Scene.on(_ground(bank, rng, size, size))
    for _ in range(rng.integers(0, 3)):
        w, h = rng.integers(size // 12, size // 3, 2)
        bit = np.dstack([_ground(bank, rng, int(w), int(h)), np.full((h, w), 255, np.uint8)])
        scene.put(bit, *(int(v) for v in rng.integers(-size // 8, size, 2)), 0.0, counted=False)
    count = int(rng.integers(1, 7))
    for _ in range(count):
        longest = size * rng.uniform(0.14, 0.75 if count < 3 else 0.45)
        thing = _sized(_pick(bank, rng), longest, rng, rng.normal(0, 25), 0.06)
        x, y = (rng.uniform(-0.15, 1.0, 2) * (size - np.array(thing.shape[1::-1]) * 0.7)).astype(int)
        scene.put(thing, int(x), int(y), rng.uniform(0, 0.5))
    return scene


def _single(bank: Bank, rng: Rng, size: int) -> Scene:
    """One thing that fills most of the picture; perhaps the rim of another."""
    scene = Scene.on(_ground(bank, rng, size, size))
    if rng.random() < 0.3:
        other = _sized(_pick(bank, rng), size * rng.uniform(0.3, 0.6), rng, rng.uniform(-60, 60), 0.05)
        scene.put(other, int(rng.choice([-0.25, 0.8]) * size), int(rng.uniform(-0.2, 0.8) * size), 0.3)
    thing = _sized(
        _pick(bank, rng, "thing", "top", "floor"), size * rng.uniform(0.5, 0.98), rng, rng.normal(0, 12), 0.06
    )
    x, y = (size - np.array(thing.shape[1::-1])) / 2 + rng.normal(0, 0.06 * size, 2)
    scene.put(thing, int(x), int(y), rng.uniform(0, 0.5))
    return scene


def _photo(bank: Bank, rng: Rng, size: int) -> Scene:
    photo: Photo = bank.photos[rng.integers(len(bank.photos))]
    height, width = photo.pixels.shape[:2]
    scale = size / max(height, width)
    wide, high = max(8, round(width * scale)), max(8, round(height * scale))
    canvas = np.full((size, size, 3), 114, np.uint8)
    x, y = (size - wide) // 2, (size - high) // 2
    canvas[y : y + high, x : x + wide] = np.asarray(
        Image.fromarray(photo.pixels).resize((wide, high), Image.Resampling.BILINEAR)
    )
    scene = Scene.on(canvas)
    scene.given = list(photo.corners * (wide, high, wide, high) + (x, y, x, y))
    for _ in range(rng.integers(1, 4) if rng.random() < 0.4 else 0):
        thing = _sized(_pick(bank, rng), size * rng.uniform(0.12, 0.4), rng, rng.normal(0, 25), 0.06)
        scene.put(thing, *(int(v) for v in rng.uniform(0, 0.8, 2) * size), rng.uniform(0, 0.5))
    return scene


def _room(bank: Bank, rng: Rng, size: int) -> Scene:
    """A wall and a floor with a window or a door; what stands in the room from the back to the front."""
    line = rng.uniform(0.45, 0.75) * size
    top = int(line)
    room = np.empty((size, size, 3), np.float32)
    tone = rng.uniform(150, 250) + rng.normal(0, 10, 3) if rng.random() < 0.7 else rng.uniform(20, 220, 3)
    room[:top] = tone * np.linspace(rng.uniform(0.85, 1.1), rng.uniform(0.85, 1.1), size)[None, :, None]
    if rng.random() < 0.25:  # wallpaper, brick, panels
        room[:top] = 0.5 * room[:top] + 0.5 * _ground(bank, rng, size, top)
    room[top:] = _floor(bank, rng, size, size - top)
    if rng.random() < 0.7:
        room[top - max(2, size // 60) : top] = tone * rng.uniform(0.7, 1.15)
    if rng.random() < 0.35:  # a corner of the room: the next wall is lighter or darker
        corner, light = int(rng.uniform(0.1, 0.9) * size), rng.uniform(0.7, 1.2)
        room[:top, corner:] *= light
    for _ in range(rng.integers(0, 3)):
        _window_or_door(room, rng, size, top)
    scene = Scene.on(room.clip(0, 255))
    for _ in range(rng.integers(0, 5)):
        thing = _sized(_pick(bank, rng, "wall", "hanging"), size * rng.uniform(0.07, 0.26), rng)
        high = 0 if rng.random() < 0.4 and thing.shape[0] > thing.shape[1] * 0.8 else int(rng.uniform(0, 0.6) * line)
        scene.put(thing, int(rng.uniform(-0.05, 0.95) * size), high, rng.uniform(0, 0.3), shift=(2, 2))
    if rng.random() < 0.5:
        flat = _sized(_pick(bank, rng, "flat"), size * rng.uniform(0.4, 0.9), rng, 0.0, 0.04, rng.uniform(0.25, 0.6))
        scene.put(flat, int(rng.uniform(-0.1, 0.5) * size), int(line + rng.uniform(0.0, 0.5) * (size - line)), 0.0)
    for foot in np.sort(rng.uniform(line * 0.98, size * 1.12, rng.integers(2, 9))):
        near = 0.55 + 0.75 * (foot - line) / (size - line)
        thing = _sized(_pick(bank, rng, "floor"), size * rng.uniform(0.2, 0.55) * near, rng)
        x = int(rng.uniform(-0.15, 1.0) * size - thing.shape[1] * 0.3)
        y = int(foot) - thing.shape[0]
        scene.put(thing, x, y, rng.uniform(0.1, 0.5), shift=(int(rng.integers(-4, 5)), 2))
        for _ in range(rng.integers(0, 3) if rng.random() < 0.45 else 0):
            small = _sized(_pick(bank, rng, "top", "top", "thing"), size * rng.uniform(0.06, 0.2) * near, rng)
            on = y - small.shape[0] + int(rng.uniform(0, 0.12) * thing.shape[0])
            scene.put(small, x + int(rng.uniform(0, 0.8) * thing.shape[1]), on, rng.uniform(0, 0.3), shift=(1, 1))
    return scene


def _floor(bank: Bank, rng: Rng, width: int, height: int) -> np.ndarray:
    """A ground that runs away from the camera: farther is narrower and denser."""
    picture = Image.fromarray(_ground(bank, rng, width, width))
    squeeze = rng.uniform(0.1, 0.4) * width
    quad = np.array([(squeeze, 0), (width - squeeze, 0), (width * 1.3, height), (-width * 0.3, height)])
    source = np.array([(0, 0), (width, 0), (width, width), (0, width)], float)
    wide = np.asarray(
        picture.transform(
            (width, height), Image.Transform.PERSPECTIVE, perspective(quad, source), Image.Resampling.BILINEAR
        )
    )
    plain = np.asarray(picture.resize((width, height), Image.Resampling.BILINEAR))
    return np.where((wide.sum(2) > 0)[:, :, None], wide, plain)


def _window_or_door(room: np.ndarray, rng: Rng, size: int, line: int) -> None:
    """Painted on the wall; it is no thing."""
    width = int(rng.uniform(0.12, 0.4) * size)
    x = int(rng.uniform(-0.1, 0.95) * size)
    x0, x1 = max(0, x), min(size, x + width)
    if x1 - x0 < 8:
        return
    if rng.random() < 0.7:
        y0, y1 = int(rng.uniform(0, 0.3) * line), int(rng.uniform(0.6, 1.0) * line)
        room[y0:y1, x0:x1] = rng.uniform(225, 255) + rng.normal(0, 6, 3)
        for bar in range(x0, x1, max(6, width // int(rng.integers(1, 5)))):
            room[y0:y1, bar : bar + 3] = rng.uniform(120, 250)
        room[(y0 + y1) // 2 : (y0 + y1) // 2 + 2, x0:x1] = rng.uniform(150, 250)
        if rng.random() < 0.5:  # curtains
            cloth, fold = rng.uniform(80, 250, 3), rng.uniform(0.3, 1.2)
            for side in (slice(max(0, x0 - width // 4), x0 + 2), slice(x1 - 2, min(size, x1 + width // 4))):
                wave = 1 + 0.12 * np.sin(np.arange(side.stop - side.start) * fold)
                room[:line, side] = cloth * wave[:, None]
    else:
        y0 = int(rng.uniform(0.05, 0.3) * line)
        tone = rng.uniform(60, 250) + rng.normal(0, 12, 3)
        room[y0:line, x0:x1] = tone
        for part in range(2):
            a, b = y0 + 6 + part * (line - y0) // 2, y0 + (part + 1) * (line - y0) // 2 - 4
            room[a : a + 2, x0 + 5 : x1 - 5], room[b : b + 2, x0 + 5 : x1 - 5] = tone * 0.8, tone * 0.8


def _window(
    size: int, x: int, y: int, shape: tuple[int, ...]
) -> tuple[tuple[slice, slice], tuple[slice, slice]] | None:
    """Where on a picture of ``size`` something of ``shape`` at (x, y) lies, and which part of it."""
    x0, y0, x1, y1 = max(0, x), max(0, y), min(size, x + shape[1]), min(size, y + shape[0])
    if x0 >= x1 or y0 >= y1:
        return None
    return (slice(y0, y1), slice(x0, x1)), (slice(y0 - y, y1 - y), slice(x0 - x, x1 - x))


def _blend(pixels: np.ndarray, colour: np.ndarray, cover: np.ndarray, x: int, y: int) -> None:
    window = _window(len(pixels), x, y, cover.shape)
    if window is None:
        return
    there, own = window
    part = cover[own][:, :, None]
    pixels[there] = pixels[there] * (1 - part) + (colour[own] if colour.ndim == 3 else colour) * part


def _camera(pixels: np.ndarray, rng: Rng) -> np.ndarray:
    """Light, blur, noise, JPEG."""
    size = len(pixels)
    warm = rng.normal(0, 0.07)
    gain = np.array([1 + warm, 1, 1 - warm]) * rng.uniform(0.6, 1.25)
    ramp = np.linspace(-0.5, 0.5, size)
    light = 1 + ramp[:, None] * rng.uniform(-0.5, 0.5) + ramp * rng.uniform(-0.5, 0.5)
    middle = pixels.mean()
    lit = ((pixels - middle) * rng.uniform(0.7, 1.2) + middle) * light[:, :, None] * gain
    if rng.random() < 0.12:
        lit = lit.mean(2, keepdims=True) + 0.2 * (lit - lit.mean(2, keepdims=True))
    if rng.random() < 0.4:
        lit = lit + rng.standard_normal(lit.shape, dtype=np.float32) * rng.uniform(1, 9)
    photo = Image.fromarray(lit.clip(0, 255).astype(np.uint8))
    if rng.random() < 0.5:
        photo = photo.filter(ImageFilter.GaussianBlur(rng.uniform(0.2, 1.3)))
    if rng.random() < 0.4:
        file = io.BytesIO()
        photo.save(file, "JPEG", quality=int(rng.integers(35, 92)))
        photo = Image.open(file)
    return np.asarray(photo.convert("RGB"))


def _framed(pixels: np.ndarray, boxes: np.ndarray, rng: Rng) -> tuple[np.ndarray, np.ndarray]:
    """Pictures are seldom square: at times two sides are what a letterbox adds."""
    size = len(pixels)
    if rng.random() < 0.35:
        return pixels, boxes
    less = int(size * rng.uniform(0.06, 0.22))
    low, high = np.array([0, 0, 0, 0]), np.array([size] * 4)
    framed = pixels.copy()
    if rng.random() < 0.65:
        framed[:less], framed[size - less :] = 114, 114
        low, high = low + np.array([0, less, 0, less]), high - np.array([0, less, 0, less])
    else:
        framed[:, :less], framed[:, size - less :] = 114, 114
        low, high = low + np.array([less, 0, less, 0]), high - np.array([less, 0, less, 0])
    cut = boxes.clip(low, high)
    before, after = ((b[:, 2:] - b[:, :2]).prod(1) for b in (boxes, cut))
    sides = (cut[:, 2:] - cut[:, :2]).min(1) if len(cut) else np.zeros(0)
    return framed, cut[(after >= LEAST_SEEN * before) & (sides >= LEAST_PIXELS * size / 256)].astype(np.float32)


def _turned_round(pixels: np.ndarray, boxes: np.ndarray, rng: Rng) -> tuple[np.ndarray, np.ndarray]:
    if rng.random() < 0.5:
        return pixels, boxes
    size = len(pixels)
    return np.ascontiguousarray(pixels[:, ::-1]), np.stack(
        [size - boxes[:, 2], boxes[:, 1], size - boxes[:, 0], boxes[:, 3]], 1
    )
