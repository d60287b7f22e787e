"""``tenge wallet cards``, ``notices``, ``confirm``: the bank cards on this client's account."""

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from device.cli.speaking import Voice
from faces.language import label
from wallet.cli.opening import opened, usage
from wallet.cli.options import OneWallet

if TYPE_CHECKING:
    from device.service.bank_cards import BankCards, CardConfirmation, CardOperation, CardShown
    from tender.errors import Refusal

LOOK_EVERY_S = 0.5
YES, NO = "yes", "no"


def cards(
    stop: Annotated[
        str, typer.Option(help="Stop this card: its last four digits. The account stays usable.")
    ] = "",
    allow: Annotated[str, typer.Option(help="Let a card that you stopped be used again.")] = "",
    *,
    which: OneWallet,
) -> None:
    """Which bank cards spend from your Digital Tenge account; stop one, or let it be used again.

    Example:  tenge wallet cards --stop 4417
    """
    with opened(which) as (voice, wallet):
        from faces.bank_cards import card_line

        for named, stopped in ((stop, True), (allow, False)):
            if named:
                found = _mine(voice, wallet.cards, named)
                voice.need(wallet.cards.stop(found.card, stopped=stopped) or found)
                key = "bankcards.stopped" if stopped else "bankcards.allowed"
                voice.line(label(key, card=found.masked))
        told = voice.need(wallet.cards.all())
        bank = wallet.desk.settings.bank
        if not (stop or allow):
            for one in told:
                voice.line(card_line(bank, one.masked, one.kind, one.state, one.expiry, stopped=one.stopped))
            if not told:
                voice.line(label("bankcards.none"))
        voice.tell(cards=[_card_json(one, bank) for one in told])


def _mine(voice: Voice, cards: "BankCards", named: str) -> "CardShown":
    """The one card that was named; no shop speaks here, so none of its words."""
    from tender.errors import Code, Refusal

    found = cards.find(named)
    if isinstance(found, Refusal) and found.code is Code.CARD_UNKNOWN:
        voice.refuse(found, words=label("bankcards.which", ends=named))
    return voice.need(found)


def notices(
    one: Annotated[
        str,
        typer.Argument(help="One operation in full: its RRN, or the beginning of its life-cycle number."),
    ] = "",
    most: Annotated[int, typer.Option(min=1, max=200, help="How many, newest first.")] = 20,
    *,
    which: OneWallet,
) -> None:
    """What was done with your cards: purchases, cash, on line, refunds, also what was refused. They stand in
    the history from then on.

    Example:  tenge wallet notices
    """
    with opened(which) as (voice, wallet):
        told = voice.need(wallet.cards.notices() if one else wallet.cards.notices(most))
        if one:
            told = tuple(had for had in told if one == had.place.rrn or had.operation.startswith(one))
            if len(told) != 1:
                voice.refuse(_unknown(), words=label("slip.unknown"))
            _show_slip(voice, told[0])
        else:
            _show_notices(voice, told)
        voice.tell(
            notices=[_notice_json(had) for had in told], account_tiyn=wallet.desk.settings.account_tiyn
        )


def _unknown() -> "Refusal":
    from tender.errors import Code, Refusal

    return Refusal(Code.ORDER_UNKNOWN, "operation")


def _show_notices(voice: Voice, told: "Sequence[CardOperation]") -> None:
    from faces.amounts import moment_text
    from faces.bank_cards import notice_amount, notice_kind, notice_state, short_number
    from wallet.cli.showing import table

    if not told:
        voice.line(label("bankcards.no-notices"))
    rows = [
        (
            moment_text(one.time),
            notice_amount(one),
            notice_kind(one.kind),
            one.party,
            short_number(one.masked),
            one.place.rrn or one.operation,
            notice_state(one),
        )
        for one in told
    ]
    table(voice, ("when", "amount", "what", "with", "card", "rrn", "status"), rows, money=1, typed=5)


