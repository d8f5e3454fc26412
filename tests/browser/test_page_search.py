"""Words, suggestions, filters, sort, pages and history, as a shopper meets them."""

from __future__ import annotations

import re
from typing import Any

import pytest
from conftest import Open, eventually
from little_shop import LittleShop
from playwright.sync_api import expect

WATCH_DIMMING = """() => {
  const found = document.getElementById("found");
  window.seen = [];
  const look = () => {
    const state = [found.hasAttribute("aria-busy"), found.classList.contains("is-old")];
    if (state[Number(seen.length === 1)] && seen.length < 2) seen.push(performance.now());
  };
  new MutationObserver(look).observe(found, { attributes: true });
}"""


def titles(page: Any) -> list[str]:
    return [t.strip() for t in page.locator(".card .title").all_inner_texts()]


def status(page: Any) -> Any:
    return page.get_by_role("status")


def box(page: Any) -> Any:
    return page.get_by_role("combobox", name="Search by words or photo")


def test_words_are_searched_as_they_are_typed_and_the_address_holds_them(open_page: Open, shop: LittleShop) -> None:
    page = open_page("/")
    box(page).press_sequentially("red mug", delay=15)
    expect(status(page)).to_have_text("1 result")
    assert titles(page) == ["Linen Mug in Red"]
    expect(page.locator("mark")).to_have_text(["Mug", "Red"])
    expect(page).to_have_url(re.compile(r"/\?q=red\+mug$"))
    expect(page).to_have_title("“red mug” · Aisle")
    expect(page.get_by_role("heading", level=1)).to_have_text("“red mug”")
    page.reload()
    expect(status(page)).to_have_text("1 result")
    expect(box(page)).to_have_value("red mug")


def test_it_works_without_scripts(open_page: Open) -> None:
    page = open_page("/", java_script_enabled=False)
    page.get_by_label("Search by words or photo").fill("red")
    page.get_by_role("button", name="Search", exact=True).click()
    expect(status(page)).to_have_text("6 results")
    page.get_by_label("Mug").check()
    page.get_by_role("button", name="Apply").click()
    assert titles(page) == ["Linen Mug in Red"]
    page.get_by_role("link", name="Remove filter Mug").click()
    page.get_by_label("Sort by").select_option("price:desc")
    page.get_by_role("button", name="Sort", exact=True).click()
    assert "Sofa in Red" in titles(page)[0]
    page.goto("/")
    page.get_by_role("link", name="Page 2").click()
    expect(page.locator(".page[aria-current=page]")).to_contain_text("2")
    expect(page.locator(".card")).to_have_count(12)


def test_an_older_answer_never_overwrites_a_newer_one(open_page: Open, shop: LittleShop) -> None:
    shop.delays["red"] = 0.6
    page = open_page("/")
    box(page).fill("red")
    page.wait_for_timeout(200)
    box(page).fill("red mug")
    expect(status(page)).to_have_text("1 result")
    page.wait_for_timeout(700)
    expect(status(page)).to_have_text("1 result")
    assert titles(page) == ["Linen Mug in Red"]


def test_old_results_are_dimmed_only_after_a_moment(open_page: Open, shop: LittleShop) -> None:
    shop.delays["red"] = 1.5
    page = open_page("/?q=blue")
    page.evaluate(WATCH_DIMMING)
    box(page).fill("red")
    page.wait_for_function("() => window.seen.length === 2")
    expect(page.locator(".card")).to_have_count(6)
    expect(page.locator("#found.is-old")).to_have_count(0)
    busy, dimmed = page.evaluate("seen")
    assert dimmed - busy > 100  # 150 ms by the clock; what is seen of it on a busy machine


