"""Clips and several things in one picture: how they come in, which frames are searched with, the dots on what else there is."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import AXE, Open, eventually
from little_shop import LittleShop, picture
from PIL import Image
from playwright.sync_api import expect

from aisle.perception.image import decode
from aisle.types import InputType, Transcript

sys.path.insert(0, str(Path(__file__).parents[1]))

from media import clip as clip_of
from media import tone


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two seconds of a red dress, then two of a blue mug."""
    shots = [decode(picture(kind, color, size=320)) for kind, color in (("Dress", "Red"), ("Mug", "Blue"))]
    path = tmp_path_factory.mktemp("clip") / "clip.webm"
    moving = [np.roll(shot, step, axis=1) for shot in shots for step in range(24)]
    path.write_bytes(clip_of(moving, "webm", "libvpx", sound=tone(4.0)))
    return path


@pytest.fixture
def three(tmp_path: Path) -> Path:
    """A photo of three things beside each other."""
    kinds = (("Mug", "Blue"), ("Dress", "Red"), ("Lamp", "Green"))
    pictures = [decode(picture(kind, color, size=300)) for kind, color in kinds]
    path = tmp_path / "three.jpg"
    Image.fromarray(np.concatenate(pictures, axis=1)).save(path, quality=92)
    return path


def bring(page: Any, path: Path) -> None:
    page.locator("#photo-file").set_input_files(path)


def frames_of(shop: LittleShop) -> tuple[bytes, ...]:
    (part,) = [part for part in shop.asked[-1].inputs if part.type is InputType.VIDEO]
    assert isinstance(part.value, tuple)
    return part.value  # type: ignore[return-value]


def status(page: Any) -> Any:
    return page.locator("#status")


def test_a_clip_becomes_frames_to_choose_from(open_page: Open, shop: LittleShop, clip: Path) -> None:
    shop.media.saying = (Transcript("blue mug", 0.9),)
    page = open_page("/")
    expect(page.get_by_text("A clip works too: up to 60 seconds and 100 MB.")).to_be_visible()
    bring(page, clip)
    frames = page.get_by_role("list", name="Pictures of the clip")
    expect(frames.get_by_role("listitem").first).to_be_visible()
    expect(page.get_by_role("heading", level=1)).to_have_text("Like your clip")
    expect(page.locator("#watching")).to_be_hidden()
    count = frames.get_by_role("listitem").count()
    assert count >= 2 and len(frames_of(shop)) == 1
    expect(frames.locator("[aria-pressed=true]")).to_have_count(1)
    expect(page.locator(".part-clip")).to_contain_text("Clip")
    first = frames.get_by_role("button").first
    first.click()
    expect(page.locator(".card .title").first).to_contain_text("in Red")
    expect(first).to_be_focused()
    assert decode(frames_of(shop)[0]).shape[1] < 320  # cut to the thing in it
    frames.get_by_role("checkbox").last.click()
    eventually(lambda: len(frames_of(shop)) == 2, page)
    frames.get_by_role("checkbox").last.press("Space")
    eventually(lambda: len(frames_of(shop)) == 1, page)
    frames.get_by_role("button").last.click()
    expect(page.locator(".card .title").first).to_contain_text("in Blue")
    assert "part=clip%3A1%3A" in page.url
    page.reload()
    expect(page.locator(".card .title").first).to_contain_text("in Blue")
    expect(frames.get_by_role("listitem")).to_have_count(count)
    page.get_by_role("button", name="blue mug").click()
    expect(page.locator("#q")).to_have_value("blue mug")
    expect(status(page)).to_have_text("1 result")
    assert {part.type for part in shop.asked[-1].inputs} == {InputType.TEXT, InputType.VIDEO}
    page.get_by_role("link", name="Remove your clip").click()
    expect(page.locator("#stage")).to_be_hidden()
    shop.media.saying = ()


def test_a_clip_that_cannot_be_used_says_why(open_page: Open, shop: LittleShop, tmp_path: Path) -> None:
    page = open_page("/")
    broken = tmp_path / "broken.mp4"
    broken.write_bytes(b"\0\0\0\x18ftypmp42 broken")
    bring(page, broken)
    expect(page.get_by_role("alert")).to_contain_text("That clip can't be read.")
    expect(page.locator("#watching")).to_be_hidden()
    page.evaluate("""() => {
      const file = new File(["x"], "large.mp4", { type: "video/mp4" });
      Object.defineProperty(file, "size", { value: 101 * 1024 * 1024 });
      const carried = { types: ["Files"], files: [file] };
      const event = new Event("drop", { bubbles: true, cancelable: true });
      document.dispatchEvent(Object.assign(event, { dataTransfer: carried }));
    }""")
    expect(page.get_by_role("alert")).to_contain_text("larger than 100 MB")


