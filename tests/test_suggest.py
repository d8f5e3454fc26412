"""Suggestions as the shopper types."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aisle.understanding.suggesting.suggest import Personal, Suggester, Suggestion, SuggestionKind

QUERY, PRODUCT, TYPE = SuggestionKind.QUERY, SuggestionKind.PRODUCT, SuggestionKind.TYPE
SUGGESTER = Suggester.fit(
    [
        Suggestion("red dress", QUERY, 40),
        Suggestion("Red Dress", QUERY, 10),
        Suggestion("Sony wireless headphones", PRODUCT, 5),
        Suggestion("headphones", TYPE, 90),
        Suggestion("Dresses", TYPE, 70),
        Suggestion("红色连衣裙", QUERY, 50),
        Suggestion("T-Shirt", TYPE, 3),
    ]
)


def texts(prefix: str, limit: int = 8) -> list[str]:
    return [found.text for found in SUGGESTER.suggest(prefix, limit)]


@pytest.mark.parametrize(
    ("typed", "first"),
    [("re", "red dress"), ("dre", "Dresses"), ("HEADP", "headphones"), ("wirel", "Sony wireless headphones"), ("連衣", "红色连衣裙"), ("t sh", "T-Shirt")],
)  # fmt: skip
def test_a_prefix_of_any_word(typed: str, first: str) -> None:
    assert texts(typed)[0] == first


def test_popular_first_without_duplicates() -> None:
    assert [(each.text, each.weight) for each in SUGGESTER.suggest("red")] == [("red dress", 40)]
    assert texts("")[0] in ("headphones", "Dresses")


@pytest.mark.parametrize("typed", ["headphnoes", "haedph", "wireles head", "sony hedpho", "headphones sony"])
def test_mistakes_and_order_are_forgiven(typed: str) -> None:
    assert any("headphones" in text for text in texts(typed))


def test_limits_and_nothing() -> None:
    assert len(texts("", 2)) == 2
    assert texts("zzzqqq") == []
    assert Suggester.fit([]).suggest("a") == []
    assert Suggester.fit([]).suggest("") == []


@given(st.text(max_size=30))
@settings(max_examples=150)
def test_anything_may_be_typed(typed: str) -> None:
    assert len(SUGGESTER.suggest(typed, 5)) <= 5


@given(
    st.lists(st.text(alphabet="ab ", min_size=1, max_size=8), max_size=20),
    st.text(alphabet="ab", min_size=1, max_size=3),
)
@settings(max_examples=150)
def test_every_word_start_is_found(entries: list[str], prefix: str) -> None:
    suggester = Suggester.fit(Suggestion(text, QUERY) for text in entries)
    found = {" ".join(each.text.split()) for each in suggester.suggest(prefix, 100)}
    expected = {" ".join(text.split()) for text in entries if any(word.startswith(prefix) for word in text.split())}
    assert found >= expected


def test_pinyin_and_the_middle_of_words() -> None:
    shop = Suggester.fit(
        [
            Suggestion("连衣裙", TYPE, 9),
            Suggestion("红色修身连衣裙 夏季新款 显瘦长裙 女装", PRODUCT, 1),
            Suggestion("无线耳机", TYPE, 5),
            Suggestion("Lian Yi headphones", PRODUCT, 1),
        ]
    )

    def found(typed: str, locale: str = "zh") -> list[str]:
        return [each.text for each in shop.suggest(typed, locale=locale)]

    assert found("lianyi")[0] == "连衣裙" and found("lianyiqun") and found("lian yi q")[0] == "连衣裙"
    assert found("hongselianyi") == ["红色修身连衣裙 夏季新款 显瘦长裙 女装"]
    assert found("衣裙")[0] == "连衣裙" and found("裙")[0] == "连衣裙"
    assert found("联衣")[0] == "连衣裙"  # the right sound in the wrong characters
    assert found("红色裙") == ["红色修身连衣裙 夏季新款 显瘦长裙 女装"]
    assert found("lian yi", "en")[0] == "Lian Yi headphones" and "连衣裙" in found("lianyi", "en")
    assert found("erji") == ["无线耳机"] and found("zzz") == []


def test_what_a_session_is_about_comes_first() -> None:
    shop = Suggester.fit([Suggestion(f"{a} {b}", PRODUCT, n) for n, a in enumerate(("red", "blue", "green")) for b in ("shoe", "shirt")])  # fmt: skip
    assert shop.suggest("sh")[0].text.startswith("green") and not shop.suggest("sh")[0].personal
    about = Personal(queries=("red hat",))
    assert [each.text for each in shop.suggest("sh", personal=about)[:2]] == ["red shirt", "red shoe"]
    again = shop.suggest("re", personal=about)[0]
    assert (again.text, again.kind, again.personal) == ("red hat", QUERY, True)


def test_what_may_not_be_seen_is_not_offered() -> None:
    found = SUGGESTER.suggest("", may=lambda each: each.kind is TYPE, personal=Personal(names=("red dress",)))
    assert found and all(each.kind is TYPE for each in found)


def test_a_wide_beginning_gives_the_most_wanted() -> None:
    shop = Suggester.fit(Suggestion(f"a{n:05d}", PRODUCT, n) for n in range(25_000))
    assert [each.text for each in shop.suggest("a", 3)] == ["a24999", "a24998", "a24997"]
