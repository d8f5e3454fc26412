"""The language of a query, one writing of it with the way back, pinyin, joined and split words, and the lexicon's further languages."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aisle.perception.text import detect_language, fold
from aisle.perception.text.folding import QUERY_LIMIT
from aisle.understanding.language import Pinyin, language_of, normalized, syllables
from aisle.understanding.lexicon import Lexicon, is_chinese
from aisle.understanding.spelling import Speller, edit_cost

LEXICON = Lexicon.load()
FURTHER = ("es", "fr", "de", "ja", "ko", "pt", "ar")


@pytest.mark.parametrize(
    ("language", "texts"),
    [
        ("en", "red shoes|wireless headphones|women's winter coat|laptop computer|router|gift for a runner"),
        ("zh", "红色连衣裙|iphone 手机壳|耐克 鞋|nike 运动鞋 男|三百以内|紅色洋裝"),
        ("es", "zapatos rojos|vestido de novia|auriculares inalámbricos|mochila escolar|televisor 50 pulgadas|camisetas baratas"),
        ("fr", "chaussures rouges|robe de mariée|écouteurs sans fil|sac à dos|machine à laver|lunettes de soleil"),
        ("de", "rote Schuhe|Kleid für Damen|Kopfhörer kabellos|Waschmaschine|Sonnenbrille|Winterjacke Herren"),
        ("ja", "赤い靴|ワンピース|ワイヤレスイヤホン|黒 靴 5000円|腕時計 メンズ"),
        ("ko", "빨간 드레스|무선 이어폰|여성 운동화|노트북"),
        ("pt", "sapatos vermelhos|tênis de corrida|fone de ouvido sem fio|geladeira|guarda-chuva"),
        ("ar", "فستان أحمر|سماعات لاسلكية|حذاء رياضي"),
        ("und", "|   |xqzt 42|501|🔥|!?"),
    ],
)  # fmt: skip
def test_languages_of_short_queries(language: str, texts: str) -> None:
    assert {text: detect_language(text) for text in texts.split("|")} == dict.fromkeys(texts.split("|"), language)


def test_the_locale_stands_in_where_nothing_tells() -> None:
    assert language_of(None) == "en" and language_of("501", "de") == "de" and language_of("红鞋", "de") == "zh"


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("Ｒｅｄ　ＤＲＥＳＳ", "red dress"),
        ("紅色連衣裙", "红色连衣裙"),
        ("  Café   Crème ", "cafe creme"),
        ("Größe", "grosse"),
        ("re\u200bd\x00dress\ufeff", "red dress"),
        ("cafe\u0301", "cafe"),
        ("ｶﾞﾗｽ", "ガラス"),
        ("\u1112\u1161\u11ab", "한"),
        ("أحمر", "احمر"),
        ("", ""),
        ("\u200b\n", ""),
    ],
)
def test_one_writing(text: str, plain: str) -> None:
    assert normalized(text).text == plain


def test_the_way_back() -> None:
    text = " Ｒｅｄ  cafe\u0301 紅\u200b色ｶﾞ!"
    query = normalized(text)
    for word, said in (("red", "Ｒｅｄ"), ("cafe", "cafe\u0301"), ("红色", "紅\u200b色"), ("ガ", "ｶﾞ")):
        at = query.text.index(word)
        start, end = query.span(at, at + len(word))
        assert text[start:end] == said
    assert query.span(0, 0) == (1, 1) and normalized("").span(0, 0) == (0, 0)


@given(
    st.one_of(st.text(max_size=60), st.text(alphabet="aé́  \u200b\u0300ｶﾞ\u1112\u1161紅㈶ا\u0654﷽ﬁ½\r\x00", max_size=30))
)
@settings(max_examples=500)
def test_normalising_keeps_offsets_and_changes_nothing_twice(text: str) -> None:
    query = normalized(text)
    assert normalized(query.text).text == query.text
    assert len(query.starts) == len(query.ends) == len(query.text)
    assert all(0 <= start < end <= len(text) for start, end in zip(query.starts, query.ends, strict=True))
    assert list(query.starts) == sorted(query.starts) and list(query.ends) == sorted(query.ends)
    assert query.text == query.text.strip() and "  " not in query.text


def test_long_queries_are_read_to_a_bound() -> None:
    assert len(normalized("ａ" * 10_000).text) == len(normalized("a" * 10_000).text) == QUERY_LIMIT


def test_folding_a_character_twice_changes_nothing() -> None:
    assert [chr(code) for code in range(0x30000) if fold(fold(chr(code))) != fold(chr(code))] == []


NAMES = ["手机壳", "连衣裙", "男鞋", "女鞋", "红色", "帽子", "长裤", "耳机", "裙", "西瓜", "运动鞋"]
PINYIN = Pinyin.fit(NAMES)
ENGLISH = {"red", "shoes", "women", "men", "for", "nike", "can", "he", "me", "pan"}


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("shouji ke", ["手机壳"]), ("lianyiqun", ["连衣裙"]), ("lian yi qun", ["连衣裙"]), ("hongse lianyiqun nike", ["红色", "连衣裙"]),
        ("hongselianyiqun", ["红色", "连衣裙"]), ("nvxie", ["女鞋"]), ("nuxie", ["女鞋"]), ("sou ji ke", ["手机壳"]), ("ShouJiKe iphone 15", ["手机壳"]),
        ("xi'gua", ["西瓜"]), ("yundongxie for men", ["运动鞋"]), ("red shoes", []), ("women can", []), ("qun", []), ("手机壳", []), ("", []), ("shoujikex", []),
    ],
)  # fmt: skip
def test_pinyin_typed_by_mistake(text: str, names: list[str]) -> None:
    heard = PINYIN.read(text, ENGLISH)
    assert [each.names[0] for each in heard] == names
    for each in heard:
        assert text[slice(*each.span)] == each.text


def test_sounds_that_are_confused_are_marked_and_homophones_kept() -> None:
    assert PINYIN.read("shoujike")[0].exact and not PINYIN.read("soujike")[0].exact
    assert Pinyin.fit(["时装", "实装"]).read("shizhuang")[0].names == ("时装", "实装")


def test_syllables() -> None:
    assert [syllables(each) for each in ("lianyiqun", "shoes", "", "xian", "a" * 60)] == [3, 0, 0, 1, 0]


@given(st.text(alphabet="aeghinouxz '", max_size=60))
@settings(max_examples=200)
def test_any_letters_are_heard_within_the_text(text: str) -> None:
    for each in PINYIN.read(text):
        assert text[slice(*each.span)] == each.text and each.names


WORDS = Speller.fit(
    {
        "red": 90,
        "dress": 80,
        "running": 70,
        "shoes": 60,
        "men": 50,
        "back": 300,
        "pack": 400,
        "backpack": 50,
        "laptop": 9,
        "headphones": 5,
    }
)


def test_joined_and_split_words() -> None:
    assert WORDS.split("reddress") == ("red", "dress") and WORDS.split("runningshoesmen") == ("running", "shoes", "men")
    assert WORDS.regrouped(["back", "pack", "reddress"]) == [(0, 2, ("backpack",)), (2, 3, ("red", "dress"))]
    assert WORDS.split("laptop") is None and WORDS.regrouped([]) == []


def test_two_slips_of_the_finger_cost_less_than_two_mistakes() -> None:
    assert edit_cost("headpjonse", "headphones") == pytest.approx(1.4)
    assert edit_cost("headqzones", "headphones") == 2.0
    assert edit_cost("headphones", "headphones") == 0.0


@pytest.mark.parametrize(
    ("kind", "names", "meant"),
    [
        ("color", "rojo roja rouge rote 赤い 빨간색 vermelho أحمر احمر red 红色 紅色", "Red"),
        ("type", "vestidos Kleid ワンピース 원피스 vestido فستان dress 连衣裙", "Dresses"),
        ("material", "algodon algodón coton Baumwolle コットン 면 قطن", "Cotton"),
        ("gender", "mujer femme Damen レディース 여성 mulher نسائي", "Women"),
        ("pattern", "rayado rayé gestreift ストライプ 줄무늬 listrado مخطط", "Striped"),
        ("usage", "boda mariage Hochzeit 結婚式 결혼식 casamento زفاف", "Wedding"),
        ("quality", "inalámbrico drahtlos ワイヤレス 무선 لاسلكي", "Wireless"),
    ],
)
def test_the_lexicon_answers_in_every_language(kind: str, names: str, meant: str) -> None:
    found = {name: entry.key if (entry := LEXICON.find(kind, name)) else None for name in names.split()}
    assert found == dict.fromkeys(names.split(), meant)


def test_a_language_decides_what_a_name_of_two_means() -> None:
    robe, dress = LEXICON.find("type", "robe"), LEXICON.find("type", "robe", "fr")
    assert robe and dress and (robe.key, dress.key) == ("Robes", "Dresses")
    assert LEXICON.find("type", "watch", "fr") is LEXICON.find("type", "montre")


def test_the_further_languages_fit_the_lexicon() -> None:
    further = [entry for entry in LEXICON.entries if "es" in entry.names]
    assert len(further) >= 400
    for entry in further:
        assert set(entry.names) == {"en", "zh", *FURTHER}
        for language in FURTHER:
            assert all(name and name.strip() == name for name in entry.names[language]), entry
            assert LEXICON.find(entry.kind, entry.names[language][0]) is not None
        assert all(any("\u0600" <= char <= "\u06ff" for char in name) for name in entry.names["ar"]), entry


def test_the_further_languages_take_no_english_or_chinese_name_away() -> None:
    own = Lexicon.load(world=None)
    assert all(set(entry.names) == {"en", "zh"} for entry in own.entries)
    for entry in own.entries:
        for names in entry.names.values():
            for name in names:
                before, now = own.find(entry.kind, name), LEXICON.find(entry.kind, name)
                assert before is not None and now is not None and before.key == now.key
    assert is_chinese("红") and not is_chinese("red")
