"""The end of a day by command, and its report: till, switch and bank side by side."""

from typing import Annotated, Any

import typer

from card_switch.cli.asking import ask
from card_switch.cli.patience import heard
from device.cli.options import AsJson
from device.cli.speaking import EXIT_REFUSED, Voice, speaking
from faces.amounts import amount_text, moment_text
from faces.commands import Spoken
from faces.language import label
from tender.account.participants import name_of

app = Spoken()


def _show(voice: Voice, told: dict[str, Any]) -> None:
    for bank in told["banks"]:
        facts = {"issued_tiyn": amount_text(bank["issued_tiyn"]), "count": bank["lines"]}
        voice.line(label("switch.day-bank", bank=name_of(bank["bank"]), **facts))
        for other, tiyn in bank["positions"].items():
            name = "switch.day-pays" if tiyn > 0 else "switch.day-is-paid"
            parties = {"bank": name_of(bank["bank"]), "other": name_of(int(other))}
            voice.line(label(name, **parties, amount_tiyn=amount_text(abs(tiyn))))
        for merchant, tiyn in bank["merchants"].items():
            name = "switch.day-merchant" if merchant else "switch.day-machines"
            facts = {"bank": name_of(bank["bank"]), "amount_tiyn": amount_text(tiyn)}
            voice.line(label(name, merchant=merchant, **facts))
        if bank["code"]:
            voice.line(label("switch.day-refused", bank=name_of(bank["bank"]), code=bank["code"]))
        for one in bank["decided"]:
            said = {name: one[name] for name in ("operation", "account", "reason", "officer")}
            facts = {"bank": name_of(bank["bank"]), "amount_tiyn": amount_text(one["amount_tiyn"])}
            voice.line(label("switch.day-decided", **said, **facts))
        for one in bank["differences"]:
            ours, theirs = amount_text(one["switch_tiyn"]), amount_text(one["bank_tiyn"])
            what = {"bank": name_of(bank["bank"]), "what": one["what"]}
            voice.line(label("switch.day-differs", **what, switch_tiyn=ours, bank_tiyn=theirs))
    for one in told["batches"]:
        if not one["agrees"]:
            till, ours = (amount_text(one[side]["debits_tiyn"]) for side in ("till", "switch"))
            voice.line(label("switch.day-till", terminal=one["terminal"], till_tiyn=till, switch_tiyn=ours))
    for one in told["open_batches"]:
        voice.line(label("switch.day-batch-open", terminal=one["terminal"]))
    for one in told["mismatches"]:
        amounts = {
            f"{host}_tiyn": amount_text(one[f"{host}_tiyn"]) for host in ("acquirer", "network", "issuer")
        }
        voice.line(label("switch.day-hosts", what=one["operation"], **amounts))
    closed = moment_text(told["time_ms"] // 1000)
    voice.line(
        label("switch.day-agrees" if told["agrees"] else "switch.day-does-not", day=told["day"], date=closed)
    )
    voice.tell(**told)
    if not told["agrees"]:
        raise typer.Exit(EXIT_REFUSED)


@app.command("close-day")
def close_day(as_json: AsJson = False) -> None:
    """Close the day: authorisations are matched, each bank's net positions are settled, merchants credited.
    Says whether till, switch and bank agree; ends with 1 and the line that differs when they do not.

    Example:  tenge switch close-day
    """
    with speaking(as_json) as voice:
        _show(voice, voice.need(heard(voice, "switch.day-unheard", lambda: ask("close-day"))))


@app.command()
def day(
    number: Annotated[int, typer.Argument(help="Which day; the last one that was closed if left out.")] = 0,
    as_json: AsJson = False,
) -> None:
    """The report of a day that was closed.

    Example:  tenge switch day
    """
    with speaking(as_json) as voice:
        _show(voice, voice.need(ask("day", day=number)))
