"""Canonical fields of a product, the kinds of their values, and the names that feeds give to their columns."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Any

from aisle.errors import InvalidFeed


class Kind(StrEnum):
    """What an attribute's value is: str, float or int, tuple of str, ISO 8601 str."""

    TEXT = "text"
    NUMBER = "number"
    LIST = "list"
    DATE = "date"


@dataclass(frozen=True, slots=True)
class Field:
    """A canonical field. ``names`` are normalised column names, best first; ``several``: more columns than one may
    feed it."""

    name: str
    kind: Kind
    names: tuple[str, ...]
    several: bool = False


def _field(name: str, kind: Kind, names: str, several: bool = False) -> Field:
    return Field(name, kind, (name, *names.split()), several)


CORE = (
    _field(
        "id",
        Kind.TEXT,
        "product_id item_id uid uuid asin offer_id variant_id objectid _id key 编号 商品id 商品编号 产品编号 "
        "商品编码 产品id",
    ),
    _field(
        "title",
        Kind.TEXT,
        "name product_name product_title item_name display_name label heading 标题 名称 商品名称 商品标题 产品名称 "
        "商品名 品名",
    ),
    _field(
        "description",
        Kind.TEXT,
        "body_html body long_description product_description summary short_description details content about features "
        "bullet_points text 描述 商品描述 详情 商品详情 产品描述 介绍 简介 说明",
        several=True,
    ),
    _field(
        "image",
        Kind.LIST,
        "images image_link image_links image_url image_urls image_src image_path img img_url picture pictures "
        "photo photos "
        "main_image primary_image featured_image thumbnail additional_image_link additional_image_links "
        "additional_images additional_image_urls variant_image media gallery file_name filename 图片 主图 图片链接 "
        "图片地址 商品图片 图片url",
        several=True,
    ),
    _field(
        "group", Kind.TEXT, "item_group_id group_id parent_id parent_sku parent_asin handle style_id spu 款号 spu编号"
    ),
)
"""What a Product holds outside its attributes."""

