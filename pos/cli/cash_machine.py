"""``tenge pos atm``: a cash machine. Its till is made as any other and set up as a terminal of a bank."""

from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

import typer

from device.cli.opening import the_amount
from device.cli.options import Amount
from faces.commands import Spoken
from faces.language import label
from pos.cli.card_hands import AtCard, Keyboard, reader_at
from pos.cli.carding import payment_json, refuse, show_approved
from pos.cli.opening import opened, say
from pos.cli.options import OneTill
from tender.errors import Code, Refusal
from tender.money import parse_tenge

if TYPE_CHECKING:
    from device.cli.speaking import Voice
    from pos.service.till import Till

app = Spoken(name="atm", help="A cash machine: notes and balances for cards.", no_args_is_help=True)


@app.command()
def fill(
    notes: Annotated[list[str], typer.Argument(help="What is put in: 20000=100 is a hundred of 20 000.")],
    *,
    which: OneTill,
) -> None:
    """Put notes into the machine.

    Example:  tenge pos atm fill 20000=100 2000=200 -t atm
    """
    with opened(which) as (voice, till):
        put_in = _notes(notes)
        filled = put_in if isinstance(put_in, Refusal) else till.cards.machine.fill(put_in)
        if isinstance(filled, Refusal):
            voice.refuse(filled, words=label("cardpay.fill-how"))
        _becomes_machine(voice, till)
        show_cassette(voice, till)


@app.command()
def status(*, which: OneTill) -> None:
    """What lies in the machine, and what waits.

    Example:  tenge pos atm status -t atm
    """
    with opened(which) as (voice, till):
        show_cassette(voice, till)


@app.command()
def withdraw(
    amount: Amount,
    jam: Annotated[bool, typer.Option("--jam", help="Let no notes come out, as if they were stuck.")] = False,
    *,
    at_card: AtCard,
    which: OneTill,
) -> None:
    """Notes for the card in the reader, with its PIN.

    Example:  tenge pos atm withdraw 20000 --card file:bolat.card -t atm
    """
    with opened(which) as (voice, till):
        amount_tiyn = the_amount(voice, amount)
        _need_machine(voice, till)
        hands = Keyboard(voice, till, at_card)
        with reader_at(at_card.card, hands) as reader:
            given = till.cards.machine.withdraw(
                amount_tiyn, reader, hands, lambda _: not jam, timeout_s=at_card.card_wait_s
            )
        done = voice.need(given)
        hands.ended(done.told.refusal)
        if not done.notes:
            refuse(voice, done.told, hands)
        show_approved(voice, done.told)
        notes = {one.value_tiyn: one.count for one in done.notes}
        for value_tiyn, count in notes.items():
            say(voice, "cardpay.notes", value_tiyn=value_tiyn, count=count)
        left_tiyn = till.cards.machine.cassette().total_tiyn
        voice.tell(
            card=payment_json(done.told.payment),
            notes=[{"value_tiyn": value, "count": count} for value, count in notes.items()],
            left_tiyn=left_tiyn,
        )


@app.command()
def balance(*, at_card: AtCard, which: OneTill) -> None:
    """What the card in the reader may spend.

    Example:  tenge pos atm balance --card file:bolat.card -t atm
    """
    with opened(which) as (voice, till):
        _need_machine(voice, till)
        hands = Keyboard(voice, till, at_card)
        with reader_at(at_card.card, hands) as reader:
            told = voice.need(till.cards.machine.balance(reader, hands, timeout_s=at_card.card_wait_s))
        hands.ended(told.refusal)
        if told.refusal is not None:
            refuse(voice, told, hands)
        say(voice, "cardpay.balance", free_tiyn=told.free_tiyn or 0)
        voice.tell(free_tiyn=told.free_tiyn, card=payment_json(told.payment))


def _becomes_machine(voice: "Voice", till: "Till") -> None:
    """A till with notes in it is a cash machine to every card from then on, and says so."""
    settings = till.terminal.settings
    if settings is not None and not settings.cash_machine:
        till.terminal.configure(replace(settings, cash_machine=True))
        say(voice, "cardpay.set-machine", terminal=settings.terminal, acquirer=settings.acquirer)


def _need_machine(voice: "Voice", till: "Till") -> None:
    """A shop's till stays one, whatever is typed at it."""
    settings = till.terminal.settings
    if settings is not None and not settings.cash_machine:
        voice.refuse(Refusal(Code.TERMINAL_NOT_SET, "cash_machine"), words=label("cardpay.no-machine"))


def _notes(words: list[str]) -> dict[int, int] | Refusal:
    """How many of each note, by its value in tiyn."""
    more: dict[int, int] = {}
    for word in words:
        value, _, count = word.partition("=")
        value_tiyn = parse_tenge(value)
        if isinstance(value_tiyn, Refusal) or not count.isdecimal() or len(count) > 5:
            return Refusal(Code.AMOUNT_UNREADABLE, "notes")
        more[value_tiyn] = more.get(value_tiyn, 0) + int(count)
    return more


def show_cassette(voice: "Voice", till: "Till") -> None:
    """Every note, and the sum."""
    held = till.cards.machine.cassette()
    for one in held.notes:
        say(voice, "cardpay.notes", value_tiyn=one.value_tiyn, count=one.count)
    say(voice, "cardpay.cassette", total_tiyn=held.total_tiyn)
    doubted_tiyn = till.cards.machine.doubted_tiyn()
    if doubted_tiyn:
        say(voice, "cardpay.doubted", doubted_tiyn=doubted_tiyn)
    waiting = len(till.terminal.waiting())
    if waiting:
        say(voice, "cardpay.waiting", count=waiting)
    voice.tell(
        notes=[{"value_tiyn": one.value_tiyn, "count": one.count} for one in held.notes],
        total_tiyn=held.total_tiyn,
        doubted_tiyn=doubted_tiyn,
        waiting=waiting,
    )


def add_to(group: typer.Typer) -> None:
    """Put these commands into the group."""
    group.add_typer(app)