def test_nothing_is_asked_while_an_input_method_composes(open_page: Open, shop: LittleShop) -> None:
    page = open_page("/?lang=zh")
    shop.asked.clear()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if re.search("/results|/v1/", request.url) else None)
    field = page.locator("#q")
    field.focus()
    page.wait_for_timeout(200)
    asked.clear()
    typing = page.context.new_cdp_session(page)
    for text in ("m", "ma", "mak", "make"):
        typing.send("Input.imeSetComposition", {"text": text, "selectionStart": len(text), "selectionEnd": len(text)})
        page.wait_for_timeout(60)
    page.wait_for_timeout(250)
    assert asked == [] and shop.asked == []
    typing.send("Input.insertText", {"text": "亚麻红色马克杯"})
    expect(page.locator(".card")).to_have_count(1)
    assert [str(query.inputs[0].value) for query in shop.asked] == ["亚麻红色马克杯"]


def test_suggestions_follow_the_keyboard(open_page: Open) -> None:
    page = open_page("/")
    field = box(page)
    field.press_sequentially("mu")
    options = page.get_by_role("option")
    expect(options.first).to_contain_text("Mug")
    expect(field).to_have_attribute("aria-expanded", "true")
    expect(page.locator(".option-kind")).to_have_text("Type")
    field.press("ArrowDown")
    expect(field).to_have_value("Mug")
    expect(options.first).to_have_attribute("aria-selected", "true")
    assert field.get_attribute("aria-activedescendant") == options.first.get_attribute("id")
    field.press("ArrowUp")
    expect(field).to_have_value("mu")
    field.press("ArrowDown")
    field.press("Escape")
    expect(field).to_have_value("mu")
    expect(field).to_have_attribute("aria-expanded", "false")
    field.press("ArrowDown")
    page.wait_for_selector("[role=option]")
    field.press("ArrowDown")
    field.press("Enter")
    expect(page.get_by_role("listbox")).to_be_hidden()
    expect(page).to_have_url(re.compile(r"\?q=Mug$"))
    expect(status(page)).to_have_text("6 results")


def test_a_list_that_was_gone_into_stays(open_page: Open) -> None:
    page = open_page("/")
    held: list[Any] = []
    page.route(
        "**/v1/suggest",
        lambda route: held.append(route) if route.request.post_data_json["q"] == "mu" else route.continue_(),
    )
    field, options = box(page), page.get_by_role("option")
    field.press("m")
    expect(options.first).to_be_visible()
    field.press("u")
    eventually(lambda: bool(held), page)
    offered = options.all_inner_texts()
    field.press("ArrowDown")
    chosen = field.input_value()
    with page.expect_response("**/v1/suggest"):
        held[0].continue_()
    page.wait_for_timeout(100)
    assert (options.all_inner_texts(), field.input_value()) == (offered, chosen)
    field.press("ArrowUp")
    expect(field).to_have_value("mu")


def test_a_suggestion_within_a_category_searches_there(open_page: Open, shop: LittleShop) -> None:
    page = open_page("/")
    field = box(page)
    field.press_sequentially("red", delay=10)
    scoped = page.locator(".option.is-scoped")
    expect(scoped).to_have_text(re.compile("red in Mug.*1"))
    field.press("ArrowUp")  # round to the last
    expect(scoped).to_have_attribute("aria-selected", "true")
    expect(field).to_have_value("red")
    field.press("Enter")
    expect(status(page)).to_have_text("1 result")
    assert "f.type=Mug" in page.url and "q=red" in page.url
    assert dict(shop.asked[-1].filters) == {"type": ["Mug"]}
    assert re.fullmatch("[0-9a-f]{24}", shop.asked[-1].session or "")
    page.get_by_role("link", name="Remove filter Mug").click()
    expect(status(page)).to_have_text("6 results")


def test_tab_leaves_the_list_and_what_was_seen_goes_along(open_page: Open) -> None:
    page = open_page("/")
    bodies: list[Any] = []
    page.on("request", lambda r: bodies.append(r.post_data_json) if r.url.endswith("/v1/suggest") else None)
    box(page).fill("mug")
    box(page).press("Enter")
    page.locator(".card-link").first.click()
    page.go_back()
    page.wait_for_selector("html[data-ready]")
    box(page).fill("so")
    expect(page.get_by_role("option").first).to_be_visible()
    assert bodies[-1]["recent"] == ["mug"] and len(bodies[-1]["viewed"]) == 1
    box(page).press("Tab")
    expect(page.get_by_role("listbox")).to_be_hidden()