ATTRIBUTES = (
    _field(
        "type",
        Kind.TEXT,
        "product_type article_type item_type class product_class kind articletype 类型 品类 商品类型 产品类型 类目",
    ),
    _field("brand", Kind.TEXT, "brand_name manufacturer vendor make maker designer publisher 品牌 厂商 制造商 生产商"),
    _field(
        "color",
        Kind.LIST,
        "colour colors colours base_color base_colour color_name color_family colour_name secondary_color "
        "secondary_colour "
        "accent_color basecolour 颜色 颜色分类 色彩 顏色",
        several=True,
    ),
    _field("shade", Kind.LIST, "color_shade 色号"),
    _field("size", Kind.LIST, "sizes size_name dimensions dimension measurements 尺寸 尺码 规格 大小 码数"),
    _field("material", Kind.LIST, "materials fabric composition material_name 材质 材料 面料 质地"),
    _field("pattern", Kind.LIST, "patterns print motif pattern_name 图案 花纹 花型"),
    _field("gender", Kind.TEXT, "sex target_gender suggested_gender department_gender 性别 适用性别"),
    _field("age_group", Kind.TEXT, "age agegroup audience 年龄段 适用年龄"),
    _field(
        "price",
        Kind.NUMBER,
        "current_price final_price selling_price unit_price regular_price price_amount low_price lowprice 价格 "
        "售价 现价 单价 销售价 "
        "商品价格 促销价 價格",
    ),
    _field(
        "sale_price",
        Kind.NUMBER,
        "special_price discounted_price promo_price offer_price deal_price 特价 折扣价 优惠价",
    ),
    _field(
        "list_price",
        Kind.NUMBER,
        "compare_at_price variant_compare_at_price msrp rrp original_price retail_price old_price was_price "
        "price_before "
        "原价 市场价 吊牌价 划线价",
    ),
    _field("currency", Kind.TEXT, "price_currency pricecurrency currency_code currency_id 币种 货币"),
    _field(
        "stock",
        Kind.NUMBER,
        "quantity qty inventory stock_quantity inventory_quantity variant_inventory_qty inventory_qty units_in_stock "
        "stock_level on_hand sell_on_google_quantity 库存 库存数量 数量 存货",
    ),
    _field(
        "availability",
        Kind.TEXT,
        "in_stock instock is_in_stock stock_status available is_available 是否有货 有货 库存状态",
    ),
    _field(
        "rating",
        Kind.NUMBER,
        "average_rating avg_rating rating_value stars star_rating review_rating review_score score product_rating "
        "ratings_average 评分 平均评分 星级 打分",
    ),
    _field(
        "reviews",
        Kind.NUMBER,
        "review_count reviews_count num_reviews number_of_reviews rating_count ratings_count ratings num_ratings "
        "评论数 评价数 评论数量 累计评价",
    ),
    _field("best_rating", Kind.NUMBER, "rating_scale max_rating rating_max"),
    _field(
        "seller",
        Kind.TEXT,
        "seller_name shop store merchant merchant_name shop_name store_name sold_by 卖家 店铺 店铺名称 商家",
    ),
    _field(
        "url",
        Kind.TEXT,
        "link product_url product_link page_url item_url permalink href web_url canonical_url 链接 网址 商品链接 "
        "商品网址",
    ),
    _field(
        "code",
        Kind.LIST,
        "sku mpn gtin gtin8 gtin12 gtin13 gtin14 ean ean13 upc isbn barcode variant_sku variant_barcode model "
        "model_number "
        "model_no modelnumber modelno part_number article_number item_number style_code 货号 型号 条码 条形码",
        several=True,
    ),
    _field(
        "created",
        Kind.DATE,
        "created_at date_created date_added added_at release_date launch_date published_at publish_date date_published "
        "first_available creation_date 上架时间 上架日期 创建时间 发布时间",
    ),
    _field("updated", Kind.DATE, "updated_at last_modified modified date_modified modified_at 更新时间 修改时间"),
    _field("condition", Kind.TEXT, "item_condition itemcondition product_condition 成色 新旧"),
    _field(
        "category",
        Kind.LIST,
        "categories category_path product_category category_name master_category department breadcrumb breadcrumbs "
        "taxonomy "
        "google_product_category 分类 类别 商品分类 商品类别 所属分类",
    ),
    _field("tags", Kind.LIST, "tag keywords labels 标签 关键词"),
)
"""Canonical attributes. Columns that no name here matches become text attributes under their own normalised name."""

FIELDS: Mapping[str, Field] = {each.name: each for each in CORE + ATTRIBUTES}

CURRENCIES = frozenset(
    [
        "usd",
        "eur",
        "gbp",
        "cny",
        "rmb",
        "jpy",
        "krw",
        "inr",
        "aud",
        "cad",
        "nzd",
        "chf",
        "sek",
        "nok",
        "dkk",
        "pln",
        "czk",
        "huf",
        "ron",
        "bgn",
        "rub",
        "uah",
        "try",
        "brl",
        "mxn",
        "ars",
        "clp",
        "cop",
        "pen",
        "hkd",
        "twd",
        "sgd",
        "thb",
        "vnd",
        "idr",
        "myr",
        "php",
        "zar",
        "ngn",
        "kes",
        "egp",
        "aed",
        "sar",
        "qar",
        "kwd",
        "ils",
    ]
)
LANGUAGES = frozenset(
    [
        "ar",
        "bg",
        "bn",
        "ca",
        "cs",
        "da",
        "de",
        "el",
        "en",
        "es",
        "et",
        "fa",
        "fi",
        "fr",
        "he",
        "hi",
        "hr",
        "hu",
        "id",
        "it",
        "ja",
        "ko",
        "lt",
        "lv",
        "ms",
        "nl",
        "no",
        "pl",
        "pt",
        "ro",
        "ru",
        "sk",
        "sl",
        "sr",
        "sv",
        "ta",
        "th",
        "tr",
        "uk",
        "ur",
        "vi",
        "zh",
    ]
)
TRANSLATED = ("title", "description")

_SYNONYMS = {name: (each.name, rank) for each in CORE + ATTRIBUTES for rank, name in enumerate(each.names)}
_PREFIXES = (
    "product_",
    "item_",
    "goods_",
    "variant_",
    "offers_",
    "offer_",
    "aggregaterating_",
    "aggregate_rating_",
    "商品",
    "产品",
)
_IMAGE_NUMBERED = re.compile(r"(?:image|img|picture|photo|additional_image_link)s?_?(?:link|url|src)?_?\d+")
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_NOT_WORD = re.compile(r"[\W_]+")
_LANGUAGE_WORDS = {"chinese": "zh", "中文": "zh", "english": "en", "英文": "en", "cn": "zh"}


