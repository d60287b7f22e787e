"""``tenge card``: readers, what lies in them, and what is said to it."""

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from device.cli.options import AsJson
from device.cli.speaking import EXIT_WORLD, speaking
from faces.commands import Spoken
from faces.language import label
from tender.errors import Code, DeviceError, RemoteProtocolError
from town.card.new import new
from town.card.pay import pay

app = Spoken(
    name="card",
    help="Cards and their readers: real ones, virtual ones, and cards in files.",
    no_args_is_help=True,
)

Reader = Annotated[
    str, typer.Option("--reader", "-r", help="A part of the reader's name, or file:PATH, or unix:PATH.")
]
_LOOK_S = 0.3


@app.command()
def up(
    count: Annotated[int, typer.Option(min=2, max=16, help="How many readers.")] = 4,
    as_json: AsJson = False,
) -> None:
    """Start virtual readers behind a PC/SC daemon of their own, apart from this computer's.

    Example:  tenge card up
    """
    from hardware import card_service
    from hardware.pcsc import SERVICE_VARIABLE

    with speaking(as_json) as voice:
        found = card_service.up(count)
        variable = f"{SERVICE_VARIABLE}={found.socket}"
        voice.line(label("cards.up", count=len(found.readers)))
        for reader in found.readers:
            voice.line(f"  {reader.name}")
        voice.line(label("cards.for-others", variable=variable))
        voice.tell(readers=[reader.name for reader in found.readers], socket=str(found.socket))


@app.command()
def down(as_json: AsJson = False) -> None:
    """Take every card away and stop the virtual readers."""
    from hardware import card_service

    with speaking(as_json) as voice:
        stood = card_service.down()
        voice.line(label("cards.down" if stood else "cards.none-up"))
        voice.tell(down=stood)


@app.command()
def readers(as_json: AsJson = False) -> None:
    """The readers there are: those of `tenge card up` while they stand, else this computer's."""
    from hardware.readers import pcsc_readers

    with speaking(as_json) as voice:
        names = pcsc_readers()
        for name in names:
            voice.line(name)
        if not names:
            voice.line(label("cards.no-readers"))
        voice.tell(readers=list(names))


@app.command("list")
def list_(
    where: Annotated[
        list[str] | None, typer.Argument(help="Only these: parts of readers' names, file:PATH, unix:PATH.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """What lies in each reader.

    Example:  tenge card list file:aigul.card
    """
    from hardware.readers import pcsc_readers
    from town.card.looking import looked_at

    with speaking(as_json) as voice:
        found = [looked_at(name, _LOOK_S) for name in where or pcsc_readers()]
        for seen in found:
            voice.line(f"{seen.reader:<28} {seen.told()}{f'  {seen.atr.hex()}' if seen.atr else ''}")
        if not found:
            voice.line(label("cards.no-readers"))
        voice.tell(cards=[seen.as_dict() for seen in found])
        if any(seen.refusal for seen in found):
            raise typer.Exit(EXIT_WORLD)


@app.command()
def insert(
    file: Annotated[str, typer.Argument(help="The card image, as file:PATH or PATH.")],
    reader: Reader = "",
    as_json: AsJson = False,
) -> None:
    """Hold a card in a file to a virtual reader, the first empty one if none is named, until `tenge card
    remove`.

    Example:  tenge card insert aigul.card --reader 'Reader 0 00 00'
    """
    from hardware import card_service
    from hardware.readers import FILE

    with speaking(as_json) as voice:
        path = Path(file.removeprefix(FILE)).expanduser()
        name = card_service.insert(path, reader).name
        voice.line(label("cards.inserted", file=path.name, reader=name))
        voice.tell(reader=name, file=path.name)


@app.command()
def remove(reader: Reader = "", as_json: AsJson = False) -> None:
    """Take the card from a virtual reader, in the middle of a command too.

    Example:  tenge card remove --reader 'Reader 0 00 00'
    """
    from hardware import card_service

    with speaking(as_json) as voice:
        name = card_service.remove(reader).name
        voice.line(label("cards.removed", reader=name))
        voice.tell(reader=name)


@app.command()
def shell(
    reader: Reader, wait_s: Annotated[float, typer.Option(help="How many seconds to wait for a card.")] = 10.0
) -> None:
    """Talk to a card in its own bytes: each line a command in hexadecimal, each answer taken apart.

    Example:  tenge card shell --reader file:aigul.card
    """
    from hardware.readers import open_reader
    from town.card.shell import talk

    with speaking(False) as voice:
        opened = open_reader(reader)
        if sys.stdin.isatty():
            voice.line(label("cards.shell"))
        try:
            voice.line(opened.connect(wait_s).hex())
            for line in talk(opened, iter(sys.stdin.readline, "")):
                voice.line(line)
        finally:
            opened.disconnect()


@app.command()
def trace(
    file: Annotated[Path, typer.Argument(help="A recorded session: TENGE_CARD_SESSION=FILE writes one.")],
    as_json: AsJson = False,
) -> None:
    """Take a recorded session apart: each command and answer by name. PINs and keys never show.

    Example:  TENGE_CARD_SESSION=tap.jsonl tenge card list file:aigul.card; tenge card trace tap.jsonl
    """
    from hardware.replayed import read_session
    from town.card.session import told

    with speaking(as_json) as voice:
        try:
            lines = file.read_text(encoding="utf-8").splitlines()
        except (OSError, ValueError) as error:
            raise DeviceError(Code.FILE_UNREADABLE, "session", file=file.name) from error
        try:
            rows = list(told(*read_session(lines)))
        except RemoteProtocolError as error:
            raise DeviceError(Code.SESSION_WRONG, error.field, file=file.name) from error
        for row in rows:
            voice.line(row)
        if as_json:
            typer.echo(json.dumps(rows, ensure_ascii=False))


app.command()(new)
app.command()(pay)