def test_recent_searches_are_offered_and_can_be_removed(open_page: Open) -> None:
    page = open_page("/")
    for words in ("green lamp", "pink sofa"):
        box(page).fill(words)
        box(page).press("Enter")
        expect(status(page)).to_have_text("1 result")
    page.get_by_role("button", name="Clear the words").click()
    recent = page.locator(".option.is-recent")
    expect(recent).to_have_text(["pink sofa", "green lamp"])
    recent.first.locator(".forget").click()
    expect(recent).to_have_text(["green lamp"])
    recent.first.click()
    expect(page).to_have_url(re.compile(r"\?q=green\+lamp$"))


def test_what_was_understood_is_shown_and_comes_off(open_page: Open, shop: LittleShop) -> None:
    page = open_page("/?q=red+dress+under+90")
    chips = page.get_by_role("list", name="What we understood")
    expect(chips.get_by_role("link")).to_have_text(["Dress", "Red", "Price up to 90"])
    page.get_by_role("link", name="Take off: Colour: Red, only these").click()
    expect(chips.get_by_role("link")).to_have_text(["Dress", "Price up to 90"])
    assert "drop=color%3ARed" in page.url
    asked = shop.asked[-1].compound
    assert asked is not None and [slot.value for slot in asked.slots] == ["Dress"] and asked.ranges
    page.go_back()
    expect(chips.get_by_role("link")).to_have_count(3)
    page.go_forward()
    expect(chips.get_by_role("link")).to_have_count(2)
    page.get_by_role("combobox", name="Search by words or photo").fill("sofa, max 70cm wide")
    expect(chips.get_by_role("link")).to_have_text(["Sofa", "max 70cm wide"])
    page.get_by_role("combobox", name="Search by words or photo").fill("red lamp")
    expect(chips.get_by_role("link")).to_have_text(["Lamp", "Red"])
    assert "drop=" not in page.url


def test_filters_join_within_a_facet_and_their_counts_are_true(open_page: Open) -> None:
    page = open_page("/")
    colors = page.get_by_role("group", name="Color")
    red = colors.locator("label", has_text="Red")
    promised = int(red.locator(".choice-count").inner_text())
    red.get_by_role("checkbox").check()
    expect(status(page)).to_have_text(f"{promised} results")
    expect(red.get_by_role("checkbox")).to_be_focused()
    colors.get_by_role("checkbox", name="Blue").check()
    expect(status(page)).to_have_text(f"{promised * 2} results")
    page.get_by_role("group", name="Type").get_by_role("checkbox", name="Sofa").check()
    expect(status(page)).to_have_text("2 results")
    assert "f.color=Red" in page.url and "f.color=Blue" in page.url and "f.type=Sofa" in page.url
    page.get_by_role("link", name="Remove filter Sofa").click()
    expect(status(page)).to_have_text(f"{promised * 2} results")
    page.get_by_role("link", name="Clear all").click()
    expect(status(page)).to_have_text("36 results")


def test_a_price_range_and_stock_narrow(open_page: Open, shop: LittleShop) -> None:
    page = open_page("/?q=linen")
    page.get_by_label("Most: Price").fill("40")
    page.get_by_label("Most: Price").press("Tab")
    expect(page.get_by_role("link", name="Remove filter Price up to 40")).to_be_visible()
    assert shop.asked[-1].filters == {"price": {"lte": 40.0}}
    page.get_by_label("In stock only").check()
    expect(page.get_by_role("link", name="Remove filter In stock")).to_be_visible()
    expect(page.locator(".is-out")).to_have_count(0)


def test_sorting(open_page: Open) -> None:
    page = open_page("/?q=red")
    page.get_by_label("Sort by").select_option(label="Price, high to low")
    expect(page.locator(".card .title").first).to_contain_text("Sofa in Red")
    assert "sort=price%3Adesc" in page.url
    page.get_by_label("Sort by").select_option(label="Price, low to high")
    expect(page.locator(".card .title").first).to_contain_text("Mug in Red")


