"""Photos and the other parts of a query: how they come in, the box around what is meant, weights and minus."""

from __future__ import annotations

import base64
import re
from pathlib import Path
from typing import Any

from conftest import Open, eventually
from little_shop import LittleShop, picture
from PIL import Image
from playwright.sync_api import expect

from aisle.perception.image import decode, encode_jpeg
from aisle.types import Box, InputType

HEIC = Path(__file__).parents[1] / "golden" / "photo.heic"
HAND_OVER = """([data, how]) => {
  const bytes = Uint8Array.from(atob(data), (char) => char.charCodeAt(0));
  const carried = new DataTransfer();
  carried.items.add(new File([bytes], "photo.jpg", { type: "image/jpeg" }));
  const target = document.querySelector("#q");
  const options = { bubbles: true, cancelable: true };
  if (how === "paste") target.dispatchEvent(new ClipboardEvent("paste", { ...options, clipboardData: carried }));
  const drag = (name) => target.dispatchEvent(new DragEvent(name, { ...options, dataTransfer: carried }));
  if (how === "drop") ["dragenter", "drop"].forEach(drag);
}"""


def choose(page: Any, photo: Path) -> None:
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Choose a photo", exact=True).click()
    chooser.value.set_files(photo)
    page.wait_for_selector(".part-photo")


def hand_over(page: Any, photo: Path, how: str) -> None:
    page.evaluate(HAND_OVER, [base64.b64encode(photo.read_bytes()).decode(), how])
    page.wait_for_selector(".part-photo")


def paste_link(page: Any, link: str) -> None:
    page.evaluate(
        """(link) => {
          const carried = new DataTransfer();
          carried.setData("text/plain", link);
          const options = { bubbles: true, cancelable: true, clipboardData: carried };
          document.querySelector("#q").dispatchEvent(new ClipboardEvent("paste", options));
        }""",
        link,
    )


def status(page: Any) -> Any:
    return page.get_by_role("status")


def image_inputs(shop: LittleShop) -> list[Any]:
    return [part for part in shop.asked[-1].inputs if part.type is InputType.IMAGE]


def test_a_chosen_photo_is_made_small_boxed_and_searched(open_page: Open, shop: LittleShop, photo: Path) -> None:
    page = open_page("/")
    choose(page, photo)
    expect(status(page)).to_have_text("6 results")
    expect(page.get_by_role("heading", level=1)).to_have_text("Like your photo")
    expect(page.locator(".card .title").first).to_contain_text("in Red")
    (sent,) = image_inputs(shop)
    assert sent.value[:2] == b"\xff\xd8" and max(decode(sent.value).shape) == 1024
    assert sent.region is not None and (sent.region.x1 - sent.region.x0) < 0.9
    assert re.search(r"part=photo%3A1%3A[a-z0-9]{10}%3A0\.", page.url)
    expect(page.locator("#stage img")).to_be_visible()
    assert page.locator("#parts img[data-photo]").get_attribute("src").startswith("blob:")


def test_few_answers_to_a_photo_are_followed_by_what_comes_close(
    open_page: Open, shop: LittleShop, photo: Path
) -> None:
    page = open_page("/")
    choose(page, photo)
    expect(status(page)).to_have_text("6 results")
    heading = page.get_by_role("heading", name="Not quite, but close")
    expect(heading).to_be_visible()
    good, close = page.locator("#grid ol.cards").nth(0), page.locator("#grid ol.cards").nth(1)
    assert good.locator(".card").count() == 6
    titles = close.locator(".card .title").all_inner_texts()
    assert 0 < len(titles) <= 12 and not any("in Red" in title for title in titles)
    page = open_page("/?q=red+mug")
    expect(status(page)).to_contain_text("result")
    expect(page.locator(".weak-heading")).to_have_count(0)


def test_a_photo_survives_a_reload_and_back(open_page: Open, photo: Path) -> None:
    page = open_page("/")
    choose(page, photo)
    expect(status(page)).to_have_text("6 results")
    page.reload()
    expect(status(page)).to_have_text("6 results")
    page.locator(".card-link").first.click()
    page.wait_for_selector(".product")
    page.go_back()
    expect(status(page)).to_have_text("6 results")
    expect(page.locator("#stage img")).to_be_visible()


def test_a_photo_of_another_device_is_said_to_be_missing(open_page: Open) -> None:
    page = open_page("/?part=photo:1:abcd123456")
    expect(page.get_by_text("This photo isn't on this device any more")).to_be_visible()
    expect(page.locator("#stage")).to_be_hidden()


