"""The pages over the real application: a small catalog indexed with the shipped model."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from conftest import speech
from little_shop import LittleShop, picture
from look import served
from playwright.sync_api import expect

from aisle.app import App, Shop
from aisle.config import Config


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("real")
    rows = []
    for item in LittleShop(folder).items:
        product = item.product
        translated = {f"{name}_zh": text for name, text in product.translations["zh"].items()}
        plain = {n: list(v) if isinstance(v, tuple) else v for n, v in product.attributes.items()}
        rows.append(
            {
                "id": product.id,
                "title": product.title,
                "description": product.description,
                "images": list(product.images),
            }
            | {"item_group_id": product.group, **plain, **translated}
        )
    feed = folder / "products.jsonl"
    feed.write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in rows), encoding="utf-8")
    with Shop.open("default", folder / "store") as shop:
        shop.index_feed(str(feed))
    config = Config(store=folder / "store", rate_limit=1000, rate_burst=1000)
    with App.open(config, {"default": folder / "store"}) as app, served(app) as where:
        yield where


@pytest.fixture
def page(browser: Any, address: str) -> Iterator[Any]:
    context = browser.new_context(viewport={"width": 1280, "height": 900}, base_url=address, reduced_motion="reduce")
    page = context.new_page()
    page.set_default_timeout(60_000)
    page.goto("/")
    page.wait_for_selector("html[data-ready]")
    yield page
    context.close()


def test_words_filters_and_a_product(page: Any) -> None:
    expect(page.get_by_role("status")).to_have_text("36 results")
    page.locator("#q").fill("red mug")
    expect(page.locator(".card .title").first).to_contain_text("Mug in Red")
    page.locator("#q").fill("")
    expect(page.get_by_role("status")).to_have_text("36 results")
    page.get_by_role("group", name="Type").get_by_role("checkbox", name="Sofa").check()
    expect(page.get_by_role("status")).to_have_text("6 results")
    page.get_by_label("Sort by").select_option(label="Price, high to low")
    expect(page.get_by_label("Sort by")).to_have_value("price:desc")
    page.locator(".card-link").first.click()
    expect(page.get_by_role("region", name="2 variants")).to_be_visible()
    expect(page.get_by_role("region", name="Details")).to_contain_text("Fjell")


def test_a_photo_is_searched(page: Any, tmp_path: Path) -> None:
    photo = tmp_path / "sofa.jpg"
    photo.write_bytes(picture("Sofa", "Blue", shade=0.95, size=700))
    page.locator("#photo-file").set_input_files(photo)
    page.wait_for_selector(".part-photo")
    expect(page.locator(".card").first).to_be_visible()
    expect(page.get_by_role("alert")).to_be_hidden()


def test_chinese_words_and_every_sort(page: Any) -> None:
    page.goto("/?lang=zh&q=红色连衣裙")
    expect(page.locator(".card .title").first).to_contain_text("红色连衣裙")
    for value in page.locator("#sort option").evaluate_all("options => options.map((o) => o.value)"):
        assert page.request.get("/", params={"sort": value}).ok, value


@pytest.mark.skipif(shutil.which("espeak-ng") is None, reason="espeak-ng, which speaks here, isn't installed")
def test_what_the_microphone_hears_is_found(browser: Any, address: str, tmp_path: Path) -> None:
    """The shop's own recogniser understands "red dress", and follows what Chromium's microphone hears of it. It is asked once before:
    the first who speaks waits while it learns the shop's words."""
    sound = speech(str(tmp_path)).read_bytes()
    for _ in range(5):
        heard = httpx.post(f"{address}/v1/audio/transcriptions", files={"file": ("a.wav", sound)}, timeout=120).json()
        if "text" in heard:
            break
    assert heard["text"] == "red dress", heard
    context = browser.new_context(base_url=address, reduced_motion="reduce", permissions=["microphone"])
    page = context.new_page()
    page.goto("/")
    page.wait_for_selector("html[data-ready]")
    page.get_by_role("button", name="Search by voice").click()
    expect(page.locator("#voice")).to_be_visible()
    expect(page.locator("#voice")).to_be_hidden(timeout=60_000)
    # A busy machine drops pieces of what its device plays: which words come through isn't for sure.
    expect(page.locator("#q")).not_to_have_value("")
    page.locator("#q").fill("red dress")
    expect(page.locator(".card .title").first).to_contain_text("Dress in Red")
    page.get_by_label("Say more").fill("no, blue")
    page.get_by_label("Say more").press("Enter")
    expect(page.locator(".card .title").first).to_contain_text("Dress in Blue")
    context.close()
