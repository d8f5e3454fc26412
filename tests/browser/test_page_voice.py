"""Voice as a shopper meets it. The microphone is Chromium's fake one; the recogniser is played by the tests."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from conftest import AXE, Open, eventually
from little_shop import LittleShop
from playwright.sync_api import expect

from aisle.types import InputType

MICROPHONE = {"permissions": ["microphone"]}
HEARD = ("red dress", "bread dress", "red address")
NO_SPEECH = "Object.defineProperty(window, 'speechSynthesis', { value: undefined, configurable: true });"
SPEECH = """
  window.spoken = [];
  const synthesis = { cancel() { window.hushed = true; }, speak(utterance) {
    window.spoken.push(utterance.text);
    utterance.dispatchEvent(new Event("start"));
    setTimeout(() => utterance.dispatchEvent(new Event("end")), 20);
  } };
  Object.defineProperty(window, "speechSynthesis", { value: synthesis });
  window.SpeechSynthesisUtterance = class extends EventTarget { constructor(text) { super(); this.text = text; } };
"""


class Recogniser:
    """The server's side of the stream. Hears each of ``utterances`` once, its end after ``ends`` pieces (0: never); ``starts`` and
    ``bytes`` are what it was sent."""

    def __init__(self, *utterances: tuple[str, ...], ends: int = 4) -> None:
        self.utterances = list(utterances)
        self.ends = ends
        self.starts: list[Any] = []
        self.bytes = 0

    def serve(self, page: Any) -> None:
        page.route_web_socket(re.compile("/v1/audio/stream"), self._open)

    def end(self) -> None:
        """The speaker has finished."""
        self.socket.send(json.dumps({"type": "end_of_speech"}))

    def _open(self, socket: Any) -> None:
        pieces = 0
        self.socket = socket

        def hear(message: str | bytes) -> None:
            nonlocal pieces
            if isinstance(message, bytes):
                pieces += 1
                self.bytes += len(message)
                if pieces == 2 and self.utterances and self.utterances[0]:
                    socket.send(json.dumps({"type": "partial", "text": self.utterances[0][0].split()[0]}))
                if pieces == self.ends:
                    socket.send(json.dumps({"type": "end_of_speech"}))
            elif json.loads(message)["type"] == "start":
                self.starts.append(json.loads(message))
            else:
                socket.send(json.dumps(final(self.utterances.pop(0) if self.utterances else ())))

        socket.on_message(hear)


def final(heard: tuple[str, ...]) -> dict[str, Any]:
    transcripts = [{"text": text, "confidence": round(0.8 / 4**i, 3)} for i, text in enumerate(heard)]
    text = heard[0] if heard else ""
    return {"type": "final", "text": text, "language": "en", "transcripts": transcripts, "seconds": 1.5}


def answering(status: int, said: Any) -> Callable[[Any], None]:
    return lambda route: route.fulfill(status=status, json=said)


def speak(page: Any) -> None:
    page.get_by_role("button", name="Search by voice").click()


def status(page: Any) -> Any:
    return page.locator("#status")


def panel(page: Any) -> Any:
    return page.locator("#voice")


def with_voice(
    open_page: Open, recogniser: Recogniser, path: str = "/", script: str = NO_SPEECH, **options: Any
) -> Any:
    page = open_page(path, **MICROPHONE, **options)
    page.add_init_script(script)
    recogniser.serve(page)
    page.goto(path)
    page.wait_for_selector("html[data-ready]")
    return page


def test_what_is_said_is_heard_live_and_searched_with_its_alternatives(open_page: Open, shop: LittleShop) -> None:
    recogniser = Recogniser(HEARD, ends=0)
    page = with_voice(open_page, recogniser)
    speak(page)
    expect(panel(page).get_by_role("status")).to_have_text("Listening. Say what you are looking for.")
    expect(panel(page).get_by_role("button", name="Stop and search")).to_be_focused()
    expect(panel(page)).to_contain_text("The sound isn't kept.")
    expect(page.locator("#q")).to_have_value("red")
    recogniser.end()
    expect(page.locator("#q")).to_have_value("red dress")
    expect(panel(page)).to_be_hidden()
    expect(status(page)).to_have_text("1 result")
    expect(page.get_by_role("button", name="Search by voice")).to_be_focused()
    assert recogniser.starts == [{"type": "start", "format": "container", "language": "en"}]
    assert recogniser.bytes > 500
    (heard,) = shop.asked[-1].inputs
    assert heard.type is InputType.AUDIO
    assert [(one.text, one.confidence) for one in heard.value] == [(HEARD[0], 0.8), (HEARD[1], 0.2), (HEARD[2], 0.05)]
    expect(page.locator(".heard a")).to_have_text(["bread dress", "red address"])
    assert "said=0.8%3Ared+dress" in page.url
    page.reload()
    expect(page.locator(".heard a")).to_have_count(2)
    assert shop.asked[-1].inputs[0].type is InputType.AUDIO


def test_an_alternative_can_be_chosen_and_edited_words_drop_them(open_page: Open, shop: LittleShop) -> None:
    page = open_page("/?q=bread+mug&said=0.6:bread+mug&said=0.3:red+mug")
    page.locator(".heard").get_by_role("link", name="red mug").click()
    expect(status(page)).to_have_text("1 result")
    expect(page.locator("#q")).to_have_value("red mug")
    assert shop.asked[-1].inputs[0].type is InputType.TEXT and page.url.endswith("/?q=red+mug")
    page.go_back()
    expect(page.locator(".heard")).to_be_visible()
    page.locator("#q").fill("bread mugs")
    expect(page.locator(".heard")).to_have_count(0)
    assert "said" not in page.url


def test_it_ends_by_a_press_and_escape_takes_it_back(open_page: Open, shop: LittleShop) -> None:
    page = with_voice(open_page, Recogniser(("blue mug",), ends=0), "/?q=sofa")
    speak(page)
    expect(page.locator("#q")).to_have_value("blue")
    page.keyboard.press("Escape")
    expect(panel(page)).to_be_hidden()
    expect(page.locator("#q")).to_have_value("sofa")
    expect(page.get_by_role("button", name="Search by voice")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#q")).to_have_value("blue")
    page.keyboard.press("Enter")
    expect(status(page)).to_have_text("1 result")
    expect(page.locator("#q")).to_have_value("blue mug")


def test_without_a_socket_the_recording_is_sent_afterwards(open_page: Open, shop: LittleShop) -> None:
    page = open_page("/", **MICROPHONE)
    page.route_web_socket(re.compile("/v1/audio/stream"), lambda socket: socket.close())
    page.route("**/v1/audio/transcriptions", answering(200, final(HEARD)))
    page.evaluate(
        "() => void (AnalyserNode.prototype.getFloatTimeDomainData = (samples) => void samples.fill(0.5))"
    )  # no silence ends it
    speak(page)
    with page.expect_request("**/v1/audio/transcriptions") as sent:
        page.get_by_role("button", name="Stop and search").click()
    assert b'name="language"' in sent.value.post_data_buffer
    expect(status(page)).to_have_text("1 result")


def test_trouble_is_said_plainly(open_page: Open) -> None:
    page = open_page("/")
    speak(page)
    expect(panel(page).get_by_role("status")).to_contain_text("The microphone is blocked for this page.")
    expect(panel(page).get_by_role("button", name="Try again")).to_be_focused()
    page.keyboard.press("Escape")
    expect(panel(page)).to_be_hidden()
    page = with_voice(open_page, Recogniser((), ()))
    speak(page)
    expect(panel(page).get_by_role("status")).to_contain_text("Nothing was heard.")
    panel(page).get_by_role("button", name="Close").click()
    error = {"error": {"code": "no_recogniser", "message": "None.", "field": "language", "hint": ""}}
    page.route("**/v1/audio/transcriptions", answering(422, error))
    page.locator("#voice-file").set_input_files({"name": "a.mp3", "mimeType": "audio/mpeg", "buffer": b"sound"})
    expect(panel(page).get_by_role("status")).to_contain_text("can't turn speech in this language into words")


def test_a_recording_is_chosen(open_page: Open, shop: LittleShop, tmp_path: Path) -> None:
    page = open_page("/")
    page.route("**/v1/audio/transcriptions", answering(200, final(("green lamp",))))
    page.locator("#voice-file").set_input_files({"name": "a.wav", "mimeType": "audio/wav", "buffer": b"RIFF"})
    expect(status(page)).to_have_text("1 result")
    expect(page.locator("#q")).to_have_value("green lamp")


def test_a_product_page_listens_too(open_page: Open, shop: LittleShop) -> None:
    page = open_page("/p/dress-red-0")
    page.route("**/v1/audio/transcriptions", answering(200, final(("green lamp", "green lump"))))
    page.locator("#voice-file").set_input_files({"name": "a.wav", "mimeType": "audio/wav", "buffer": b"RIFF"})
    expect(status(page)).to_have_text("1 result")
    expect(page.locator(".heard a")).to_have_text(["green lump"])


def test_a_correction_is_a_turn_and_another_thing_is_a_search(open_page: Open, shop: LittleShop) -> None:
    page = with_voice(open_page, Recogniser(("no, blue",), ("green lamp",)), "/?q=red+dress")
    speak(page)
    expect(page.locator(".card .title").first).to_have_text("Linen Dress in Blue")
    expect(page.locator("#q")).to_have_value("red dress")
    expect(page.locator(".trail li")).to_have_text(["red dress", "no, blue"])
    speak(page)
    expect(page.locator("#q")).to_have_value("green lamp")
    expect(page.locator(".trail")).to_have_count(0)


def test_hands_free_reads_aloud_and_listens_again(open_page: Open, shop: LittleShop) -> None:
    recogniser = Recogniser(("red",), ("cheaper",), ("the second one",), ("stop",))
    page = with_voice(open_page, recogniser, script=SPEECH)
    page.evaluate("document.getElementById('hands-free').checked = true")
    speak(page)
    expect(panel(page)).to_be_hidden()
    assert len(recogniser.starts) == 4
    spoken = page.evaluate("window.spoken")
    assert len(spoken) == 7 and re.match(r"1\. Linen \w+ in Red, \$\d+$", spoken[0])
    assert re.match(r"Linen \w+ in Red, \$\d+$", spoken[-1])
    expect(page.locator(".card.is-pointed")).to_have_count(1)
    expect(page.locator(".trail li")).to_have_text(["red", "cheaper"])
    assert re.search(r"turn=%5Bprice%3A..\d+%5Dcheaper", page.url)


def test_hands_free_ends_by_escape(open_page: Open, shop: LittleShop) -> None:
    page = with_voice(open_page, Recogniser(("red mug",), ("cheaper",)), script=SPEECH.replace("20)", "600000)"))
    page.evaluate("document.getElementById('hands-free').checked = true")
    speak(page)
    expect(panel(page).get_by_role("status")).to_have_text("Reading the results aloud")
    page.keyboard.press("Escape")
    expect(panel(page)).to_be_hidden()
    assert page.evaluate("window.hushed")
    expect(page.locator("#q")).to_have_value("red mug")


def test_turns_merge_are_undone_and_begin_anew(open_page: Open, shop: LittleShop) -> None:
    page = open_page("/?q=red+dress")
    line = page.get_by_role("textbox", name="Say more")
    line.fill("in blue")
    line.press("Enter")
    expect(page.locator(".card .title").first).to_have_text("Linen Dress in Blue")
    expect(line).to_be_focused()
    line.fill("not linen")
    line.press("Enter")
    expect(page.locator(".card .title").first).to_have_text("Cotton Dress in Blue")
    expect(page.locator(".trail li")).to_have_text(["red dress", "in blue", "not linen"])
    assert page.url.endswith("/?q=red+dress&turn=in+blue&turn=not+linen")
    page.get_by_role("link", name="Undo").click()
    expect(page.locator(".card .title").first).to_have_text("Linen Dress in Blue")
    page.go_back()
    expect(page.locator(".card .title").first).to_have_text("Cotton Dress in Blue")
    page.reload()
    expect(page.locator(".trail li")).to_have_count(3)
    line.fill("undo")
    line.press("Enter")
    expect(page.locator(".trail li")).to_have_count(2)
    line.fill("start over")
    line.press("Enter")
    expect(page.locator("#q")).to_have_value("")
    eventually(lambda: page.url.endswith("/"), page)
    page.go_back()
    expect(page.locator(".trail li")).to_have_text(["red dress", "in blue"])
    page.locator("#q").fill("red mug")
    expect(page.locator(".trail")).to_have_count(0)


def test_turns_work_without_scripts(open_page: Open) -> None:
    page = open_page("/?q=red+dress", java_script_enabled=False)
    expect(page.get_by_role("button", name="Search by voice")).to_be_hidden()
    page.get_by_label("Say more").fill("in blue")
    page.get_by_label("Say more").press("Enter")
    expect(page.locator(".card .title").first).to_have_text("Linen Dress in Blue")
    page.get_by_role("link", name="Undo").click()
    expect(page.locator(".card .title").first).to_have_text("Linen Dress in Red")


@pytest.mark.skipif(
    not AXE.exists(), reason="axe-core isn't installed: npm install --no-save --prefix .tools axe-core@4"
)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_while_listening_and_after(open_page: Open, scheme: str) -> None:
    phone = {"width": 390, "height": 844, "color_scheme": scheme, "bypass_csp": True}
    page = with_voice(open_page, Recogniser(HEARD, ends=0), "/?q=red+dress&turn=in+blue", **phone)
    page.add_script_tag(path=AXE)
    speak(page)
    expect(panel(page)).to_have_attribute("data-state", "recording")
    expect(page.locator("#q")).to_have_value("red")  # from now on the server decides when it ends
    look = "() => axe.run(document, { resultTypes: ['violations'] })"
    found = page.evaluate(look.replace("document,", "'#voice',"))["violations"]
    page.get_by_role("button", name="Stop and search").click()
    expect(page.locator(".heard")).to_be_visible()
    found += page.evaluate(look)["violations"]
    assert [(v["id"], v["nodes"][0]["html"][:120]) for v in found] == []
    assert page.evaluate("document.documentElement.scrollWidth") == 390


def test_targets_of_the_panel_are_large_enough(open_page: Open) -> None:
    page = with_voice(open_page, Recogniser(HEARD, ends=0), "/?q=red+dress&turn=in+blue", SPEECH, width=390)
    speak(page)
    expect(panel(page)).to_have_attribute("data-state", "recording")
    small = page.evaluate(
        """() => [...document.querySelectorAll("#voice :is(button, label), #dialogue :is(a, button, input)")]
          .filter((e) => e.checkVisibility())
          .map((e) => [e.outerHTML.slice(0, 80), e.getBoundingClientRect()])
          .filter(([, box]) => box.width && (box.width < 24 || box.height < 24))
          .map(([html]) => html)"""
    )
    assert small == []


def test_in_chinese_and_from_right_to_left_nothing_overflows(open_page: Open) -> None:
    page = with_voice(open_page, Recogniser(("红色",), ends=0), "/?q=red", width=390, locale="zh-CN")
    page.evaluate("document.documentElement.dir = 'rtl'")
    page.get_by_role("button", name="用语音搜索").click()
    expect(panel(page).get_by_role("status")).to_have_text("正在听，请说出您要找的东西。")
    assert page.evaluate("document.documentElement.scrollWidth") == 390
