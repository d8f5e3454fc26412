"""Grading as a rater does it: by keyboard and by touch, with undo, a second rater, a key, in both languages and themes."""

from __future__ import annotations

import pytest
from conftest import AXE, Open
from little_shop import LittleShop
from playwright.sync_api import Page, Route, expect

from aisle.store.schema import label_rounds

PHONE = {"width": 390, "height": 844, "has_touch": True, "is_mobile": True}


@pytest.fixture
def round_(shop: LittleShop) -> str:
    """A fresh round of six pairs, and no other."""
    with shop.database.write() as connection:
        connection.execute(label_rounds.delete())
    return shop.queue()


def begin(page: Page, name: str) -> None:
    page.get_by_label("Your name").fill(name)
    page.keyboard.press("Enter")


def test_grading_by_keyboard(open_page: Open, shop: LittleShop, round_: str) -> None:
    page = open_page("/label")
    begin(page, "Ann")
    words = page.locator(".asked-words")
    expect(words).to_have_text("red dress")
    expect(page.locator(".product-name")).to_have_text("Linen Dress in Red")
    page.keyboard.press("3")
    expect(words).to_have_text("a mug like this, but blue")
    expect(page.get_by_role("img", name="Photo of the query")).to_be_visible()
    page.keyboard.press("1")
    expect(words).to_have_text("comfortable sofa")
    page.keyboard.press("s")
    expect(words).to_have_count(0)  # a photo alone
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    expect(words).to_have_text("a mug like this, but blue")
    expect(page.locator(".grade-1")).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("2")
    expect(words).to_have_text("comfortable sofa")
    page.keyboard.press("ArrowRight")
    expect(words).to_have_count(0)
    page.keyboard.press("0")
    expect(words).to_have_text("亚麻台灯")
    page.keyboard.press("u")
    expect(words).to_have_count(0)
    expect(page.locator("#progress-left")).to_have_text("3 left for you")
    said = shop.judgements
    assert [(j.rater, j.grade) for j in said.standing()] == [("Ann", 3), ("Ann", None), ("Ann", 2)]
    assert len(said.history()) == 5
    page.keyboard.press("3")
    expect(words).to_have_text("亚麻台灯")
    page.keyboard.press("3")
    expect(page.get_by_text("This product isn't in the shop any more")).to_be_visible()
    page.keyboard.press("s")
    expect(page.get_by_role("heading", name="All graded")).to_be_visible()


def test_a_late_answer_does_not_bring_back_what_was_graded_meanwhile(
    open_page: Open, shop: LittleShop, round_: str
) -> None:
    page = open_page("/label")
    begin(page, "Ann")
    words = page.locator(".asked-words")
    late: list[Route] = []
    expect(words).to_have_text("red dress")
    page.route("**/v1/labelling/next**", lambda route: late.append(route), times=1)
    for asked in ("red dress", "a mug like this, but blue", "comfortable sofa"):
        expect(words).to_have_text(asked)
        page.keyboard.press("3")
    expect(words).to_have_count(0)
    page.keyboard.press("3")  # the page asks for more
    expect(words).to_have_text("亚麻台灯")
    for _ in range(1200):  # a minute at most: an answer that is never let through would hold back all grades behind it
        if late:
            break
        page.wait_for_timeout(50)
    assert late
    answers = [(route, route.fetch()) for route in late]
    page.keyboard.press("3")
    expect(words).to_have_text("black bag")
    for route, answer in answers:  # of before the last grade
        route.fulfill(response=answer)
    expect(page.locator("#progress-left")).to_have_text("1 left for you")
    page.keyboard.press("3")
    expect(page.get_by_role("heading", name="All graded")).to_be_visible()


def test_what_two_raters_grade_differently_is_listed(open_page: Open, shop: LittleShop, round_: str) -> None:
    for pair, grades in zip(shop.judgements.pairs(), ((3, 3), (0, 2)), strict=False):
        for rater, grade in zip(("Ann", "Bo"), grades, strict=True):
            shop.judgements.judge(pair.id, rater, grade)
    page = open_page("/label")
    begin(page, "Cleo")
    row = page.get_by_role("row", name="Ann · Bo")
    expect(row).to_contain_text("50 %")
    expect(page.locator(".dispute")).to_have_count(1)
    page.get_by_role("button", name="Look again").click()
    expect(page.locator(".asked-words")).to_have_text("a mug like this, but blue")
    page.get_by_role("button", name="Good").click()
    expect(page.locator("#progress-text")).to_have_text("2 of 6 pairs done · 1 by you")


def test_a_grade_that_was_not_sent_is_offered_again(open_page: Open, shop: LittleShop, round_: str) -> None:
    page = open_page("/label")
    begin(page, "Ann")
    expect(page.locator(".asked-words")).to_have_text("red dress")
    page.route("**/v1/labelling/judgements**", lambda route: route.abort())
    page.keyboard.press("3")
    expect(page.get_by_role("alert")).to_contain_text("No answer")
    assert shop.judgements.standing() == []
    page.unroute("**/v1/labelling/judgements**")
    page.get_by_role("button", name="Try again").click()
    expect(page.locator("#progress-text")).to_contain_text("1 by you")
    assert [j.grade for j in shop.judgements.standing()] == [3]


@pytest.mark.skipif(
    not AXE.exists(), reason="axe-core isn't installed: npm install --no-save --prefix .tools axe-core@4"
)
@pytest.mark.parametrize(("scheme", "phone", "locale"), [("light", False, "en"), ("dark", True, "zh-CN")])
def test_axe_finds_nothing(open_page: Open, round_: str, scheme: str, phone: bool, locale: str) -> None:
    page = open_page("/label", color_scheme=scheme, bypass_csp=True, locale=locale, **(PHONE if phone else {}))
    page.add_script_tag(path=AXE)
    found = page.evaluate("() => axe.run(document, { resultTypes: ['violations'] })")
    assert [(v["id"], v["nodes"][0]["html"][:120]) for v in found["violations"]] == []
    page.locator("#rater").fill("Ann")
    page.keyboard.press("Enter")
    expect(page.locator(".product-name")).to_be_visible()
    found = page.evaluate("() => axe.run(document, { resultTypes: ['violations'] })")
    assert [(v["id"], v["nodes"][0]["html"][:120]) for v in found["violations"]] == []
