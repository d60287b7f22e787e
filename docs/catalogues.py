"""Brings the Russian and Kazakh catalogues up to date: ``python -m docs.catalogues`` (``make catalogues``).

Gathers every text people meet, with the key it stands under; keeps the translations there are, marks those
whose English changed, adds empty places for what is new, drops what is gone, and compiles. Says what is still
missing and ends with 1 then. ``--check`` writes nothing and ends with 1 when something would change.
"""

import io
import sys
from collections.abc import Iterator
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final, NamedTuple

from babel.messages.catalog import Catalog, Message
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from faces import phrases, words
from faces.commands import HELP, paragraphs
from faces.labels_commands import FRAME
from faces.language import TABLES, TAGS

LOCALE: Final = Path(__file__).parent.parent / "faces" / "locale"
TEMPLATE: Final = LOCALE / "tenge.pot"
TRANSLATED: Final = TAGS[1:]

COMMANDS: Final = {
    "wallet.cli": "tenge wallet",
    "pos.cli": "tenge pos",
    "town.commands": "tenge",
    "town.shop.cli": "tenge shop",
    "town.card.cli": "tenge card",
    "town.switch": "tenge switch",
    "platform_stub.cli.card_differences": "tenge platform card",
}
"""Where commands are written whose help is spoken, and what one types to reach them."""

WIDTH: Final = 110


class Text(NamedTuple):
    """A text people meet: the key it stands under, its English, and where it is written."""

    key: str
    english: str
    home: str


class _Undated(Catalog):
    """A catalogue whose header says nothing of when it was made: it changes when a text does."""

    def __iter__(self) -> Iterator[Message]:
        said = f"Language: {self.locale or ''}\nContent-Type: text/plain; charset=utf-8\n"
        return (one if one.id else Message("", said, flags=one.flags) for one in super().__iter__())


def texts() -> Iterator[Text]:
    """Every text, table by table; one that stands under the same key twice comes once."""
    seen = set()
    for text in _all():
        if (text.key, text.english) not in seen:
            seen.add((text.key, text.english))
            yield text


def _all() -> Iterator[Text]:
    yield from (Text(f"code.{code.value}", said, "faces/words.py") for code, said in words.ENGLISH.items())
    yield from (Text(f"status.{name}", said, "faces/words.py") for name, said in words.STATUS_ENGLISH.items())
    yield from (Text(f"phrase.{name}", said, "faces/phrases.py") for name, said in phrases.ENGLISH.items())
    for module, table in TABLES:
        if find_spec(module):
            home = module.replace(".", "/") + ".py"
            yield from (Text(key, said, home) for key, said in getattr(import_module(module), table).items())
    yield from (Text(key, said, "faces/labels_commands.py") for key, said in FRAME.items())
    yield from _help()


def _help() -> Iterator[Text]:
    from typer.main import get_command

    from town.cli import GROUPS, OWN, PLAIN

    for said in (*(entry.about for entry in (*OWN.values(), *GROUPS.values())), *PLAIN):
        yield Text(HELP, said, "town/cli.py")
    for module, program in COMMANDS.items():
        if find_spec(module) and (app := getattr(import_module(module), "app", None)):
            for part in _commands(get_command(app)):
                yield from (
                    Text(HELP, said, f"{program} {part.name}") for said in paragraphs(part.help or "")
                )
                for option in part.params:
                    told = getattr(option, "help", None) or ""
                    yield from (Text(HELP, said, f"{program} {part.name}") for said in paragraphs(told))


def _commands(command: Any) -> Iterator[Any]:
    yield command
    for part in getattr(command, "commands", {}).values():
        if not part.hidden:
            yield from _commands(part)


def template() -> Catalog:
    """The catalogue with every English text and no translation."""
    made = _empty(None)
    for text in texts():
        made.add(text.english, context=text.key, locations=[(text.home, 0)])
    return made


def _empty(tag: str | None) -> Catalog:
    made = _Undated(locale=tag, domain="tenge", charset="utf-8", fuzzy=False)
    made.header_comment = "# The texts of the Digital Tenge simulator; see README.md beside the folders."
    return made


def catalogue(tag: str) -> Catalog:
    """The catalogue of a language as it is stored; an empty one before the first time."""
    path = po(tag)
    if not path.is_file():
        return _empty(tag)
    made = _empty(tag)
    with path.open("rb") as file:
        for one in read_po(file, locale=tag, domain="tenge"):
            if one.id:
                made.add(one.id, one.string, context=one.context, flags=one.flags)
    return made


def po(tag: str) -> Path:
    """Where a language's translations are written."""
    return LOCALE / tag / "LC_MESSAGES" / "tenge.po"


def updated(tag: str) -> Catalog:
    """The catalogue with every text of today: what was translated stays while its English stays."""
    old = catalogue(tag)
    made = _empty(tag)
    before = {str(one.context): one for one in old if one.id and one.context != HELP}
    for text in texts():
        same = old.get(text.english, context=text.key)
        if same is not None and same.string:
            made.add(text.english, same.string, context=text.key, flags=same.flags)
        elif (was := before.get(text.key)) is not None and was.string:
            # Its English changed: the old words stay in sight, unused until somebody has looked.
            made.add(text.english, was.string, context=text.key, flags=["fuzzy"])
        else:
            made.add(text.english, context=text.key)
    return made


def missing(made: Catalog) -> list[str]:
    """The keys a catalogue has no words for yet."""
    return [f"{one.context}: {one.id}" for one in made if one.id and (not one.string or one.fuzzy)]


def written(made: Catalog) -> bytes:
    """The catalogue as text, in the order of the texts."""
    out = io.BytesIO()
    write_po(out, made, width=WIDTH, omit_header=False, include_lineno=False)
    return out.getvalue()


def compiled(made: Catalog) -> bytes:
    """The catalogue as the program reads it."""
    out = io.BytesIO()
    write_mo(out, made)
    return out.getvalue()


def outcome() -> dict[Path, bytes]:
    """Every file of the catalogues as it should be."""
    files = {TEMPLATE: written(template())}
    for tag in TRANSLATED:
        made = updated(tag)
        files |= {po(tag): written(made), po(tag).with_suffix(".mo"): compiled(made)}
    return files


def main() -> int:
    """Write (or check) and say what is missing."""
    stale = [path for path, held in outcome().items() if not path.is_file() or path.read_bytes() != held]
    if "--check" in sys.argv:
        print(*(f"out of date: {path.relative_to(LOCALE)}" for path in stale), sep="\n")
        return int(bool(stale))
    for path, held in outcome().items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(held)
    lacking = [f"{tag}  {line}" for tag in TRANSLATED for line in missing(catalogue(tag))]
    print(*lacking, sep="\n")
    print(f"{len(list(texts()))} texts, {len(lacking)} translations missing")
    return int(bool(lacking))


if __name__ == "__main__":
    sys.exit(main())
