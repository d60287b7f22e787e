"""From what the till remembers to what stands on paper: receipts and reports as slips."""

from collections.abc import Iterator
from typing import Final

from faces.amounts import amount_text
from faces.card_technical import card_holder_words
from faces.language import label
from faces.receipt_slip import ReportSlip, Row, Slip, SlipItem, report_rows, slip_rows
from pos.service.till import TillStatus
from pos.service.values import (
    CARD,
    CASH,
    DT_OFFLINE,
    IN_DT,
    CardPayment,
    Paid,
    Receipt,
    Report,
    ShiftCards,
)
from tender.qr.frames import split

CODE_MOST_BYTES: Final = 660
"""What a code on paper holds and a poor camera still reads (version 20, level M)."""


def slip_rows_of(
    receipt: Receipt,
    status: TillStatus,
    *,
    signed: bytes = b"",
    copy: bool = False,
    cards: tuple[CardPayment, ...] = (),
) -> tuple[Row, ...]:
    """A receipt as rows of paper; see :func:`slip_of`."""
    return slip_rows(slip_of(receipt, status, signed=signed, copy=copy, cards=cards))


def report_rows_of(report: Report, status: TillStatus, cards: ShiftCards) -> tuple[Row, ...]:
    """A report as rows of paper; ``cards``: what stands in it of card batches."""
    return report_rows(report_slip(report, status, cards))


def slip_of(
    receipt: Receipt,
    status: TillStatus,
    *,
    signed: bytes = b"",
    copy: bool = False,
    cards: tuple[CardPayment, ...] = (),
) -> Slip:
    """A receipt as it stands on paper. ``signed``: the receipt message for the payer's wallet, printed as a
    code where it fits one; ``cards``: the card payments in it."""
    till = status.settings
    notes = [one for one in receipt.paid if one.tender == CASH]
    digital = [one for one in receipt.paid if one.id]
    return Slip(
        kind=receipt.kind,
        merchant=status.merchant or till.name,
        business_number=status.business_number,
        address=", ".join(one for one in (till.city, till.address) if one),
        till=till.name,
        cashier=receipt.cashier,
        shift=receipt.shift,
        number=receipt.number,
        time=receipt.time,
        items=tuple(
            SlipItem(one.name, one.quantity, one.price_tiyn, one.amount_tiyn, one.vat)
            for one in receipt.items
        ),
        total_tiyn=receipt.total_tiyn,
        tenders=tuple((_way(one), one.amount_tiyn) for one in receipt.paid),
        discount_tiyn=receipt.discount_tiyn,
        given_tiyn=sum(one.given_tiyn for one in notes),
        change_tiyn=receipt.change_tiyn,
        payment=" ".join(one.id.hex()[:8] for one in digital),
        reference=" ".join(_references(digital)),
        of=receipt.of,
        code=_code(signed),
        copy=copy,
        cards=tuple(line for one in cards for line in _card_lines(one)),
    )


def report_slip(report: Report, status: TillStatus, cards: ShiftCards) -> ReportSlip:
    """A report as it stands on paper."""
    till = status.settings
    return ReportSlip(
        kind=report.kind,
        merchant=status.merchant or till.name,
        business_number=status.business_number,
        till=till.name,
        shift=report.shift,
        opened=report.opened_at,
        time=report.time,
        cashier=report.cashier,
        receipts=report.receipts,
        sales_tiyn=report.sales_tiyn,
        refunds_tiyn=report.refunds_tiyn,
        voids=report.voids,
        voids_tiyn=report.voids_tiyn,
        net=tuple(_net(report)),
        drawer_tiyn=report.drawer_tiyn,
        opening_tiyn=report.opening_tiyn + report.cash_in_tiyn - report.cash_out_tiyn,
        discounts_tiyn=report.discounts_tiyn,
        dropped=report.dropped,
        vat=tuple(sorted(report.vat.items())),
        counted_tiyn=report.counted_tiyn,
        cards=tuple(_batch_lines(cards)),
        corrections=report.corrections,
        corrections_tiyn=report.corrections_tiyn,
    )


def _net(report: Report) -> Iterator[tuple[str, int]]:
    """Each way to pay; cards by the two words that receipts have for them."""
    for one in report.tenders:
        apart_tiyn = report.card_dt_tiyn if one.tender == CARD else 0
        if one.net_tiyn != apart_tiyn or not apart_tiyn:
            yield one.tender, one.net_tiyn - apart_tiyn
        if apart_tiyn:
            yield f"{CARD}-{IN_DT}", apart_tiyn


def _batch_lines(cards: ShiftCards) -> Iterator[tuple[str, str]]:
    """Each batch with what the merchant is owed for it, and what the bank says of it."""
    for one in cards.batches:
        net = amount_text(one.debits_tiyn - one.credits_tiyn, sign="")
        yield label("report.card-batch", batch=one.batch), net
        if not one.agrees:
            yield "  " + label("report.card-differs" if one.answer else "report.card-unanswered"), ""
    if cards.open_batch:
        yield label("report.card-open", batch=cards.open_batch), amount_text(cards.open_tiyn, sign="")
        yield "  " + label("report.card-close"), ""
    if cards.credited:
        yield label("report.card-credited"), amount_text(cards.credited_tiyn, sign="")


def _references(digital: list[Paid]) -> list[str]:
    """What the bank names an online payment by; an offline one is named by its own number."""
    return [one.reference for one in digital if one.reference and one.tender != DT_OFFLINE]


def _card_lines(payment: CardPayment) -> Iterator[tuple[str, str]]:
    """What a customer finds again in a statement, and the bank in its books: never the whole number."""
    seen = payment.seen
    if payment.terminal:
        yield "receipt.card-terminal", payment.terminal
        yield "receipt.card-merchant", payment.merchant
    yield "receipt.card", seen.pan
    if seen.by_stripe:
        yield "receipt.card-stripe", ""
    if seen.label:
        yield "receipt.card-application", seen.label
    if seen.aid:
        yield "receipt.card-aid", seen.aid.hex().upper()
    if payment.approval:
        yield "receipt.card-approval", payment.approval
    if payment.rrn:
        yield "receipt.card-reference", payment.rrn
    verified = card_holder_words(seen.cvm)
    if verified:
        yield verified, ""


def _code(signed: bytes) -> bytes:
    """The message as the one frame that a wallet's scanner takes."""
    if not signed:
        return b""
    frames = split(signed, CODE_MOST_BYTES)
    return frames.frame(0) if frames.needed == 1 else b""


def _way(paid: Paid) -> str:
    """How money came, in the word that the receipt prints for it."""
    return f"{paid.tender}-{paid.channel}" if paid.channel else paid.tender
