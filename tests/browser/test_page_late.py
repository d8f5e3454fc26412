"""What comes late takes nothing back: answers, permissions and frames that arrive when the shopper has gone on."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from conftest import Open, eventually
from little_shop import LittleShop
from playwright.sync_api import expect

SLOW_END = """() => {
  const stop = MediaRecorder.prototype.stop;
  MediaRecorder.prototype.stop = function () { setTimeout(() => stop.call(this), 500); };
}"""
SLOW_CAMERA = """() => {
  const asked = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
  window.streams = [];
  navigator.mediaDevices.getUserMedia = async (wish) => {
    await new Promise((resolve) => setTimeout(resolve, 300));
    streams.push(await asked(wish));
    return streams.at(-1);
  };
  const play = HTMLMediaElement.prototype.play;
  HTMLMediaElement.prototype.play = function () { return new Promise((go) => setTimeout(go, 60_000)).then(() => play.call(this)); };
}"""
UNREAD_CLIP = """() => {
  const wait = window.setTimeout;
  window.setTimeout = (act, ms, ...rest) => ms === 3000 ? 0 : wait(act, ms, ...rest); // its patience with what can't be read
  const source = Object.getOwnPropertyDescriptor(HTMLMediaElement.prototype, "src");
  const set = function () { window.look = () => this.dispatchEvent(new Event("error")); };
  Object.defineProperty(HTMLMediaElement.prototype, "src", { get: source.get, set });
}"""
LOUD = "() => { AnalyserNode.prototype.getFloatTimeDomainData = (samples) => void samples.fill(0.5); }"
"""No silence ends it."""
TRACKS = "streams.map((stream) => stream.getTracks()[0].readyState)"


class Held:
    """Requests of an address, held until they are let go."""

    def __init__(self, page: Any, address: str) -> None:
        self.page, self.routes, self.holding = page, list[Any](), True
        page.route(address, lambda route: self.routes.append(route) if self.holding else route.continue_())

    def wait(self) -> None:
        eventually(lambda: bool(self.routes), self.page)

    def let_go(self) -> None:
        self.holding = False
        for route in self.routes:
            route.continue_()


def words(page: Any) -> Any:
    return page.locator("#q")


@pytest.mark.parametrize("key", ["", "Tab"])
def test_an_answer_leaves_what_is_typed_meanwhile(open_page: Open, key: str) -> None:
    page = open_page("/")
    first = Held(page, "**/results?q=red")
    words(page).fill("red")
    first.wait()
    words(page).press_sequentially(" mug", delay=0)
    if key:
        words(page).press(key)
    first.let_go()
    expect(page.get_by_role("status")).to_have_text("1 result")
    expect(words(page)).to_have_value("red mug")
    expect(page).to_have_url(re.compile(r"\?q=red\+mug$"))


def test_the_last_letter_counts_where_one_goes_into_the_list_at_once(open_page: Open) -> None:
    page = open_page("/")
    words(page).press("m")
    expect(page.get_by_role("option").first).to_be_visible()
    page.evaluate("""() => {
      const field = document.getElementById("q");
      field.value = "mu";
      field.dispatchEvent(new Event("input", { bubbles: true }));
      field.dispatchEvent(new KeyboardEvent("keydown", { key: "ArrowDown", bubbles: true, cancelable: true }));
    }""")
    expect(page).to_have_url(re.compile(r"\?q=mu$"))
    words(page).press("ArrowUp")
    expect(words(page)).to_have_value("mu")


@pytest.mark.parametrize(("start", "label"), [("/?q=red+dress", "Say more"), ("/?q=linen", "Most: Price")])
def test_an_answer_leaves_what_is_written_elsewhere(open_page: Open, start: str, label: str) -> None:
    page = open_page(start)
    answer = Held(page, "**/results?*")
    words(page).fill("lamp")
    answer.wait()
    page.get_by_label(label).press_sequentially("40")
    answer.let_go()
    expect(page.get_by_role("status")).to_have_text("6 results")
    expect(page.get_by_label(label)).to_have_value("40")


def test_an_answer_leaves_the_box_where_it_is_being_moved(open_page: Open, shop: LittleShop, photo: Path) -> None:
    page = open_page("/")
    page.locator("#photo-file").set_input_files(photo)
    crop = page.get_by_role("application")
    expect(page.locator(".part-photo")).to_be_visible()
    crop.focus()
    before = crop.evaluate("box => parseFloat(box.style.left)")
    answer = Held(page, "**/results")
    crop.press("ArrowRight")
    answer.wait()
    for _ in range(2):
        crop.press("ArrowRight")
    answer.let_go()

    def has_moved() -> bool:
        region = shop.asked[-1].inputs[0].region
        return region is not None and abs(region.x0 - before / 100 - 0.06) < 0.01

    eventually(has_moved, page)
    assert abs(crop.evaluate("box => parseFloat(box.style.left)") - before - 6) < 0.5


def test_the_camera_is_opened_once_and_closed_before_it_shows_anything(open_page: Open) -> None:
    page = open_page("/", permissions=["camera"])
    page.evaluate(SLOW_CAMERA)
    take = page.get_by_role("button", name="Take a photo", exact=True)
    take.dblclick()
    camera = page.get_by_role("dialog", name="Camera")
    expect(camera).to_be_visible()
    camera.get_by_role("button", name="Cancel").click()
    expect(camera).to_be_hidden()
    assert page.evaluate(TRACKS) == ["ended"]


def test_a_clip_that_was_cancelled_is_not_sent(open_page: Open) -> None:
    page = open_page("/")
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url) if "video/frames" in request.url else None)
    page.evaluate(UNREAD_CLIP)
    clip = {"name": "a.mp4", "mimeType": "video/mp4", "buffer": b"\0\0\0\x18ftypmp42 broken"}
    page.locator("#photo-file").set_input_files(clip)
    page.wait_for_function("() => window.look")
    page.locator("#watching-cancel").click()
    page.evaluate("look()")
    page.wait_for_timeout(300)
    assert sent == []


def test_words_heard_after_escape_are_dropped(open_page: Open) -> None:
    page = open_page("/?q=sofa", permissions=["microphone"])
    sockets: list[Any] = []
    page.route_web_socket(re.compile("/v1/audio/stream"), lambda socket: (sockets.append(socket), socket.on_message(lambda _: None)))  # fmt: skip
    page.evaluate(SLOW_END)
    page.evaluate(LOUD)
    page.get_by_role("button", name="Search by voice").click()
    expect(page.locator("#voice")).to_have_attribute("data-state", "recording")
    sockets[0].send(json.dumps({"type": "partial", "text": "blue"}))
    expect(words(page)).to_have_value("blue")
    page.keyboard.press("Escape")
    expect(words(page)).to_have_value("sofa")
    sockets[0].send(json.dumps({"type": "partial", "text": "blue lamp"}))
    page.wait_for_timeout(200)
    expect(words(page)).to_have_value("sofa")


def test_what_was_heard_is_not_searched_once_it_is_cancelled(open_page: Open, shop: LittleShop) -> None:
    page = open_page("/?q=red+dress", permissions=["microphone"])

    def hear(socket: Any) -> None:
        final = {"type": "final", "text": "green lamp", "language": "en", "transcripts": []}

        def answer(message: str | bytes) -> None:
            if isinstance(message, bytes):
                socket.send(json.dumps({"type": "end_of_speech"}))
            elif json.loads(message)["type"] == "end":
                socket.send(json.dumps(final))

        socket.on_message(answer)

    page.route_web_socket(re.compile("/v1/audio/stream"), hear)
    reading = Held(page, "**/v1/understand")
    page.get_by_role("button", name="Search by voice").click()
    reading.wait()
    page.locator("#voice-cancel").click()
    words(page).fill("mug")
    expect(page).to_have_url(re.compile(r"\?q=mug$"))
    reading.let_go()
    page.wait_for_timeout(300)
    expect(words(page)).to_have_value("mug")
    assert "green lamp" not in [str(part.value) for query in shop.asked for part in query.inputs]
