"""The product page, errors, languages, themes, the phone, and what assistive technology meets."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from conftest import AXE, Open
from playwright.sync_api import expect

EVERYTHING = "/?q=linen&w=0.5&part=text:-1:sofa&part=product:1:mug-red-0&f.color=Red&f.color=Blue&min.price=2"
PHONE = {"width": 390, "height": 844, "has_touch": True, "is_mobile": True}


def test_a_product_page_shows_everything_and_leads_back(open_page: Open) -> None:
    page = open_page("/?q=red+dress&f.color=Red")
    search = page.url
    page.locator(".card-link").first.click()
    page.wait_for_selector("html[data-ready] .product")
    expect(page.get_by_role("heading", level=1)).to_have_text("Linen Dress in Red")
    expect(page.get_by_role("img", name="Linen Dress in Red")).to_be_visible()
    expect(page.locator(".product-price")).to_have_text(re.compile(r"^\$\d+$"))
    expect(page.get_by_role("region", name="2 variants").locator("[aria-current]")).to_have_text("Linen")
    expect(page.get_by_role("region", name="2 variants").get_by_role("link")).to_have_text(["Linen", "Cotton"])
    expect(page.get_by_role("region", name="Why this was in your results")).to_be_visible()
    expect(page.get_by_role("region", name="More like this").locator(".card").first).to_contain_text("in Red")
    expect(page.get_by_role("definition").first).to_have_text("Dress")
    assert page.locator("link[rel=canonical]").get_attribute("href").endswith("/p/dress-red-0")
    data = json.loads(page.locator("script[type='application/ld+json']").inner_text())
    assert data["@type"] == "Product" and data["offers"]["priceCurrency"] == "USD"
    assert data["url"].endswith("/p/dress-red-0") and data["image"][0].startswith("http")
    page.get_by_role("link", name="Cotton").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Cotton Dress in Red")
    expect(page.get_by_role("region", name="Why this was in your results")).to_be_hidden()
    page.get_by_role("link", name="Back to results").click()
    expect(page).to_have_url(search)


def test_the_box_of_a_product_page_searches(open_page: Open, photo: Path) -> None:
    page = open_page("/p/dress-red-0")
    page.get_by_role("combobox").fill("mug")
    expect(page.get_by_role("option").first).to_contain_text("Mug")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_have_text("6 results")
    page.goto("/p/sofa-blue-0")
    page.wait_for_selector("html[data-ready]")
    page.locator("#photo-file").set_input_files(photo)
    expect(page.get_by_role("status")).to_have_text("6 results")
    expect(page.locator("#stage img")).to_be_visible()


def test_errors_are_pages(open_page: Open) -> None:
    page = open_page("/p/no-such-thing")
    expect(page.get_by_role("heading", level=1)).to_have_text("We can't find that")
    page.get_by_role("link", name="Browse everything").click()
    expect(page.get_by_role("status")).to_have_text("36 results")
    page = open_page("/nowhere", locale="zh-CN")
    expect(page.get_by_role("heading", level=1)).to_have_text("没有找到")
    assert page.request.get("/v1/nowhere").headers["content-type"].startswith("application/json")


def test_chinese_by_preference_and_by_choice(open_page: Open) -> None:
    page = open_page("/?q=红色", locale="zh-CN")
    assert page.locator("html").get_attribute("lang") == "zh"
    expect(page.get_by_role("status")).to_have_text("0 件商品")
    page.goto("/?f.color=Red")
    expect(page.locator(".card .title").first).to_contain_text("红色")
    expect(page.get_by_role("link", name="移除条件：红色")).to_be_visible()
    page.locator("#language").click()
    expect(page.get_by_role("link", name="Remove filter Red")).to_be_visible()
    page.goto("/p/mug-red-0")
    expect(page.get_by_role("heading", level=1)).to_have_text("Linen Mug in Red")


def test_prices_follow_the_language(open_page: Open) -> None:
    expect(open_page("/?q=red+mug").locator(".price")).to_have_text(re.compile(r"^\$\d+$"))
    expect(open_page("/?q=亚麻红色马克杯", locale="zh-CN").locator(".price")).to_have_text(re.compile(r"^(US)?\$\d+$"))


def test_dark_by_preference_and_by_choice(open_page: Open) -> None:
    page = open_page("/", color_scheme="dark")
    background = "getComputedStyle(document.documentElement).backgroundColor"
    dark = page.evaluate(background)
    page.get_by_role("button", name="Switch to light").click()
    light = page.evaluate(background)
    assert dark != light
    page.reload()
    assert page.evaluate(background) == light
    expect(page.get_by_role("button", name="Switch to dark")).to_be_visible()


def test_on_a_phone_filters_live_in_a_sheet_and_nothing_overflows(open_page: Open) -> None:
    page = open_page("/", **PHONE)
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    expect(page.get_by_role("group", name="Color")).to_be_hidden()
    page.get_by_role("button", name="Filters").tap()
    sheet = page.get_by_role("dialog", name="Filters")
    sheet.get_by_role("checkbox", name="Red").check()
    expect(sheet.get_by_role("button", name="6 results")).to_be_visible()
    sheet.get_by_role("button", name="6 results").tap()
    expect(sheet).to_be_hidden()
    expect(page.get_by_role("link", name="Remove filter Red")).to_be_visible()
    expect(page.get_by_role("button", name="Filters 1")).to_be_visible()
    page.goto("/p/dress-red-0")
    assert page.evaluate("document.documentElement.scrollWidth") == 390


def test_targets_are_large_enough(open_page: Open) -> None:
    page = open_page("/?q=linen&part=text:-1:sofa&f.color=Red&f.color=Blue", **PHONE)
    small = page.evaluate(
        """() => [...document.querySelectorAll("a, button, input:not([type=hidden]), select, summary")]
          .filter((e) => e.checkVisibility() && !e.closest(".unseen, .skip, label"))
          .map((e) => [e.outerHTML.slice(0, 80), e.getBoundingClientRect()])
          .filter(([, box]) => box.width && (box.width < 24 || box.height < 24))
          .filter(([html]) => !html.includes("?q=linen&amp;exact"))
          .map(([html]) => html)"""
    )
    assert small == []


@pytest.mark.parametrize("path", ["/", "/p/dress-red-0"])
def test_everything_can_be_reached_by_keyboard(open_page: Open, path: str) -> None:
    page = open_page(path)
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to content")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#content")).to_be_focused()
    page.keyboard.press("/")
    expect(page.get_by_role("combobox", name="Search by words")).to_be_focused()


@pytest.mark.skipif(
    not AXE.exists(), reason="axe-core isn't installed: npm install --no-save --prefix .tools axe-core@4"
)
@pytest.mark.parametrize(
    ("path", "scheme", "phone"),
    [
        ("/", "light", False),
        ("/", "dark", True),
        (EVERYTHING, "light", True),
        (EVERYTHING, "dark", False),
        ("/?q=drss", "light", False),
        ("/?q=zzz", "dark", False),
        ("/p/dress-red-0", "light", False),
        ("/p/dress-red-0", "dark", True),
        ("/nowhere", "light", False),
    ],
)
def test_axe_finds_nothing(open_page: Open, path: str, phone: bool, scheme: str) -> None:
    page = open_page(path, color_scheme=scheme, bypass_csp=True, **(PHONE if phone else {}))
    page.add_script_tag(path=AXE)
    found = page.evaluate("() => axe.run(document, { resultTypes: ['violations'] })")
    assert [(v["id"], v["nodes"][0]["html"][:120]) for v in found["violations"]] == []


@pytest.mark.skipif(
    not AXE.exists(), reason="axe-core isn't installed: npm install --no-save --prefix .tools axe-core@4"
)
def test_axe_finds_nothing_around_a_photo(open_page: Open, photo: Path) -> None:
    page = open_page("/", bypass_csp=True)
    page.locator("#photo-file").set_input_files(photo)
    page.wait_for_selector(".part-photo")
    page.locator("#q").fill("mu")
    page.wait_for_selector("[role=option]")
    expect(page.locator("#found[aria-busy]")).to_have_count(0)
    page.add_script_tag(path=AXE)
    found = page.evaluate("() => axe.run(document, { resultTypes: ['violations'] })")
    assert [(v["id"], v["nodes"][0]["html"][:120]) for v in found["violations"]] == []
