"""What is offered to everybody, and what never is."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aisle.types import QueryEvent
from aisle.understanding.suggesting.asked import Asked
from aisle.understanding.suggesting.discretion import Discretion

DISCRETION = Discretion()


@pytest.mark.parametrize(
    "text",
    ["red dress", "iphone 15 case", "usb-c cable 2m", "scunthorpe mug", "shiitake", "cockpit toy", "analog watch", "grape juice",
     "dickens novel", "sony wh-1000xm5", "连衣裙 红色", "4k tv 55 inch", "canon eos 5d mark iv", "操场跑鞋", "assassin's creed", "therapist gift",
     "500 gb ssd", "12 pack socks", "wall street dvd", "2024 calendar"],
)  # fmt: skip
def test_ordinary_wishes_are_offered(text: str) -> None:
    assert DISCRETION.offers(text)


@pytest.mark.parametrize(
    "text",
    ["fuck", "FUCKING mug", "f*ck off", "fuuuuck", "f u c k", "sh1t", "$hit", "b!tch mug", "a$$hole", "ｆｕｃｋ", "傻逼", "傻 逼", "操你妈", "婊子", "puta",
     "child porn", "p0rn", "n1gger", "cunts", "motherfuckers"],
)  # fmt: skip
def test_rude_words_are_not_whatever_they_wear(text: str) -> None:
    assert DISCRETION.is_rude(text) and not DISCRETION.offers(text)


@pytest.mark.parametrize(
    "text",
    ["jane.doe@example.com", "jane [at] example.com", "+44 20 7946 0958", "13800138000", "4111 1111 1111 1111", "4111-1111-1111-1111", "ord 20240117553",
     "DE89 3704 0044 0532 0130 00", "12 Baker Street London", "https://example.com/x", "www.example.com", "example.com/order", "078-05-1120",
     "北京市朝阳区建国路88号", "my name is jane", "my password hunter2", "我叫张三", "born 12.03.1985", "密码 abc123", "a" * 200, "line\nbreak", ""],
)  # fmt: skip
def test_private_things_are_not(text: str) -> None:
    assert not DISCRETION.offers(text)


def test_a_shop_adds_its_own_words() -> None:
    shop = Discretion(["voldemort", "rival*", "对手牌"])
    assert not any(map(shop.offers, ("Voldemort wand", "rivals phone", "对手牌手机", "v0ldemort")))
    assert shop.offers("wand")


@given(st.text(max_size=60))
@settings(max_examples=200)
def test_anything_may_be_asked(text: str) -> None:
    assert DISCRETION.offers(text) in (True, False)


@given(st.text(alphabet="0123456789 -().", min_size=7, max_size=30).filter(lambda t: sum(c.isdigit() for c in t) >= 7))
@settings(max_examples=100)
def test_many_digits_are_never_offered(text: str) -> None:
    assert not DISCRETION.offers(f"order {text}") or not any(
        sum(c.isdigit() for c in run) >= 7 for run in text.replace("-", " ").split()
    )


def event(text: str, session: str | None, time: float, total: int = 5, **asked: object) -> QueryEvent:
    said = {"inputs": [{"type": "text", "value": text, "weight": 1.0}], **asked}
    return QueryEvent(f"{text}{session}{time}", time, session, said, (), 0, total, "p", 1.0)


def accepted(*events: QueryEvent, sessions: int = 3) -> dict[str, int]:
    asked = Asked()
    asked.read(sorted(events, key=lambda each: each.time))
    asked.settle(1e9)
    return asked.accepted(DISCRETION, sessions)


def test_only_what_several_sessions_asked_and_found() -> None:
    several = [event(text, f"s{n}", n) for n in range(3) for text in ("Red  dress",)]
    assert accepted(*several) == {"Red dress": 3}
    assert accepted(*(event("red dress", "s1", n * 60) for n in range(9))) == {}
    assert accepted(*(event("red dress", None, n * 60) for n in range(9))) == {}
    assert accepted(*(event("dragon egg", f"s{n}", n, total=0) for n in range(9))) == {}
    assert accepted(*(event("rde dress", f"s{n}", n, corrections=[["rde", "red"]]) for n in range(9))) == {}
    assert accepted(*(event("jane@example.com", f"s{n}", n) for n in range(9))) == {}


def test_what_was_still_being_typed_is_no_query() -> None:
    typing = [
        event(text, f"s{n}", n * 100 + at) for n in range(4) for at, text in enumerate(("re", "red d", "red dress"))
    ]
    assert accepted(*typing) == {"red dress": 4}


def test_the_log_is_read_piece_by_piece() -> None:
    asked = Asked()
    for n in range(3):
        asked.read([event("lamp", f"s{n}", n * 100.0)])
    assert asked.accepted(DISCRETION) == {}
    assert asked.settle(1000.0) and asked.accepted(DISCRETION) == {"lamp": 3}
    assert not asked.settle(2000.0)
