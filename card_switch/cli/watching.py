"""Looking at the messages: those that pass now, and those of a file said again."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from card_switch.cli.asking import running, watch
from card_switch.cli.which_bank import need_bank
from device.cli.options import AsJson
from device.cli.speaking import EXIT_USAGE, EXIT_WORLD, speaking
from faces.amounts import clock_text
from faces.commands import Spoken
from faces.labels_switch import SWITCH
from faces.language import label
from tender.errors import Code, RemoteProtocolError, StoreError

app = Spoken()
_FILE_MOST_BYTES = 10_000_000


def _decided(row: dict[str, Any]) -> str:
    """What a host decided, in words where there are any."""
    facts = {name: str(told) for name, told in row.items() if name not in ("time_ms", "host", "what")}
    if f"switch.what-{row['what']}" in SWITCH:
        return label(f"switch.what-{row['what']}", **facts)
    return " ".join([row["what"], *(f"{name} {told}" for name, told in facts.items())])


def _show(row: dict[str, Any], short: bool) -> None:
    stamp = f"{clock_text(row['time_ms'] // 1000)}.{row['time_ms'] % 1000:03}"
    if "mti" not in row:
        typer.echo(f"{stamp}  {row['host']}: {_decided(row)}")
        return
    typer.echo(f"{stamp}  {row['from']} → {row['to']}  {row['title']}, {row['dialect']}")
    if not short:
        for line in row["lines"]:
            typer.echo(f"    {line}")


@app.command()
def trace(
    short: Annotated[bool, typer.Option("--short", help="One line for each message.")] = False,
    most: Annotated[int, typer.Option(min=0, help="End after so many; 0: never.")] = 0,
    as_json: AsJson = False,
) -> None:
    """Every message between the hosts as it passes, element by element, and what hosts decide. Card numbers
    show their ends; tracks, PINs and printed codes nothing.

    Example:  tenge switch trace --short
    """
    with speaking(as_json) as voice:
        running()
        voice.line(label("switch.watching"))
        try:
            for count, row in enumerate(watch(), 1):
                if as_json:
                    typer.echo(json.dumps(row, ensure_ascii=False))
                else:
                    _show(row, short)
                if count == most:
                    return
        except KeyboardInterrupt:
            return


def _messages(file: Path) -> list[bytes]:
    """The messages of a file: one a line, hexadecimal, as the dialect writes it; `#` begins a remark."""
    try:
        with file.open(encoding="ascii") as opened:
            text = opened.read(_FILE_MOST_BYTES)
    except (OSError, ValueError) as error:
        raise StoreError(Code.FILE_UNREADABLE, "replay", file=file.name) from error
    found: list[bytes] = []
    for number, line in enumerate(text.splitlines(), 1):
        try:
            found.append(bytes.fromhex(line.partition("#")[0]))
        except ValueError as error:
            typer.echo(label("switch.not-hex", line=number, file=file.name), err=True)
            raise typer.Exit(EXIT_USAGE) from error
    return [one for one in found if one]


@app.command()
def replay(
    file: Annotated[Path, typer.Argument(help="Messages in hexadecimal, one a line, Visa-style.")],
    bank: Annotated[str, typer.Option(help="At whose acquirer.")] = "601",
    port: Annotated[int, typer.Option(help="Another port than that of the running switch.")] = 0,
    wait_s: Annotated[float, typer.Option(help="How long to wait for each answer.")] = 25.0,
    as_json: AsJson = False,
) -> None:
    """Say the messages of a file to an acquirer, one after the other, as a terminal would, and show what it
    answers. Said twice, a question has the same answer byte for byte and happens once.

    Example:  tenge switch replay purchases.hex --bank 601
    """
    from card_switch.cli.replaying import Replaying, speaker
    from tender.card.iso8583.dialects import VISA_STYLE
    from tender.card.iso8583.printing import title
    from tender.card.response_codes import in_words

    with speaking(as_json) as voice:
        told: list[dict[str, str] | None] = []
        need_bank(voice, int(bank) if bank.isdecimal() else 0)
        where, lines = port or int(running()["terminals"][bank]), dict[str, Replaying]()
        messages = _messages(file)
        if not messages:
            voice.line(label("switch.no-messages", file=file.name))
        for data in messages:
            who, seals = speaker(data)
            terminal = lines.get(who) or lines.setdefault(who, Replaying(where, seals))
            heard = terminal.say(data, wait_s)
            if not heard:
                voice.line(label("switch.no-answer", seconds=int(wait_s)))
                told.append(None)
                continue
            answer = heard[0]
            try:
                code = answer.code
            except RemoteProtocolError:
                code = ""
            voice.line(label("switch.answered", title=title(answer), words=in_words(code)))
            told.append({"mti": answer.mti, "code": code, "octets": VISA_STYLE.encode(answer).hex()})
        voice.tell(answers=told)
        if None in told:
            raise typer.Exit(EXIT_WORLD)