def test_paging_moves_the_focus_to_the_results(open_page: Open) -> None:
    page = open_page("/")
    first = titles(page)
    page.get_by_role("link", name="Page 2").click()
    expect(page.locator("#results-heading")).to_be_focused()
    expect(page.locator(".page[aria-current=page]")).to_contain_text("2")
    assert page.url.endswith("?page=2")
    assert not set(titles(page)) & set(first)
    page.goto("/?page=99")
    expect(page.locator(".card")).to_have_count(12)


def test_back_restores_words_results_and_place(open_page: Open) -> None:
    page = open_page("/")
    page.evaluate("scrollTo(0, 900)")
    page.wait_for_timeout(200)
    page.keyboard.press("/")
    page.keyboard.type("sofa")
    page.keyboard.press("Enter")
    expect(status(page)).to_have_text("6 results")
    page.wait_for_function("() => scrollY === 0")
    box(page).fill("red lamp")
    box(page).press("Enter")
    expect(status(page)).to_have_text("1 result")
    page.go_back()
    expect(status(page)).to_have_text("6 results")
    expect(box(page)).to_have_value("sofa")
    page.go_back()
    expect(status(page)).to_have_text("36 results")
    expect(box(page)).to_have_value("")
    page.wait_for_function("() => scrollY === 900")
    page.go_forward()
    expect(box(page)).to_have_value("sofa")


def test_corrections_relaxation_and_dead_ends_are_said(open_page: Open) -> None:
    page = open_page("/?q=drss")
    expect(page.locator(".said")).to_contain_text("Showing results for “dress”.")
    page.get_by_role("link", name="Search instead for “drss”").click()
    expect(page.get_by_role("heading", name="Nothing found")).to_be_visible()
    assert "exact=1" in page.url
    box(page).fill("mug umbrella")
    expect(page.locator(".said")).to_contain_text("these have some of them")
    assert "exact" not in page.url
    page.goto("/?q=mug&f.color=Red&max.price=1")
    expect(page.get_by_text("No product passes all of these filters.")).to_be_visible()
    page.get_by_role("link", name="Clear the filters").click()
    expect(status(page)).to_have_text("6 results")


def test_why_this_result_adds_up(open_page: Open) -> None:
    page = open_page("/?q=red")
    page.locator(".card").first.hover()
    page.get_by_role("button", name="Why this result: Linen Backpack in Red").click()
    popover = page.locator(".why:popover-open")
    expect(popover.locator(".bar-label")).to_have_text(
        ["Your words are in it", "Looks or means the same", "Liked by shoppers", "In stock"]
    )
    page.keyboard.press("Escape")
    expect(popover).to_have_count(0)


def test_a_failure_is_said_and_can_be_retried(open_page: Open) -> None:
    page = open_page("/")
    page.route("**/results?*", lambda route: route.abort())
    box(page).fill("red")
    notice = page.get_by_role("alert")
    expect(notice).to_contain_text("No answer from the shop")
    expect(page.locator(".card")).to_have_count(24)
    page.unroute("**/results?*")
    notice.get_by_role("button", name="Try again").click()
    expect(status(page)).to_have_text("6 results")
    expect(notice).to_be_hidden()


@pytest.mark.parametrize(
    "path", ["/?q=%3Cimg+src%3Dx+onerror%3Dalert(1)%3E&f.color=%3Cscript%3E", "/?part=text:-1:<b>x"]
)
def test_what_is_typed_is_never_markup(open_page: Open, path: str) -> None:
    page = open_page(path)
    assert page.locator("img[src=x], #content b, #content script").count() == 0
    assert not page.evaluate("Boolean(window.hacked)")


def test_only_what_a_shopper_asked_is_logged(
    open_page: Open, shop: LittleShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("aisle.web.pages.routes.TILES_FRESH_S", 0.0)
    shop.asked.clear()
    page = open_page("/")
    assert len(shop.asked) == 1, "the tiles are the page's own"
    page.locator(".card a").first.click()
    page.wait_for_url("**/p/**")
    assert len(shop.asked) == 1, "and so is what is like a product"
