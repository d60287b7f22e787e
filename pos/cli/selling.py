"""Commands for the sale on the counter: ring it up, ask for money, give it up."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from device.cli.opening import the_amount
from device.cli.options import Outlet, Tap
from pos.cli.card_hands import AtCard
from pos.cli.carding import take_card
from pos.cli.opening import aside, opened, say
from pos.cli.options import OneTill, Tender
from pos.cli.tapping import AtReader, take_tap
from tender.errors import Code, Refusal

if TYPE_CHECKING:
    from device.cli.speaking import Voice
    from pos.service.till import Till
    from pos.service.values import Asked, Sale

Given = Annotated[str, typer.Option("--given", help="With cash: what the customer handed over (tenge).")]
Part = Annotated[str, typer.Option("--part", help="Only a part of what is due (tenge).")]


def sale(
    item: Annotated[list[str], typer.Option("--item", "-i", help="Something sold: Tea=500, or 2*500 Tea.")],
    tender: Tender = "",
    discount: Annotated[str, typer.Option(help="Let so much off (tenge).")] = "",
    vat: Annotated[str, typer.Option(help="The VAT rate of these items, a label such as '12 %'.")] = "",
    given: Given = "",
    tap: Tap = "",
    *,
    at_card: AtCard,
    out: Outlet,
    which: OneTill,
) -> None:
    """Put items into the basket, and, with a tender, ask for the money at once.

    Examples:  tenge pos sale --item Tea=500 --tender dt-offline --out request.tenge

               tenge pos sale --item Tea=500 --item '2*750 Bun' --tender cash --given 2000

               tenge pos sale --item Tea=500 --tap file:aigul.card

               tenge pos sale --item Tea=500 --card file:bolat.card
    """
    from pos.tui.entry import read_entry

    with opened(which) as (voice, till):
        if tap or at_card.card or tender:
            _nothing_asked_yet(voice, till)
        entries = [voice.need(read_entry(one)) for one in item]
        for one in entries:
            voice.need(till.add_item(one.name or "–", one.price_tiyn, one.quantity, vat))
        if discount:
            voice.need(till.discount(the_amount(voice, discount)))
        if tap:
            take_tap(voice, till, AtReader(tap))
        elif at_card.card:
            take_card(voice, till, at_card)
        elif tender:
            pay_by(voice, till, tender, "", given, out)
        else:
            show_sale(voice, till.sale())


def remove(
    place: Annotated[int, typer.Argument(min=1, help="Which item: 1 is the first.")],
    *,
    which: OneTill,
) -> None:
    """Take an item out of the basket.

    Example:  tenge pos remove 2
    """
    with opened(which) as (voice, till):
        show_sale(voice, voice.need(till.remove_item(place - 1)))


def ask(
    tender: Tender = "",
    part: Part = "",
    given: Given = "",
    *,
    at_card: AtCard,
    out: Outlet,
    which: OneTill,
) -> None:
    """Choose how the sale on the counter is paid; the same question again gives the same message.

    Examples:  tenge pos ask --tender dt-offline --qr

               tenge pos ask --card file:bolat.card
    """
    with opened(which) as (voice, till):
        if at_card.card:
            take_card(voice, till, at_card, the_amount(voice, part) if part else None)
            return
        pay_by(voice, till, tender, part, given, out)


def cancel_payment(*, which: OneTill) -> None:
    """Take the open way to pay back; the basket stays.

    Example:  tenge pos cancel-payment
    """
    with opened(which) as (voice, till):
        left = voice.need(till.cancel_payment())
        say(voice, "pos.withdrawn")
        voice.tell(sale=sale_json(left))


def drop(*, which: OneTill) -> None:
    """Give up the sale on the counter before anything is paid.

    Example:  tenge pos drop
    """
    with opened(which) as (voice, till):
        left = voice.need(till.drop())
        say(voice, "pos.dropped")
        voice.tell(sale=sale_json(left))


# --- shared


def _nothing_asked_yet(voice: "Voice", till: "Till") -> None:
    """A sale whose money was asked for already is not added to unseen: its customer may have gone."""
    found = till.sale()
    if found is not None and found.tries and found.due_tiyn:
        voice.refuse(Refusal(Code.SALE_OPEN, "sale", (("due_tiyn", found.due_tiyn),)))


def pay_by(voice: "Voice", till: "Till", tender: str, part: str, given: str, out: Outlet) -> None:
    """Ask for the money in this way; cash is taken at once."""
    from pos.cli.paying import show_taken
    from pos.service.values import CASH

    part_tiyn = the_amount(voice, part) if part else None
    if tender == CASH:
        on_counter = till.sale()
        due_tiyn = on_counter.due_tiyn if on_counter is not None else 0
        given_tiyn = the_amount(voice, given) if given else part_tiyn or due_tiyn
        show_taken(voice, till, voice.need(till.cash(given_tiyn, part_tiyn)), out)
        return
    asked = voice.need(till.begin_payment(tender, part_tiyn))
    found = till.sale()
    label = found.label if found is not None else ""
    aside(voice, "pos.asked", amount_tiyn=asked.amount_tiyn, tender=_tender(asked.tender), sale=label)
    told = hand_out(voice, asked, out)
    voice.tell(
        payment=asked.payment.hex(), reference=asked.reference, sale=sale_json(found) if found else {}, **told
    )


def hand_out(voice: "Voice", asked: "Asked", out: Outlet) -> dict[str, str]:
    """A request travels as every message does; a payment code is a text, and drawn as one."""
    from pathlib import Path

    from device.cli import qr
    from device.cli.travel import STANDARD, give, write_file

    if asked.payment:
        return give(voice, asked.shown, out)
    text = asked.shown.decode()
    told = {"code": text}
    if out.file and out.file != STANDARD:
        write_file(Path(out.file), asked.shown)
        told["file"] = out.file
    if out.png:
        qr.save_text(text, out.png)
        told["png"] = out.png
    if out.qr and not voice.as_json:
        qr.draw_text(text)
    elif "file" not in told and not out.png:
        voice.line(text)
    return told


def show_sale(voice: "Voice", found: "Sale | None") -> None:
    """The basket as it stands."""
    assert found is not None
    say(voice, "pos.basket", sale=found.label, items=len(found.items), due_tiyn=found.due_tiyn)
    voice.tell(sale=sale_json(found))


def sale_json(found: "Sale") -> dict[str, Any]:
    """A sale for programs."""
    return {
        "sale": found.label,
        "phase": found.phase.value,
        "items": [
            {"name": one.name, "price_tiyn": one.price_tiyn, "quantity": one.quantity, "vat": one.vat}
            for one in found.items
        ],
        "discount_tiyn": found.discount_tiyn,
        "total_tiyn": found.total_tiyn,
        "paid_tiyn": found.paid_tiyn,
        "due_tiyn": found.due_tiyn,
        "tender": found.asked.tender if found.asked is not None else "",
        "receipt": f"{found.shift}-{found.receipt:04d}" if found.receipt else "",
    }


def _tender(name: str) -> str:
    from faces.language import label

    return label(f"receipt.tender-{name}")


def add_to(app: typer.Typer) -> None:
    """Put these commands into the group."""
    for command in (sale, remove, ask, cancel_payment, drop):
        app.command()(command)