@lru_cache(maxsize=4096)
def normalise(column: str) -> str:
    """A column's name as an attribute's: ``"g:Sale Price"`` → ``sale_price``, ``baseColour`` → ``base_colour``."""
    name = unicodedata.normalize("NFKC", column).strip()
    name = re.sub(r"^(?:\{[^}]*\}|[gc]:)", "", name)
    return _NOT_WORD.sub("_", _CAMEL.sub("_", name)).strip("_").lower()[:80] or "column"


def translation(name: str) -> str | None:
    """``title_zh``, ``zh_name``, ``description.zh-CN`` → ``title_zh`` …: the field in its language; else None."""
    words = name.removeprefix("translations_").split("_")
    if len(words) > 2 and words[-2] in LANGUAGES and len(words[-1]) in (2, 4):
        words = words[:-1]  # zh_cn, zh_hans: the region or script
    for language, rest in ((words[-1], words[:-1]), (words[0], words[1:])):
        language = _LANGUAGE_WORDS.get(language, language)
        found = _SYNONYMS.get("_".join(rest))
        if language in LANGUAGES and found and found[0] in TRANSLATED:
            return f"{found[0]}_{language}"
    return None


def named_currency(column: str) -> str | None:
    """The currency that a price column's own name states: ``price_usd`` → USD, ``价格(元)`` → CNY."""
    last = normalise(column).rsplit("_", 1)[-1]
    if last in ("元", "人民币", "rmb"):
        return "CNY"
    return last.upper() if last in CURRENCIES else None


def field_of(column: str) -> tuple[str, int] | None:
    """The canonical field that a column's name means, with a rank (0: the field's own name); None when it means
    none."""
    name = normalise(column)
    if name in _SYNONYMS:
        return _SYNONYMS[name]
    if translated := translation(name):
        return translated, 0
    if _IMAGE_NUMBERED.fullmatch(name):
        return "image", 50
    if named_currency(column) and (found := _SYNONYMS.get(name.rsplit("_", 1)[0])) and "price" in found[0]:
        return found[0], found[1] + 1
    for prefix in _PREFIXES:
        rest = name.removeprefix(prefix)
        if rest != name and rest in _SYNONYMS:
            found_name, rank = _SYNONYMS[rest]
            return found_name, rank + 60
    if name.startswith("brand_") or name.endswith("_brand"):
        return "brand", 90
    return None


_IMAGE_VALUE = re.compile(r"[^\n]{1,1000}\.(?:jpe?g|png|webp|gif|avif|heic)(?:[?#,|].*)?\Z", re.IGNORECASE)
_IMAGE_NAME = re.compile(r"\.(?:jpe?g|png|webp|gif|avif|heic)\b", re.IGNORECASE)
_URL_VALUE = re.compile(r"https?://\S+\Z", re.IGNORECASE)
_NUMBER_VALUE = re.compile(r"[^\d]{0,12}\d[\d.,\s'’]*[^\d]{0,12}\Z")
_MONEY_VALUE = re.compile(r"(?:[A-Z]{0,3}[$€£¥￥₹]\s?\d[\d.,]*|\d[\d.,]*\s?(?:[$€£¥￥₹元]|USD|EUR|GBP|CNY|RMB))\Z")


def _share(values: Sequence[str], pattern: re.Pattern[str]) -> float:
    return sum(1 for value in values if pattern.match(value)) / len(values) if values else 0.0


def _contradicts(field: str, values: Sequence[str]) -> bool:
    """Whether the sampled values can't be what the column's name says."""
    if not values:
        return False
    if field == "image":
        return all(" " in value and not _IMAGE_NAME.search(value) and "://" not in value for value in values)
    if field in ("price", "sale_price", "list_price", "rating"):
        return all(not any(char.isdigit() for char in value) and len(value) > 24 for value in values)
    if field == "url":
        return all(" " in value for value in values)
    if field == "stock":
        return all(len(value) > 60 for value in values)
    return False


