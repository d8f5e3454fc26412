"""Which language is this? By script, then by everyday and shopping words, letters and endings. No model, no download.

Shopping words are those below and the lexicon's. Where none is known, runs of three letters decide, as the lexicon's words of each
language have them (naive Bayes; Cavnar and Trenkle 1994 on letters).
"""

from __future__ import annotations

import csv
import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import files

_WORDS = {
    "en": """the and of for with from without new women womens men mens kids boys girls black white red blue green pink
        grey brown dress shoes shirt jacket pants bag case cover set pack size small large wireless charger
        cable phone watch table chair light this that is are was it you your not best cheap under over in on
        to size inch pair home kitchen steel leather cotton who what""",
    "es": """el la los las del y para con sin por una unos unas mujer hombre niño niña niños negro negra blanco blanca
        rojo roja azul verde zapatos zapatillas vestido camisa pantalones chaqueta bolso funda juego talla
        pequeño grande inalámbrico cargador teléfono reloj mesa silla que es muy más nuevo nueva barato
        pulgadas televisiones televisor lámpara cuero algodón cocina""",
    "fr": """le les des du et pour avec sans une dans sur au aux femme homme enfant fille garçon noir noire blanc blanche
        rouge bleu vert chaussures robe chemise pantalon veste sac coque taille petit grand chargeur
        téléphone montre chaise lampe cuir coton cuisine que est très plus nouveau nouvelle pas cher pouces
        fil ce cette""",
    "de": """der die das und für mit ohne von aus ein eine einen zum zur im am auf ist nicht damen herren kinder mädchen
        jungen schwarz weiß weiss rot blau grün grau schuhe kleid hemd hose jacke tasche hülle größe groß
        klein kabellos ladegerät handy uhr tisch stuhl lampe leder baumwolle küche neu neue günstig zoll
        stück""",
    "pt": """o os do da dos das e para com sem um uma uns umas mulher homem criança menino menina preto preta branco
        vermelho azul verde sapatos tênis vestido camisa calça jaqueta bolsa capa tamanho pequeno grande sem
        fio carregador celular telefone relógio mesa cadeira luminária couro algodão cozinha não muito mais
        novo nova barato polegadas""",
    "it": """il lo gli della dei per con senza una donna uomo bambino bambina nero nera bianco rosso blu scarpe vestito
        camicia pantaloni giacca borsa custodia taglia piccolo grande caricatore telefono orologio tavolo
        sedia lampada pelle cotone cucina che è più nuovo nuova di""",
    "nl": """de het een en voor met zonder van op dames heren kinderen zwart wit rood blauw groen schoenen jurk broek jas
        tas maat klein groot oplader telefoon horloge tafel stoel lamp leer katoen keuken nieuw niet""",
}  # fmt: skip
_LETTERS = {
    "ñ": "es", "¿": "es", "¡": "es", "ß": "de", "ä": "de", "ö": "de", "ü": "de", "ã": "pt", "õ": "pt", "ç": "fr",
    "œ": "fr", "è": "fr", "ê": "fr", "à": "fr", "ù": "fr", "â": "fr", "î": "fr", "ì": "it", "ò": "it",
}  # fmt: skip
_ENDINGS = {
    "ción": "es", "ciones": "es", "idad": "es", "tion": "fr", "ment": "fr", "eux": "fr", "euse": "fr", "ung": "de",
    "lich": "de", "keit": "de", "schuhe": "de", "ção": "pt", "ções": "pt", "dade": "pt", "zione": "it",
    "zioni": "it", "ness": "en", "ing": "en", "tions": "en",
}  # fmt: skip
_SCRIPTS = (
    ("ja", re.compile(r"[ぁ-ゖァ-ヺ]")),
    ("ko", re.compile(r"[가-힣ᄀ-ᇿ㄰-㆏]")),
    ("uk", re.compile(r"[іїєґІЇЄҐ]")),
    ("ru", re.compile(r"[а-яёА-ЯЁ]")),
    ("fa", re.compile(r"[پچژگ]")),
    ("ar", re.compile(r"[\u0621-\u064a]")),
    ("he", re.compile(r"[א-ת]")),
    ("th", re.compile(r"[ก-ฮ]")),
    ("el", re.compile(r"[α-ωά-ώΑ-Ω]")),
    ("hi", re.compile(r"[\u0904-\u0939]")),
)
_HAN = re.compile(r"[㐀-䶿一-鿿]")
_JAPANESE_HAN = re.compile(
    "[円黒価気読売転発歩帯帰駅鉄軽浄様経続絵総豊銭関険験塩酔歯毎巻団図広従応戻楽渋畑込枠働匂峠辻剣薬児姉単営労厳覚恵検権桜栄]"
)
"""Characters of Japan's own simplification, which neither way of writing Chinese has."""
_LATIN = re.compile(r"[a-z]+(?:'[a-z]+)?")
_LATIN_ANY = re.compile(r"[^\W\d_]+")
_READ = 600
"""Characters that are looked at."""


