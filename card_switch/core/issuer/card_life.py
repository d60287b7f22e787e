"""What an operator does with a card: order, produce, activate, block, close, give PIN tries back.

======================  ==========================================  =======================================
state                   may become                                  by
======================  ==========================================  =======================================
(none)                  ordered (real), active (virtual)            ``ordered``
ordered                 produced                                    the chip is made
produced                active                                      the client has it
produced, active        produced (``made`` again)                   another chip in its place
ordered, produced,      blocked                                     operator; lost and stolen are said to
active                                                              terminals
blocked                 active                                      operator
any                     closed                                      operator; for good
======================  ==========================================  =======================================

Every change is a row here and an order to the bank, which shows the card to its client.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from card_switch.core.issuer.cardholders import NEW
from card_switch.core.issuer.cards import CODE_TRIES, LOST, PIN_TRIES, STOLEN, STRIPE_TRIES, CardRecord, Usage
from card_switch.core.issuer.host import Issuer
from card_switch.core.issuer.orders import REMADE
from card_switch.core.node import Command
from tender.account.card_messages import (
    ACTIVE,
    BLOCKED,
    CLOSED,
    ORDERED,
    PRODUCED,
    VIRTUAL,
    CardIssued,
    CardState,
)
from tender.errors import Code, Refusal

MAY_BECOME: Final = {
    ORDERED: (PRODUCED, BLOCKED, CLOSED),
    PRODUCED: (PRODUCED, ACTIVE, BLOCKED, CLOSED),
    ACTIVE: (PRODUCED, BLOCKED, CLOSED),
    BLOCKED: (ACTIVE, CLOSED),
    CLOSED: (),
}
SEQUENCES: Final = 99
"""Chips of one number; then it wants another number, for a sequence number (tag 5F34) serves once."""
UNBLOCK_PIN: Final = "pin-unblock"
BLOCK: Final = "block"
"""Scripts. A lost or stolen card's application is blocked in the chip itself, when next it asks; one that was
blocked so is replaced, for no terminal selects it again."""


def first_state(kind: str) -> str:
    """A virtual card is usable at once, a real one has to be made first (DT-C-29, DT-C-30)."""
    return ACTIVE if kind == VIRTUAL else ORDERED


def ordered(issuer: Issuer, card: CardRecord) -> tuple[str, Sequence[Command]]:
    """A new card; the name of the order whose reply says whether the bank knows the client. Until then the
    card is nobody's: the bank refuses it."""
    masked = str(card.pan)
    name = NEW + card.link.hex()
    order = CardIssued(name, card.link, card.client, masked, card.kind, card.state, card.expiry)
    return name, [issuer.holders.put(card), *issuer.orders.ask(order)]


def changed(
    issuer: Issuer, card: CardRecord, state: str, why: str, pvv: str = ""
) -> tuple[str, Sequence[Command]] | Refusal:
    """The card in another state; ``out-of-order`` for one it may not become. ``pvv``: of the PIN it
    has from now on, if that changes."""
    if state not in MAY_BECOME[card.state]:
        return Refusal(Code.OUT_OF_ORDER, "card.state", (("state", card.state),))
    turned = replace(card, state=state, why=why, pvv=pvv or card.pvv, changes=card.changes + 1)
    name = f"{state}-{card.link.hex()[:16]}-{turned.changes}"
    order = CardState(name, card.link, state, why)
    usage = issuer.holders.usage(card.link)
    kept = why in (LOST, STOLEN) and not card.is_virtual
    usage = usage.wanting(BLOCK) if kept else usage.no_longer_wanting(BLOCK)
    return name, [issuer.holders.put(turned), *issuer.holders.used(usage), *issuer.orders.ask(order)]


def made(issuer: Issuer, card: CardRecord, pvv: str, again: bool) -> tuple[str, Sequence[Command]] | Refusal:
    """The chip of a card is made. One that was made before is made ``again`` only when somebody says so
    (``card-made``): the new one has the next sequence number (tag 5F34) and therefore other keys, and another
    expiry and therefore another stripe and printed code, so nothing that the earlier one says is this card's
    any more; its counter and its tries begin anew."""
    earlier = card.expiry
    if card.state in (PRODUCED, ACTIVE):
        if not again:
            return Refusal(Code.CARD_MADE, "card.state", (("state", card.state),))
        if card.sequence >= SEQUENCES:
            return Refusal(Code.OUT_OF_ORDER, "card.sequence", (("chips", str(SEQUENCES)),))
        card = card.remade()
    change = changed(issuer, card, PRODUCED, "", pvv)
    if isinstance(change, Refusal):
        return change
    name, commands = change
    used = _tries_anew(issuer.holders.usage(card.link))
    fresh = replace(used, atc_highest=0, atc_seen=0, scripts=(), scripts_atc=0)
    shown = [] if card.expiry == earlier else issuer.orders.ask(_told_anew(issuer.holders.cards[card.link]))
    return name, [*commands, *shown, *issuer.holders.used(fresh)]


def _told_anew(card: CardRecord) -> CardIssued:
    """What the bank shows of a card that was made again."""
    name = f"{REMADE}{card.link.hex()[:16]}-{card.changes}"
    return CardIssued(name, card.link, card.client, str(card.pan), card.kind, card.state, card.expiry)


def pin_tries_given_back(issuer: Issuer, card: CardRecord) -> Sequence[Command]:
    """Three tries again, here at once, and in the chip by a script with its next answer; and those for the
    printed code and the stripe."""
    usage = _tries_anew(issuer.holders.usage(card.link))
    return issuer.holders.used(usage if card.is_virtual else usage.wanting(UNBLOCK_PIN))


def _tries_anew(usage: Usage) -> Usage:
    return replace(usage, pin_tries=PIN_TRIES, code_tries=CODE_TRIES, stripe_tries=STRIPE_TRIES)
