"""The catalogues: every text in three languages, saying the same things of the same facts, and compiled."""

import ast
import re
from collections import Counter
from importlib import import_module

import pytest

from docs.catalogues import TRANSLATED, catalogue, texts
from faces.labels_commands import FRAME
from faces.language import TABLES, labels, translated
from tests.house.tree import product_code

TEXTS = list(texts())
CATALOGUES = {tag: catalogue(tag) for tag in TRANSLATED}

KEPT = re.compile(
    r"\b(?:Altyn|Enter|Esc|GIF|JPEG|JSON|Kaspi|Ctrl|PIN|PNG|PUK|PC/SC|NFC|pcscd|APDU|ATR"
    r"|TENGE1?|UTC|Unix|WebP|Wi-Fi|English|Visa|Mastercard|RRN|AID"
    r"|pip install \S+|fonts-dejavu-core|wl-clipboard|xclip|tenge wallet \w+|TENGE_\w+=FILE|TENGE_\w+"
    r"|file:\w+|unix:\w+|PATH|select, reset, quit|00A4\w+"
    r"|ESC/POS|dev/usb/lp0|app, shop|app|qr|nfc|http|dt-\w+|cash|return|transfer"
    r"|camera, clipboard|verify, sizes, start, pay)\b"
)
"""Latin words that are names or are typed as they stand, in every language."""


def said(tag: str, key: str, english: str) -> str:
    found = CATALOGUES[tag].get(english, context=key)
    return "" if found is None or found.fuzzy or not isinstance(found.string, str) else found.string


def each(tag: str) -> list[tuple[str, str, str]]:
    return [(text.key, text.english, said(tag, text.key, text.english)) for text in TEXTS]


def facts(template: str) -> list[str]:
    return sorted(re.findall(r"\{[a-z_]+\}", template))


def parts(template: str) -> list[list[str]]:
    return sorted(facts(part) for part in re.findall(r"\[[^\[\]]*\]", template))


def typed(template: str) -> list[str]:
    """What a person types: it is the same in every language."""
    return sorted(re.findall(r"`[^`]*`|(?<!\w)--[a-z-]+", template))


@pytest.mark.parametrize("tag", TRANSLATED)
def test_every_text_has_its_words(tag: str) -> None:
    missing = [f"{key}: {english}" for key, english, words in each(tag) if not words]
    assert not missing, "translate it in faces/locale, then `make catalogues`"


@pytest.mark.parametrize("tag", TRANSLATED)
def test_a_translation_tells_the_same_facts_and_commands(tag: str) -> None:
    other = [
        f"{key}: {english} → {words}"
        for key, english, words in each(tag)
        if words
        and (facts(words), parts(words), typed(words)) != (facts(english), parts(english), typed(english))
        and key not in FRAME
    ]
    assert not other


@pytest.mark.parametrize("tag", TRANSLATED)
def test_no_english_is_left_over(tag: str) -> None:
    latin = re.compile(r"[A-Za-z]{3,}")
    left = [
        f"{key}: {strange}"
        for key, _, words in each(tag)
        if (strange := latin.findall(KEPT.sub("", re.sub(r"`[^`]*`|\{[a-z_]+\}|--[a-z-]+", "", words))))
    ]
    assert not left


def test_kazakh_is_not_russian() -> None:
    same = [
        key
        for key, english, words in each("kk")
        if len(words) > 16 and words == said("ru", key, english) and re.search("[а-яё]", words)
    ]
    assert not same


def test_russian_bends_no_noun_to_a_number() -> None:
    # Three forms of a noun would need three texts of each; a number that stands last needs one.
    counted = re.compile(
        r"\{(count|keys|revoked|pieces|payments|left_out|bytes|most|least|have|needed|frames)\} [а-яё]{3,}"
    )
    assert not [key for key, _, words in each("ru") if counted.search(words)]


@pytest.mark.parametrize("tag", TRANSLATED)
def test_sentences_end_as_sentences(tag: str) -> None:
    ends = re.compile(r"[.:?!…]$")
    open_ = [
        key
        for key, english, words in each(tag)
        if words and english.endswith((".", ":", "…")) and not ends.search(words)
    ]
    assert not open_


@pytest.mark.parametrize("tag", TRANSLATED)
def test_what_stands_on_a_button_is_short(tag: str) -> None:
    long = [words for key, _, words in each(tag) if key.startswith(("key.", "answer.")) and len(words) > 20]
    assert not long, "a footer of eight keys has eighty columns"


@pytest.mark.parametrize("tag", TRANSLATED)
def test_the_program_reads_what_is_written(tag: str) -> None:
    other = [key for key, english, words in each(tag) if translated(key, english, tag) != (words or english)]
    assert not other, "run `make catalogues`"


def test_nothing_is_translated_that_nobody_says() -> None:
    known = {(text.key, text.english) for text in TEXTS}
    stale = [
        f"{tag} {one.context!r}"
        for tag, held in CATALOGUES.items()
        for one in held
        if one.id and (str(one.context), str(one.id)) not in known
    ]
    assert not stale, "run `make catalogues`"


def test_a_key_stands_in_one_table() -> None:
    keys = [key for module, table in TABLES for key in getattr(import_module(module), table)]
    assert not [key for key, times in Counter(keys).items() if times > 1]


def test_every_label_that_is_shown_is_written() -> None:
    unknown = [
        f"{source.path}:{node.lineno} {node.args[0].value!r}"
        for source in product_code()
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id in {"label", "usage"}
        and node.args
        and isinstance(node.args[0], ast.Constant)
        and node.args[0].value not in labels()
    ]
    assert not unknown