_LETTERED = ("en", "es", "fr", "de", "pt")
"""Languages whose letters are known from the lexicon."""
_LEAD = 4.0
"""Nats that the letters of unknown words must speak for one language rather than for the next."""
_SMOOTHING = 0.3
_SHORT = 4


@cache
def _words() -> Mapping[str, frozenset[str]]:
    """Language → its everyday words and, of the lettered ones, those of the lexicon's names."""
    known = {language: set(words.split()) for language, words in _WORDS.items()}
    folder = files("aisle").joinpath("understanding")
    for name in ("lexicon.tsv", "lexicon_world.tsv"):
        text = folder.joinpath(name).read_text(encoding="utf-8")
        for row in csv.DictReader(text.splitlines(), delimiter="\t", quoting=csv.QUOTE_NONE):
            names = {"en": f"{row['en']};{row.get('synonyms') or ''}", **row}
            for language in _LETTERED:
                if said := names.get(language):
                    known[language].update(
                        word for word in _LATIN_ANY.findall(said.lower()) if len(word) > 2 and word < "\u0370"
                    )
    known["en"] |= {word.removesuffix("s") for word in known["en"] if len(word) > _SHORT}
    return {language: frozenset(words) for language, words in known.items()}


@cache
def _votes() -> Mapping[str, tuple[str, ...]]:
    """Word → the languages it is of."""
    votes: dict[str, tuple[str, ...]] = {}
    for language, words in _words().items():
        for word in words:
            votes[word] = (*votes.get(word, ()), language)
    return votes


def _threes(word: str) -> list[str]:
    return [f"^{word}$"[at : at + 3] for at in range(len(word))]


@cache
def _threes_of() -> Mapping[str, tuple[float, ...]]:
    """Three letters → how much likelier each lettered language is to have them than the languages are on average, in nats."""
    counts = [Counter(three for word in _words()[language] for three in _threes(word)) for language in _LETTERED]
    every = set().union(*counts)
    totals = [count.total() + _SMOOTHING * len(every) for count in counts]
    found = {}
    for three in every:
        logs = [math.log((count[three] + _SMOOTHING) / total) for count, total in zip(counts, totals, strict=True)]
        mean = sum(logs) / len(logs)
        found[three] = tuple(log - mean for log in logs)
    return found


def _by_letters(words: Iterable[str]) -> str:
    """The language whose words look most like these, "und" where two come near each other."""
    table = _threes_of()
    sums = [0.0] * len(_LETTERED)
    for word in words:
        for three in _threes(word):
            for place, nats in enumerate(table.get(three, ())):
                sums[place] += nats
    best, next_best = sorted(sums, reverse=True)[:2]
    return _LETTERED[sums.index(best)] if best - next_best > _LEAD else "und"


def detect_language(text: str) -> str:
    """ISO 639-1 code of the language most of the text is in, "und" when nothing tells.

    A script with one great language decides by itself (Han zh, with kana ja, Hangul ko, Cyrillic ru or uk …) unless Latin words
    outweigh it; one Han character counts as a word does.
    """
    text = text[:_READ].lower()
    if text.isascii():
        return _latin(_LATIN.findall(text), "")
    words = _LATIN_ANY.findall(text)
    latin = sum(word[0] < "\u0370" for word in words)
    han = len(_HAN.findall(text))
    for language, script in _SCRIPTS:
        if (count := len(script.findall(text))) and (count + (han if language == "ja" else 0)) > 2 * latin:
            return language
    if han and 2 * han > latin:
        return "ja" if _JAPANESE_HAN.search(text) else "zh"
    return _latin(words, text)


def _latin(words: list[str], text: str) -> str:
    """The language with the most evidence: 1 shared by the languages of a known word, 1 a letter, 1/2 an ending; without any,
    the one whose words are written alike."""
    scores: dict[str, float] = {}
    votes = _votes()
    for word in words:
        if known := votes.get(word):
            for language in known:
                scores[language] = scores.get(language, 0.0) + 1.0 / len(known)
        elif len(word) > 5:
            for size in (3, 4, 5, 6):
                if ending := _ENDINGS.get(word[-size:]):
                    scores[ending] = scores.get(ending, 0.0) + 0.5
    for letter in text and set(text) & _LETTERS.keys():
        scores[_LETTERS[letter]] = scores.get(_LETTERS[letter], 0.0) + 1.0
    if not scores:
        long = [word for word in words if len(word) >= _SHORT]
        return _by_letters(long) if long else "und"
    return max(sorted(scores), key=lambda language: (scores[language], language == "en"))