def _from_values(
    left: Sequence[str], sampled: Mapping[str, Sequence[str]], taken: Mapping[str, list[str]], rows: int
) -> dict[str, str]:
    """Fields that no name gave away, seen from the values: image and url by their form, price by its sign, id and
    title."""
    found: dict[str, str] = {}
    for column in left:
        values = sampled[column]
        if not values:
            continue
        if "image" not in taken and "image" not in found and _share(values, _IMAGE_VALUE) > 0.8:
            found["image"] = column
        elif "url" not in taken and "url" not in found and _share(values, _URL_VALUE) > 0.9:
            found["url"] = column
        elif "price" not in taken and "price" not in found and _share(values, _MONEY_VALUE) > 0.8:
            found["price"] = column
    left = [column for column in left if column not in found.values()]
    unique = [c for c in left if rows and len(sampled[c]) == rows and len(set(sampled[c])) == rows]
    if "id" not in taken:
        short = [c for c in unique if all(len(v) <= 40 and " " not in v for v in sampled[c])]
        if rows > 2 and short:
            found["id"] = short[0]
    if "title" not in taken and "title_en" not in taken:
        texts = [
            (len(set(sampled[c])), c)
            for c in left
            if c not in found.values()
            and sampled[c]
            and 4 <= sum(map(len, sampled[c])) / len(sampled[c]) <= 200
            and sum(any(ch.isalpha() for ch in v) for v in sampled[c]) > 0.8 * len(sampled[c])
        ]
        if texts:
            found["title"] = max(texts, key=lambda each: each[0])[1]
    return found


def _texts(rows: Iterable[Mapping[str, Any]], column: str) -> list[str]:
    values = (row.get(column) for row in rows)
    return [
        str(value[0] if isinstance(value, list) and value else value).strip()
        for value in values
        if value not in (None, "", [])
    ]


def guess_mapping(columns: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> dict[str, tuple[str, ...]]:
    """Field → columns, from the columns' names and the values of some sampled rows.

    A field that only one column may feed gets the best-named one; the others stay attributes of their own.
    """
    sampled = {column: _texts(rows, column) for column in columns}
    candidates: dict[str, list[tuple[int, int, str]]] = {}
    for order, column in enumerate(columns):
        meant = field_of(column)
        if meant and not _contradicts(meant[0], sampled[column]):
            empty = 1000 if rows and not sampled[column] else 0  # a column without values loses to any that has some
            candidates.setdefault(meant[0], []).append((meant[1] + empty, order, column))
    taken: dict[str, list[str]] = {}
    for field, ranked in candidates.items():
        several = field in FIELDS and FIELDS[field].several
        taken[field] = [column for _, _, column in (sorted(ranked) if several else sorted(ranked)[:1])]
    used = {column for chosen in taken.values() for column in chosen}
    for field, column in _from_values([c for c in columns if c not in used], sampled, taken, len(rows)).items():
        taken[field] = [column]
    if "id" not in taken and "code" in taken:
        for column in taken["code"]:  # a shop's own article number serves as id when each row has its own
            if sampled[column] and len(set(sampled[column])) == len(rows):
                taken["id"] = [column]
                break
    return {field: tuple(chosen) for field, chosen in taken.items()}


def override(
    guessed: Mapping[str, tuple[str, ...]], wanted: Mapping[str, str | Sequence[str]], columns: Sequence[str]
) -> dict[str, tuple[str, ...]]:
    """The guessed mapping with what the user wants instead. An empty column means: leave this field alone.

    Raises InvalidFeed for a column that the feed doesn't have.
    """
    chosen = dict(guessed)
    for field, value in wanted.items():
        names = tuple(name for name in ((value,) if isinstance(value, str) else value) if name)
        for name in names:
            if name not in columns:
                raise InvalidFeed(
                    f"The feed has no column “{name}”.",
                    field=f"map.{field}",
                    hint="Its columns: " + ", ".join(columns[:60]),
                )
        taken = set(names)
        for other, their in list(chosen.items()):
            kept = tuple(name for name in their if name not in taken)
            if other != field and kept != their:
                chosen.pop(other)
                if kept:
                    chosen[other] = kept
        chosen[field] = names
    return chosen