def test_photos_are_pasted_and_dropped(open_page: Open, photo: Path, tmp_path: Path) -> None:
    page = open_page("/")
    hand_over(page, photo, "paste")
    expect(status(page)).to_have_text("6 results")
    blue = tmp_path / "blue.jpg"
    blue.write_bytes(picture("Sofa", "Blue"))
    hand_over(page, blue, "drop")
    expect(page.locator(".card .title").first).to_contain_text("in Blue")
    expect(page.locator(".part-photo")).to_have_count(1)
    expect(page.locator("#drop")).to_be_hidden()


def test_a_photo_is_turned_upright(open_page: Open, shop: LittleShop, tmp_path: Path) -> None:
    path = tmp_path / "turned.jpg"
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.new("RGB", (300, 200), "#c8342f").save(path, exif=exif)
    page = open_page("/")
    choose(page, path)
    (sent,) = image_inputs(shop)
    assert decode(sent.value).shape == (300, 200, 3)
    assert b"Exif" not in sent.value[:40]


def test_what_is_no_photo_is_refused_at_once(open_page: Open, shop: LittleShop, tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("not a photo")
    page = open_page("/")
    shop.asked.clear()
    page.locator("#photo-file").set_input_files(path)
    expect(page.get_by_role("alert")).to_contain_text("That file isn't a photo.")
    broken = tmp_path / "broken.jpg"
    broken.write_bytes(b"\xff\xd8\xff\xe0 broken")
    page.locator("#photo-file").set_input_files(broken)
    expect(page.get_by_role("alert")).to_contain_text("Please check what you sent")
    assert shop.asked == []
    page.wait_for_url("/")
    page.locator("#q").fill("red")
    expect(status(page)).to_have_text("6 results")
    expect(page.get_by_role("alert")).to_be_hidden()


def test_the_box_moves_by_keyboard_and_searches_on_rest(open_page: Open, shop: LittleShop, photo: Path) -> None:
    page = open_page("/")
    choose(page, photo)
    crop = page.get_by_role("application", name="Part of the photo")
    before = image_inputs(shop)[0].region
    shop.asked.clear()
    crop.focus()
    crop.evaluate(
        """(crop) => [["Right"], ["Right"], ["Up"], ["Left", true], ["Left", true], ["Up", true]].forEach(([side, shiftKey]) =>
          crop.dispatchEvent(new KeyboardEvent("keydown", { key: `Arrow${side}`, shiftKey, bubbles: true, cancelable: true })))"""
    )
    eventually(lambda: len(shop.asked) > 0, page)
    expect(page.locator("#found[aria-busy]")).to_have_count(0)
    assert len(shop.asked) == 1, "not at each key"
    after = image_inputs(shop)[0].region
    expected = (before.x0 + 0.04, before.y0 - 0.02, before.x1, before.y1 - 0.04)
    assert all(abs(a - b) < 0.012 for a, b in zip((after.x0, after.y0, after.x1, after.y1), expected, strict=True))
    expect(crop).to_be_focused()
    page.get_by_role("button", name="Whole photo").click()
    eventually(lambda: image_inputs(shop)[0].region is None, page)


def test_the_box_moves_by_mouse(open_page: Open, shop: LittleShop, photo: Path) -> None:
    page = open_page("/")
    choose(page, photo)
    shop.asked.clear()
    page.get_by_role("button", name="Whole photo").click()
    eventually(lambda: len(shop.asked) == 1, page)
    shop.asked.clear()
    frame = page.locator(".frame").bounding_box()
    page.mouse.move(frame["x"] + frame["width"] * 0.25, frame["y"] + frame["height"] * 0.25)
    page.mouse.down()
    page.mouse.move(frame["x"] + frame["width"] * 0.6, frame["y"] + frame["height"] * 0.6, steps=4)
    page.mouse.move(frame["x"] + frame["width"] * 0.75, frame["y"] + frame["height"] * 0.5, steps=4)
    assert shop.asked == []
    page.mouse.up()
    eventually(lambda: len(shop.asked) == 1, page)
    region = image_inputs(shop)[0].region
    assert isinstance(region, Box)
    wanted = (0.25, 0.25, 0.75, 0.5)
    assert all(abs(a - b) < 0.02 for a, b in zip((region.x0, region.y0, region.x1, region.y1), wanted, strict=True))


def test_parts_have_weights_a_minus_and_a_way_out(open_page: Open, shop: LittleShop, photo: Path) -> None:
    page = open_page("/?q=linen")
    choose(page, photo)
    expect(page.locator(".part")).to_have_count(2)
    assert [(p.type.value, p.weight) for p in shop.asked[-1].inputs] == [("text", 1.0), ("image", 1.0)]
    slider = page.get_by_role("slider", name="How much your photo counts")
    slider.focus()
    slider.press("ArrowRight")
    eventually(lambda: image_inputs(shop)[0].weight == 1.2, page)
    expect(slider).to_be_focused()
    expect(page.locator("#found[aria-busy]")).to_have_count(0)
    page.get_by_role("button", name="Not like this: your photo").click()
    expect(page.locator(".part-photo.is-minus")).to_be_visible()
    assert image_inputs(shop)[0].weight == -1.2
    page.get_by_role("link", name="Remove your photo").click()
    expect(page.locator(".part")).to_have_count(0)
    expect(page.locator("#stage")).to_be_hidden()
    expect(status(page)).to_have_text("36 results")


def test_words_can_be_left_out(open_page: Open, shop: LittleShop) -> None:
    page = open_page("/?q=red")
    page.get_by_role("button", name="Leave something out").click()
    page.get_by_label("Leave something out").fill("sofa")
    page.keyboard.press("Enter")
    expect(status(page)).to_have_text("5 results")
    assert [(p.value, p.weight) for p in shop.asked[-1].inputs] == [("red", 1.0), ("sofa", -1.0)]
    assert "part=text%3A-1%3Asofa" in page.url
    page.get_by_role("button", name="Leave something out").click()
    expect(page.get_by_label("Leave something out")).to_have_value("")


def test_more_like_this_starts_from_a_product(open_page: Open, shop: LittleShop) -> None:
    page = open_page("/?q=blue+mug")
    page.locator(".card").first.hover()
    page.get_by_role("link", name="More like Linen Mug in Blue").click()
    expect(page.locator(".part-product")).to_contain_text("Linen Mug in Blue")
    expect(status(page)).to_have_text("6 results")
    assert [(p.type.value, p.value) for p in shop.asked[-1].inputs] == [("product", "mug-blue-0")]
    page.locator("#q").fill("sofa")
    expect(status(page)).to_have_text("1 result")
    assert len(shop.asked[-1].inputs) == 2
    page.goto("/?part=product:1:long-gone&q=red")
    expect(page.locator(".part-product")).to_contain_text("a product that is no longer here")
    expect(status(page)).to_have_text("6 results")


def test_a_link_to_a_photo_is_pasted(open_page: Open, shop: LittleShop, photo: Path) -> None:
    page = open_page("/")
    wanted: list[str] = []

    def made_small(route: Any) -> None:
        wanted.append(route.request.post_data_json["value"])
        route.fulfill(body=encode_jpeg(decode(photo.read_bytes()), 1024), content_type="image/jpeg")

    page.route("**/v1/pictures", made_small)
    paste_link(page, "https://shop.example/red.jpg?width=1200")
    page.wait_for_selector(".part-photo")
    expect(page.get_by_role("heading", level=1)).to_have_text("Like your photo")
    assert wanted == ["https://shop.example/red.jpg?width=1200"] and image_inputs(shop)


def test_a_slow_link_does_not_call_back_who_has_gone_on(open_page: Open, photo: Path) -> None:
    page = open_page("/")
    waiting: list[Any] = []
    page.route("**/v1/pictures", lambda route: waiting.append(route))
    paste_link(page, "https://shop.example/red.jpg")
    expect(page.get_by_role("alert")).to_contain_text("Getting the photo")
    page.locator("#q").fill("mug")
    page.keyboard.press("Enter")
    expect(status(page)).to_have_text("6 results")
    with page.expect_response("**/v1/pictures"):
        waiting[0].fulfill(body=encode_jpeg(decode(photo.read_bytes()), 1024), content_type="image/jpeg")
    page.wait_for_timeout(200)
    expect(page.locator(".part-photo")).to_have_count(0)


def test_a_link_that_leads_to_no_photo_is_said(open_page: Open) -> None:
    page = open_page("/")
    paste_link(page, "https://127.0.0.1/red.jpg")
    expect(page.get_by_role("alert")).to_contain_text("couldn't be fetched")
    expect(page.locator(".part-photo")).to_have_count(0)


def test_a_photo_that_the_browser_cannot_draw_is_shown(open_page: Open, shop: LittleShop) -> None:
    page = open_page("/")
    choose(page, HEIC)
    expect(page.locator("#stage img")).to_be_visible()
    eventually(lambda: page.locator("#stage img").evaluate("img => img.naturalWidth") > 0, page)
    assert image_inputs(shop)[0].value[:2] == b"\xff\xd8"
