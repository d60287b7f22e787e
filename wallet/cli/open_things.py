"""Commands about what is not finished: status, recover, hand-over, free, found."""

import shutil
import textwrap
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from faces.language import label
from tender.errors import Code
from wallet.cli.money import Which
from wallet.cli.opening import opened
from wallet.cli.options import OneWallet

if TYPE_CHECKING:
    from device.cli.speaking import Voice
    from device.core.open_things import Thing
    from device.service.hand_over import Late
    from device.service.status import Standing
    from device.service.wallet import Wallet

WIDTH: Final = 80
LABEL_WIDTH: Final = 12


def status(*, which: OneWallet) -> None:
    """Everything that is not finished: what is certain, what waits, and what to type.

    Example:  tenge wallet status
    """
    with opened(which) as (voice, wallet):
        standing = wallet.status.look()
        show_standing(voice, standing, which.name)
        voice.tell(**standing_json(standing, which.name))


def recover(
    offline: Annotated[bool, typer.Option("--offline", help="Do not call the bank.")] = False,
    *,
    which: OneWallet,
) -> None:
    """After a bad moment: finish what was signed, and say what is certain, what waits, what to do.

    Example:  tenge wallet recover
    """
    with opened(which) as (voice, wallet):
        found = wallet.recovery.recover(online=not offline)
        standing = wallet.status.look()
        says = show_standing(voice, standing, which.name)
        voice.tell(
            says=says,
            open=[
                {
                    "payment": one.payment.id.hex(),
                    "direction": one.payment.direction,
                    "amount_tiyn": one.payment.amount_tiyn,
                    "status": one.payment.status,
                    "certain": one.certain,
                    "todo": one.todo.value,
                }
                for one in found.open
            ],
            orders=[order.kind for order in found.orders],
            behind=found.behind,
            **standing_json(standing, which.name),
        )


def hand_over(payment: Which, *, which: OneWallet) -> None:
    """Paid, and no receipt came: have the payee asked, through the banks, whether it keeps or returns it.
    Silence returns it when the claim window ends. Typed again, it says where this stands.

    Example:  tenge wallet hand-over 3fa2
    """
    with opened(which) as (voice, wallet):
        found = voice.need(wallet.view.payment(payment))
        late = voice.need(wallet.hand_overs.hand_over(found.id))
        show_late(voice, late)
        voice.tell(**late_json(late))


def free(payment: Which, *, which: OneWallet) -> None:
    """Let anybody pay a request whose first payer began and went away. Nothing is lost or counted twice.

    Example:  tenge wallet free 3fa2
    """
    with opened(which) as (voice, wallet):
        found = voice.need(wallet.view.payment(payment))
        told = voice.need(wallet.money.free(found.id))
        voice.say("freed", payment=found.id.hex()[:8])
        voice.tell(payment=told.payment.hex(), status=told.status)


def found(
    code: Annotated[str, typer.Option(help="A fresh activation code from the bank.")],
    *,
    which: OneWallet,
) -> None:
    """A device that was reported lost is back: have the bank hear it again.

    Example:  tenge wallet found --code 4711471147
    """
    with opened(which) as (voice, wallet):
        voice.need(wallet.membership.report_found(code) or True)
        voice.need(wallet.settling.sync())
        from device.core.model import KEY_BLOCKED

        blocked = len(wallet.desk.own_keys(KEY_BLOCKED))
        voice.say("found" if blocked else "not-lost")
        voice.tell(found=True, blocked_keys=blocked, things=things_json(wallet.status.look(), which.name))


# --- shown


def show_standing(voice: "Voice", standing: "Standing", name: str) -> str:
    """The screen; returns its text in one line, for programs that pass it on."""
    from faces.phrases import phrase

    lines = [phrase("standing", spendable_tiyn=standing.spendable_tiyn, open=len(standing.things))]
    if not standing.things:
        lines.append(phrase("nothing-open"))
    for thing in standing.things:
        lines += ["", *thing_lines(thing, name)]
    low = len(lines) >= shutil.get_terminal_size().lines
    for line in lines:
        if line or not low:
            voice.line(line)
    return " ".join(" ".join(one.split()) for one in lines if one)


def thing_lines(thing: "Thing", name: str) -> list[str]:
    """A head line, and one line each for what is certain, what waits, and what to type."""
    from faces.phrases import phrase

    head = phrase(
        f"thing-{thing.kind}",
        name=thing.name,
        amount_tiyn=thing.amount_tiyn,
        party=thing.party,
        code=thing.code,
    )
    lines = [head]
    lines += _labelled(label("standing.certain"), phrase(thing.certain, kind=thing.code))
    lines += _labelled(label("standing.waits"), phrase(thing.waits))
    why = _why(thing)
    if why:
        lines += _labelled(label("standing.why"), why)
    for place, command in enumerate(commands_of(thing, name)):
        lines += [f"{label('standing.or' if place else 'standing.do'):>9}  {command}"]
    return lines


def _labelled(head: str, text: str) -> list[str]:
    wrapped = textwrap.wrap(text, WIDTH - LABEL_WIDTH) or [""]
    return [f"{head if not place else '':>9}  {line}" for place, line in enumerate(wrapped)]


def _why(thing: "Thing") -> str:
    from faces.words import sentence
    from tender.errors import Refusal

    known = {code.value: code for code in Code}
    return sentence(Refusal(known[thing.code], "status")) if thing.code in known else ""


def commands_of(thing: "Thing", name: str) -> list[str]:
    """What to type, word for word; the wallet is named when it had to be named now."""
    chosen = f" -w {name}" if name else ""
    return [f"tenge wallet {command}{chosen}" for command in thing.commands]


def show_late(voice: "Voice", late: "Late") -> None:
    """What became of a payment that was handed over."""
    from faces.amounts import day_text

    voice.say(
        f"late-{late.outcome}",
        payment=late.payment.hex()[:8],
        amount_tiyn=late.amount_tiyn,
        until=day_text(late.until),
        code=late.code,
    )


def show_undelivered(voice: "Voice", wallet: "Wallet", name: str) -> None:
    """After a sync: payments that nobody has acknowledged may be handed over."""
    waiting = [one for one in wallet.status.look().things if one.waits == "waits-for-receipt"]
    for thing in waiting[:1]:
        command = next(one for one in commands_of(thing, name) if " hand-over " in one)
        voice.say("undelivered", count=len(waiting), command=command)


# --- for programs


def late_json(late: "Late") -> dict[str, Any]:
    """A hand-over for programs."""
    return {
        "payment": late.payment.hex(),
        "amount_tiyn": late.amount_tiyn,
        "outcome": late.outcome,
        "until": late.until,
        "code": late.code,
    }


def standing_json(standing: "Standing", name: str) -> dict[str, Any]:
    """The screen for programs."""
    return {"spendable_tiyn": standing.spendable_tiyn, "things": things_json(standing, name)}


def things_json(standing: "Standing", name: str) -> list[dict[str, Any]]:
    """What is open for programs; ``commands`` as a person would type them."""
    return [
        {
            "kind": one.kind,
            "payment": one.name,
            "amount_tiyn": one.amount_tiyn,
            "party": one.party,
            "certain": one.certain,
            "waits": one.waits,
            "code": one.code,
            "commands": commands_of(one, name),
        }
        for one in standing.things
    ]


def add_to(app: typer.Typer) -> None:
    """Put these commands into the group."""
    for command in (status, recover, hand_over, free, found):
        app.command()(command)