def test_a_clip_on_its_way_can_be_stopped(open_page: Open, shop: LittleShop, clip: Path) -> None:
    page = open_page("/")
    page.route("**/v1/video/frames", lambda route: None)
    bring(page, clip)
    expect(page.locator("#watching [role=status]")).to_have_text("Sending the clip: 0 %")
    page.locator("#watching").get_by_role("button", name="Cancel").click()
    expect(page.locator("#watching")).to_be_hidden()
    expect(page.get_by_role("button", name="Choose a photo")).to_be_focused()
    assert "part" not in page.url


def test_a_link_to_a_clip_is_pasted(open_page: Open, shop: LittleShop) -> None:
    page = open_page("/")
    page.evaluate("""() => {
      const carried = new DataTransfer();
      carried.setData("text/plain", "https://example.com/sofa.mp4?x=1");
      const event = new ClipboardEvent("paste", { bubbles: true, cancelable: true, clipboardData: carried });
      window.sent = document.getElementById("q").dispatchEvent(event);
    }""")
    expect(page.get_by_role("alert")).to_contain_text("can't be fetched")
    assert page.evaluate("window.sent") is False


def test_the_camera_records_a_clip(open_page: Open, shop: LittleShop) -> None:
    page = open_page("/", permissions=["camera"])
    page.get_by_role("button", name="Take a photo", exact=True).click()
    camera = page.get_by_role("dialog", name="Camera")
    camera.get_by_role("button", name="Record up to 10 s").click()
    expect(camera.get_by_role("button", name="Take the photo")).to_be_disabled()
    camera.get_by_role("button", name=re.compile(r"^Stop \(\d s left")).click()
    expect(camera).to_be_hidden()
    expect(page.get_by_role("list", name="Pictures of the clip").get_by_role("listitem").first).to_be_visible()
    expect(page.get_by_role("heading", level=1)).to_have_text("Like your clip")
    assert len(frames_of(shop)) == 1


def test_a_recording_ended_before_its_first_frame_waits_for_it(open_page: Open, shop: LittleShop) -> None:
    page = open_page("/", permissions=["camera"])
    page.evaluate("""() => {
      const canvas = document.createElement("canvas");
      const pen = canvas.getContext("2d");
      const stream = canvas.captureStream(0);
      window.giveFrame = (colour) => {
        pen.fillStyle = colour;
        pen.fillRect(20, 20, 200, 100);
        stream.getVideoTracks()[0].requestFrame();
      };
      navigator.mediaDevices.getUserMedia = async () => (setTimeout(() => giveFrame("gold"), 100), stream);
    }""")
    page.get_by_role("button", name="Take a photo", exact=True).click()
    camera = page.get_by_role("dialog", name="Camera")
    camera.get_by_role("button", name="Record up to 10 s").click()
    camera.get_by_role("button", name=re.compile(r"^Stop \(")).click()
    expect(camera.get_by_role("button", name=re.compile(r"^Stop \([0-8] s left"))).to_be_visible()
    page.evaluate("giveFrame('navy')")
    expect(camera).to_be_hidden()
    expect(page.get_by_role("list", name="Pictures of the clip").get_by_role("listitem").first).to_be_visible()


def test_other_things_in_a_photo_have_dots(open_page: Open, shop: LittleShop, three: Path) -> None:
    page = open_page("/")
    bring(page, three)
    dots = page.locator(".dot")
    expect(dots.first).to_be_visible()
    page.get_by_role("button", name="Whole photo").click()
    expect(dots).to_have_count(3)
    expect(page.get_by_text("Tap a dot to search for another object")).to_be_visible()
    page.get_by_role("button", name="Object 2 of 3").click()
    expect(page.locator(".card .title").first).to_contain_text("in Red")
    expect(dots).to_have_count(2)
    expect(page.get_by_role("application", name="Part of the photo")).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Object 1 of 3")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator(".card .title").first).to_contain_text("in Blue")


@pytest.mark.skipif(
    not AXE.exists(), reason="axe-core isn't installed: npm install --no-save --prefix .tools axe-core@4"
)
def test_axe_finds_nothing_around_frames_and_dots(open_page: Open, clip: Path, three: Path) -> None:
    page = open_page("/", bypass_csp=True, width=390)
    page.add_script_tag(path=AXE)
    look = "() => axe.run(document, { resultTypes: ['violations'] })"
    bring(page, clip)
    expect(page.get_by_role("list", name="Pictures of the clip")).to_be_visible()
    expect(page.locator("#found[aria-busy]")).to_have_count(0)
    found = page.evaluate(look)["violations"]
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    bring(page, three)
    expect(page.locator(".dot").first).to_be_visible()
    expect(page.locator("#found[aria-busy]")).to_have_count(0)
    found += page.evaluate(look)["violations"]
    assert [(v["id"], v["nodes"][0]["html"][:120]) for v in found] == []