def _show_slip(voice: Voice, one: "CardOperation") -> None:
    from faces.card_slip import for_people, for_the_bank

    parts = {"slip.title": for_people(one), "slip.technical": for_the_bank(one)}
    width = max(len(label(fact.name)) for part in parts.values() for fact in part) + 2
    for head, facts in parts.items():
        voice.line(label(head))
        for fact in facts:
            voice.line(f"  {label(fact.name):<{width}}{fact.text}")


def confirm(
    answer: Annotated[
        str, typer.Argument(help="`yes` or `no`; asked for, with what is asked, if left out.")
    ] = "",
    operation: Annotated[
        str, typer.Option(help="Which purchase, by the beginning of its number, if more than one waits.")
    ] = "",
    wait_s: Annotated[
        float, typer.Option("--wait-s", min=0, help="How long to wait for a purchase to be asked about.")
    ] = 0.0,
    *,
    which: OneWallet,
) -> None:
    """Say yes or no to a purchase by your card that waits for you. Without a yes in time nothing is charged.

    Example:  tenge wallet confirm yes
    """
    if answer not in ("", YES, NO):
        raise usage("usage.yes-or-no")
    with opened(which) as (voice, wallet):
        from faces.bank_cards import question_lines

        asked, card = voice.need(_which(wallet.cards, operation, wait_s))
        left_s = max(0, asked.until - wallet.desk.clock_now())
        for text in question_lines(asked, card, left_s):
            _aside(voice, text)
        yes = typer.confirm(label("bankcards.ask"), default=False, err=True) if not answer else answer == YES
        account_tiyn = voice.need(wallet.cards.confirm(asked, yes=yes))
        if yes:
            voice.line(label("bankcards.confirmed", amount_tiyn=asked.amount_tiyn, party=asked.party))
        else:
            voice.line(label("bankcards.refused", party=asked.party))
        voice.tell(
            operation=asked.operation,
            confirmed=yes,
            amount_tiyn=asked.amount_tiyn,
            party=asked.party,
            card=card,
            account_tiyn=account_tiyn,
        )


def _which(cards: "BankCards", operation: str, wait_s: float) -> "tuple[CardConfirmation, str] | Refusal":
    """The one purchase that is meant, and its card's number as it may be shown."""
    from tender.errors import Code, Refusal

    end = time.monotonic() + wait_s
    while True:
        told = cards.waiting()
        if isinstance(told, Refusal):
            return told
        found = [one for one in told if one.operation.startswith(operation)]
        if found or time.monotonic() >= end:
            break
        time.sleep(LOOK_EVERY_S)
    if len(found) != 1:
        return Refusal(Code.NOTHING_TO_CONFIRM, "operation")
    known = cards.all()
    if isinstance(known, Refusal):
        return known
    return found[0], next((one.masked for one in known if one.card == found[0].card), "")


def _aside(voice: Voice, text: str) -> None:
    """What is asked stands beside the answer."""
    if not voice.as_json:
        typer.echo(text, err=True)


def _card_json(one: "CardShown", bank: int) -> dict[str, Any]:
    return {
        "reference": one.card.hex(),
        "card": one.masked,
        "kind": one.kind,
        "state": one.state,
        "expiry": one.expiry,
        "stopped": one.stopped,
        "account": one.account.hex(),
        "bank": bank,
    }


def _notice_json(one: "CardOperation") -> dict[str, Any]:
    from device.service.bank_cards import channel_of

    return {
        "operation": one.operation,
        "card": one.card.hex(),
        "type": channel_of(one),
        "amount_tiyn": one.amount_tiyn,
        "undone_tiyn": one.undone_tiyn,
        "back_tiyn": one.back_tiyn,
        "state": one.state,
        "code": one.code,
        "party": one.party,
        "city": one.place.city,
        "country": one.place.country,
        "merchant": one.place.merchant,
        "terminal": one.place.terminal,
        "acquirer": one.place.acquirer,
        "rrn": one.place.rrn,
        "approval": one.place.approval,
        "masked": one.masked,
        "time": one.time,
        "original": one.original,
    }


def add_to(app: typer.Typer) -> None:
    """Put these commands into the group."""
    app.command()(cards)
    app.command()(notices)
    app.command()(confirm)
