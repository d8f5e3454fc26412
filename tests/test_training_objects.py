"""Composed scenes and what places of the detector learn from them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from aisle.learning.towers import ImageShape, ImageTower  # noqa: E402
from training.cutouts import Bank, Cutout, Photo, bed, cabinet, frame  # noqa: E402
from training.objects import Above, Finder, Finding, again, assign, overlaps, places  # noqa: E402
from training.scenes import MOST, SIDE, compose, pool  # noqa: E402


@pytest.fixture(scope="module")
def bank() -> Bank:
    rng = np.random.default_rng(0)
    cutouts = [make(rng) for make in (cabinet, bed, frame) for _ in range(5)]
    thing = np.full((40, 30, 4), 255, np.uint8)
    cutouts += [Cutout(thing, family) for family in ("floor", "wall", "hanging", "top", "flat", "thing")]
    grounds = [rng.integers(0, 255, (60, 80, 3), dtype=np.uint8) for _ in range(3)]
    return Bank(cutouts, grounds, [Photo(grounds[0], np.array([[0.2, 0.2, 0.8, 0.9], [0.0, 0.0, 0.3, 0.3]]))])


class TestScenes:
    def test_boxes_lie_inside_and_a_seed_gives_the_scene_again(self, bank: Bank) -> None:
        things = 0
        for seed in range(12):
            pixels, boxes = compose(bank, np.random.default_rng(seed), 128)
            assert pixels.shape == (128, 128, 3) and pixels.dtype == np.uint8
            assert ((boxes >= 0) & (boxes <= 128)).all() and (boxes[:, 2:] > boxes[:, :2]).all()
            same, again_boxes = compose(bank, np.random.default_rng(seed), 128)
            assert (same == pixels).all() and (again_boxes == boxes).all()
            things += len(boxes)
        assert things > 12

    def test_a_bank_is_read_back(self, bank: Bank, tmp_path: Path) -> None:
        bank.save(tmp_path / "bank.npz")
        back = Bank.load(tmp_path / "bank.npz")
        assert [c.family for c in back.cutouts] == [c.family for c in bank.cutouts]
        for mine, theirs in ((bank.cutouts, back.cutouts), (bank.photos, back.photos)):
            assert all((a.pixels == b.pixels).all() for a, b in zip(mine, theirs, strict=True))
        assert (back.photos[0].corners == bank.photos[0].corners).all()
        assert all((a == b).all() for a, b in zip(bank.grounds, back.grounds, strict=True))

    def test_an_interrupted_pool_goes_on(self, bank: Bank, tmp_path: Path) -> None:
        pool(bank, tmp_path / "whole", 3, seed=1)
        pool(bank, tmp_path / "parts", 3, seed=1)
        (tmp_path / "parts" / "done.txt").write_text("1")
        pool(bank, tmp_path / "parts", 3, seed=1)
        for name in ("pixels.npy", "boxes.npy"):
            whole, parts = (np.load(tmp_path / folder / name) for folder in ("whole", "parts"))
            assert np.array_equal(whole, parts, equal_nan=name == "boxes.npy")


class TestAgain:
    def test_boxes_move_with_the_pixels(self) -> None:
        pixels = np.zeros((SIDE, SIDE, 3), np.uint8)
        pixels[96:160, 64:192] = 250
        boxes = np.full((MOST, 4), np.nan, np.float32)
        boxes[0] = [64, 96, 192, 160]
        for seed in range(20):
            seen, moved = again(pixels, boxes, np.random.default_rng(seed), 128)
            if np.isnan(moved[0]).any():
                continue
            grey = seen.astype(int).sum(2)
            x0, y0, x1, y1 = moved[0].round().astype(int)
            inner, whole = (
                grey[y0 + 2 : y1 - 2, x0 + 2 : x1 - 2],
                np.delete(grey, slice(max(0, y0 - 2), y1 + 2), axis=0),
            )
            assert inner.std() < 30 and (not whole.size or abs(inner.mean() - whole.mean()) > 50)


class TestAssignment:
    spots = places(4, 4, 8)  # (16, 2): 4, 12, 20, 28 each way

    def test_overlap_by_hand(self) -> None:
        iou, giou = overlaps(torch.tensor([0.0, 0, 2, 2]), torch.tensor([1.0, 1, 3, 3]))
        assert iou.item() == pytest.approx(1 / 7) and giou.item() == pytest.approx(1 / 7 - 2 / 9)

    def test_places_in_a_thing_learn_it_by_their_overlap(self) -> None:
        corners = torch.zeros(1, 16, 4)
        corners[0] = torch.cat([self.spots - 4, self.spots + 4], 1)
        corners[0, 5] = torch.tensor([0.0, 0, 16, 16])  # at (12, 12): just right
        boxes = torch.tensor([[[0.0, 0, 16, 16], [float("nan")] * 4]])
        target, number = assign(torch.full((1, 16), 0.1), corners, self.spots, boxes)
        inside = [0, 1, 4, 5]
        assert set(torch.nonzero(target[0]).flatten().tolist()) <= set(inside)
        assert target[0, 5].item() == pytest.approx(1.0) and number[0, 5] == 0
        assert target[0, [0, 1, 4]].max() < 0.1

    def test_without_things_nothing_is_learnt(self) -> None:
        target, _ = assign(
            torch.full((2, 16), 0.1), torch.zeros(2, 16, 4), self.spots, torch.full((2, 3, 4), float("nan"))
        )
        assert target.sum() == 0

    def test_a_place_in_two_things_learns_one(self) -> None:
        corners = torch.cat([self.spots - 8, self.spots + 8], 1)[None]
        boxes = torch.tensor([[[0.0, 0, 32, 32], [4.0, 4, 20, 20]]])
        target, number = assign(torch.full((1, 16), 0.5), corners, self.spots, boxes)
        assert number[0, 5] == 1 and target[0, 5] > 0.5


def test_a_small_one_learns(bank: Bank, tmp_path: Path) -> None:
    torch.manual_seed(0)
    finder = Finder(ImageTower(ImageShape(size=64, widths=(8, 8, 8, 8), blocks=(1, 1, 1, 1), colors=4, dim=8)))
    pool(bank, tmp_path / "pool", 4, seed=1)
    for task in (Above(finder, tmp_path / "pool", 2), Finding(finder, tmp_path / "pool", 64, 2)):
        batch = task.batch(np.random.default_rng(0))
        optimizer = torch.optim.AdamW([p for p in task.module.parameters() if p.requires_grad], 1e-2)
        totals = []
        for _ in range(12):
            total = torch.stack([task.weights[name] * term for name, term in task.loss(batch).items()]).sum()
            optimizer.zero_grad()
            total.backward()
            optimizer.step()
            totals.append(total.item())
        assert totals[-1] < totals[0]
