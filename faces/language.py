"""The language people are spoken to in: English, Russian or Kazakh, and how a text gets its facts.

English stands in tables, key → template (``words.py``, ``phrases.py``, ``labels*.py``): ``{name}`` takes a
fact, a part in square brackets is dropped when its fact is missing or empty. Russian and Kazakh stand in
gettext catalogues under ``locale/``, the key as context; a text they lack is shown in English. A catalogue is
read when its language first speaks, so whoever speaks English reads none. ``make catalogues`` brings them up
to date.
"""

import os
import re
from collections.abc import Mapping
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Final

from faces.amounts import fact_text

if TYPE_CHECKING:
    from gettext import NullTranslations

TAGS: Final = ("en", "ru", "kk")
"""Every language spoken here, the one to fall back to first."""

TABLES: Final = (
    ("faces.labels", "SHARED"),
    ("faces.labels_audit", "AUDIT"),
    ("faces.labels_card_desk", "CARD_DESK"),
    ("faces.labels_bank_cards", "BANK_CARDS"),
    ("faces.labels_cards", "CARDS"),
    ("faces.labels_cardpay", "CARDPAY"),
    ("faces.labels_wallet", "WALLET"),
    ("faces.labels_home", "HOME"),
    ("faces.labels_exchange", "EXCHANGE"),
    ("faces.labels_commands", "LINES"),
    ("faces.labels_codes", "CODES"),
    ("faces.labels_checkout", "CHECKOUT"),
    ("faces.labels_payment_cards", "PAYMENT_CARDS"),
    ("faces.labels_platform", "PLATFORM"),
    ("faces.labels_pos", "POS"),
    ("faces.labels_qr", "QR"),
    ("faces.labels_receipt", "RECEIPT"),
    ("faces.labels_load", "LOAD"),
    ("faces.labels_stripe", "STRIPE"),
    ("faces.labels_switch", "SWITCH"),
    ("faces.labels_tap", "TAP"),
    ("faces.labels_till", "TILL"),
)
"""Where labels stand: module and table. A key belongs to one table only."""

_PART: Final = re.compile(r"\[([^\[\]]*)\]")
_FACT: Final = re.compile(r"\{([a-z_]+)\}")

_chosen: str = ""


def use(tag: str) -> None:
    """Speak this language from now on, in the whole process; one that is not spoken here means English."""
    global _chosen
    _chosen = tag if tag in TAGS else TAGS[0]


def current() -> str:
    """The language in use: ``en``, ``ru`` or ``kk``; picked from the environment when nobody chose."""
    if not _chosen:
        use(preferred(os.environ))
    return _chosen


def chosen_over(kept: str, environment: Mapping[str, str]) -> str:
    """The language of a screen: that of TENGE_LANG when it names one of ours, else the one kept from before;
    "" when neither says any."""
    told = environment.get("TENGE_LANG", "")
    return told if told in TAGS else kept


def preferred(environment: Mapping[str, str]) -> str:
    """The first language of ours that the environment asks for: TENGE_LANG, else the locale variables."""
    for name in ("TENGE_LANG", "LC_ALL", "LC_MESSAGES", "LANG"):
        asked = re.split(r"[_.@-]", environment.get(name, "").lower(), maxsplit=1)[0]
        if asked in TAGS:
            return asked
        if asked:
            break  # another language, or none (C): what stands behind is overruled
    return TAGS[0]


def label(key: str, /, **facts: str | int) -> str:
    """The text of a screen under this key, in the language in use, its facts filled in.

    A key nobody wrote shows as itself, so that a slip costs a word and never the screen.
    """
    return _label(key, current(), facts)


def english(key: str, /, **facts: str | int) -> str:
    """The same in English whatever language is in use: for programs."""
    return _label(key, TAGS[0], facts)


def _label(key: str, tag: str, facts: Mapping[str, str | int]) -> str:
    found = labels().get(key)
    if found is None:
        return key
    told = {name: fact_text(name, value) for name, value in facts.items()}
    return filled(translated(key, found, tag), told)


@cache
def labels() -> Mapping[str, str]:
    """Every label in English; the tables are read when the first label is asked for."""
    return {
        key: text for module, table in TABLES for key, text in getattr(import_module(module), table).items()
    }


def translated(context: str, english: str, language: str = "") -> str:
    """A template in the language in use (or in this one); English where the catalogue lacks it."""
    tag = language or current()
    return english if tag == "en" or tag not in TAGS else _catalogue(tag).pgettext(context, english)


def filled(template: str, facts: Mapping[str, str]) -> str:
    """The template with its facts; no part and no hole is shown for a fact that is missing or empty."""

    def part(found: re.Match[str]) -> str:
        names = _FACT.findall(found[1])
        if not names:
            return found[0]  # no fact, no part: brackets that are meant, as in digital-tenge[camera]
        return found[1] if all(facts.get(name) for name in names) else ""

    return _FACT.sub(lambda found: facts.get(found[1]) or "…", _PART.sub(part, template))


def facts_of(template: str) -> set[str]:
    """The names of the facts a template can take."""
    return set(_FACT.findall(template))


@cache
def _catalogue(tag: str) -> "NullTranslations":
    """The compiled catalogue of a language; an empty one when it was not shipped."""
    import gettext
    from pathlib import Path

    return gettext.translation("tenge", Path(__file__).parent / "locale", [tag], fallback=True)
