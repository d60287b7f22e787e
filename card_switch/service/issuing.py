"""Cards at the desk of a running switch: issue, produce, activate, block, PIN tries, return, list.

A card is named by the beginning of its reference, by its whole number, or by its last four digits where they
are one card's alone. What goes onto a card or is printed on it is secret: whoever asks writes it to a file
that only its owner reads.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from card_switch.core.issuer import card_life
from card_switch.core.issuer.cards import LOST, STOLEN, CardRecord, Limits, day_of
from card_switch.core.issuer.checks import PRINTED_SERVICE_CODE
from card_switch.core.issuer.host import Issuer
from card_switch.core.node import Command
from card_switch.ports import Hsm
from card_switch.service.desk import Answer, Later, Question, Told
from card_switch.service.switchboard import Switchboard
from tender.account.capabilities import Capability, Profile, refusal
from tender.account.card_messages import (
    ACTIVE,
    BLOCKED,
    CARD_LINK_BYTES,
    CLOSED,
    REAL,
    VIRTUAL,
    CardLink,
    CardLinked,
)
from tender.account.participants import name_of
from tender.card.bins import bin_of
from tender.card.pan import Pan, luhn_digit
from tender.card.personalisation import PERSONALISATION
from tender.card.personalisation import Profile as CardProfile
from tender.errors import Code, Refusal
from tender.ports import Entropy

YEARS_GOOD: Final = 4
SEQUENCE: Final = 1
STRIPE_SERVICE_CODE: Final = "201"
STOPS_MOST: Final = 200
_ACCOUNT_DIGITS: Final = 9
_REFERENCE_LEAST: Final = 4
_NAME: Final = re.compile(r"[A-Z][A-Z .'/-]{1,25}")
_PIN: Final = re.compile(r"[0-9]{4}")


class CardDesk:
    """The questions about cards."""

    def __init__(
        self,
        board: Switchboard,
        issuers: Mapping[int, Issuer],
        profile: Profile,
        hsm: Hsm,
        kinds: Mapping[int, CardProfile],
        entropy: Entropy,
    ) -> None:
        """``kinds``: what a bank's real cards are like."""
        self._board = board
        self._issuers = issuers
        self._profile = profile
        self._hsm = hsm
        self._kinds = kinds
        self._entropy = entropy

    def questions(self) -> dict[str, Question]:
        """By name: what is given with each stands at its method."""
        return {
            "card-issue": self.issue,
            "card-produce": self.produce,
            "card-activate": lambda given, now_ms: self.change(given, now_ms, ACTIVE),
            "card-block": lambda given, now_ms: self.change(given, now_ms, BLOCKED),
            "card-unblock": lambda given, now_ms: self.change(given, now_ms, ACTIVE),
            "card-close": lambda given, now_ms: self.change(given, now_ms, CLOSED),
            "card-pin": self.unblock_pin,
            "card-list": self.listed,
            "card-stops": self.stops,
        }

    # --- issuing

    def issue(self, given: Told, now_ms: int) -> Answer | Later:
        """``bank``, ``client`` (IIN or phone), ``kind``. A virtual card comes with what is printed on one."""
        issuer = self._issuers.get(given["bank"])
        kind = given["kind"]
        if kind not in (VIRTUAL, REAL):
            return Refusal(Code.FIELD_WRONG, "kind")
        if issuer is None:
            with_cards = ("banks", ", ".join(name_of(one) for one in sorted(self._issuers)))
            return Refusal(Code.CARDS_NOT_ISSUED, "bank", (("bank", name_of(given["bank"])), with_cards))
        wanted = Capability.CARD_VIRTUAL if kind == VIRTUAL else Capability.CARD_REAL
        refused = refusal(self._profile, issuer.bank, wanted)
        if refused is not None:
            return refused
        pan = self._new_number(issuer)
        today = datetime.fromtimestamp(now_ms // 1000, UTC)
        card = CardRecord(
            link=self._entropy.draw(CARD_LINK_BYTES),
            number=pan.digits,
            sequence=SEQUENCE,
            expiry=f"{(today.year + YEARS_GOOD) % 100:02}{today.month:02}",
            service_code=STRIPE_SERVICE_CODE,
            pvv="",
            kind=kind,
            state=card_life.first_state(kind),
            why="",
            client=str(given["client"]),
            limits=Limits(),
        )

        def shown(said: CardLinked) -> Answer:
            told = self._row(issuer, card, now_ms)
            return told | {"account": (said.account or b"").hex(), "printed": self._printed(issuer, card)}

        return self._once_said(issuer, card_life.ordered(issuer, card), now_ms, "client", shown)

    def _new_number(self, issuer: Issuer) -> Pan:
        while True:
            account = int.from_bytes(self._entropy.draw(8), "big") % 10**_ACCOUNT_DIGITS
            digits = f"{bin_of(issuer.bank)}{account:0{_ACCOUNT_DIGITS}}"
            pan = Pan(digits + luhn_digit(digits))
            if issuer.holders.by_number(pan.digits) is None:
                return pan

    def _printed(self, issuer: Issuer, card: CardRecord) -> dict[str, str] | None:
        """What somebody who holds a virtual card reads of it."""
        if not card.is_virtual:
            return None
        code = self._hsm.verification_value(issuer.bank, card.pan, card.expiry, PRINTED_SERVICE_CODE)
        return {"number": card.number, "expiry": card.expiry, "code": code}

    def produce(self, given: Told, now_ms: int) -> Answer | Later:
        """``card``, ``holder`` as on the card, ``pin`` of four digits: what a personalisation machine writes
        into the chip, and what is printed on the back. ``again``: in the place of one that was made."""
        found = self._find(given)
        if isinstance(found, Refusal):
            return found
        issuer, card = found
        name, pin = str(given["holder"]), str(given["pin"])
        if card.is_virtual:
            return Refusal(Code.NOT_SUPPORTED, "card.kind")
        if not _NAME.fullmatch(name):
            return Refusal(Code.NAME_WRONG, "holder")
        if not _PIN.fullmatch(pin):
            return Refusal(Code.FIELD_WRONG, "pin")
        pvv = self._hsm.pin_verification_value(issuer.bank, card.pan, pin)
        change = card_life.made(issuer, card, pvv, bool(given.get("again")))
        if isinstance(change, Refusal):
            return change
        card = issuer.holders.cards[card.link]
        made = self._hsm.personalise(
            issuer.bank,
            self._kinds[issuer.bank],
            card.pan,
            card.sequence,
            name,
            datetime.fromtimestamp(now_ms // 1000, UTC).date(),
            200_000 + int(card.expiry),
            pin,
        )
        code = self._hsm.verification_value(issuer.bank, card.pan, card.expiry, PRINTED_SERVICE_CODE)
        stripe = self._hsm.stripe(issuer.bank, card.pan, card.expiry, card.service_code, pin)
        more = {
            "personalisation": PERSONALISATION.encode(made).hex(),
            "stripe": stripe.to_bytes().hex(),
            "printed": {"number": card.number, "expiry": card.expiry, "code": code},
        }
        return self._changed(issuer, card, change, now_ms, more)

    # --- what changes

    def change(self, given: Told, now_ms: int, state: str) -> Answer | Later:
        """``card``; for a block ``why`` (``lost``, ``stolen``, or nothing)."""
        found = self._find(given)
        if isinstance(found, Refusal):
            return found
        why = str(given.get("why", ""))
        if why not in ("", LOST, STOLEN):
            return Refusal(Code.FIELD_WRONG, "why")
        change = card_life.changed(*found, state, why)
        if isinstance(change, Refusal) and found[1].state == state == ACTIVE:
            return self._why_active_is_not(*found, change, now_ms)
        return change if isinstance(change, Refusal) else self._changed(*found, change, now_ms, {})

    def unblock_pin(self, given: Told, now_ms: int) -> Answer:
        """``card``: its PIN tries are given back, in its chip with the next answer."""
        found = self._find(given)
        if isinstance(found, Refusal):
            return found
        issuer, card = found
        self._do(issuer, card_life.pin_tries_given_back(issuer, card), now_ms)
        return self._row(issuer, card, now_ms)

    def _changed(
        self,
        issuer: Issuer,
        card: CardRecord,
        change: tuple[str, Sequence[Command]],
        now_ms: int,
        more: dict[str, Any],
    ) -> Later:
        def shown(_said: CardLinked) -> Answer:
            return self._row(issuer, issuer.holders.cards[card.link], now_ms) | more

        return self._once_said(issuer, change, now_ms, "card", shown)

    def _once_said(
        self,
        issuer: Issuer,
        change: tuple[str, Sequence[Command]],
        now_ms: int,
        field: str,
        shown: Callable[[CardLinked], Answer],
    ) -> Later:
        """Do it, and answer when the bank has said its word; ``field``: what a no of it is about."""
        name, commands = change
        self._do(issuer, commands, now_ms)

        def later() -> Answer | None:
            said = self._said(issuer, name)
            if said is None:
                return None
            return Refusal(Code(said.code), field) if said.code else shown(said)

        return later

    # --- looking

    def listed(self, given: Told, now_ms: int) -> Answer:
        """``bank`` or 0: every card, masked; ``client``: only those of this one."""
        banks = [given["bank"]] if given.get("bank") else sorted(self._issuers)
        rows = [
            self._row(issuer, card, now_ms)
            for bank in banks
            if (issuer := self._issuers.get(bank)) is not None
            for card in issuer.holders.cards.values()
            if given.get("client", card.client) == card.client
        ]
        return {"cards": rows}

    def stops(self, given: Told, now_ms: int) -> Later:
        """``bank`` or 0: references of the active cards that their clients stopped, as the banks say. Of one
        bank's cards the newest :data:`STOPS_MOST` are asked about."""
        asked = [
            (issuer, card, self._look(issuer, card, now_ms))
            for bank, issuer in sorted(self._issuers.items())
            if given.get("bank") in (0, None, bank)
            for card in [one for one in issuer.holders.cards.values() if one.state == ACTIVE][-STOPS_MOST:]
        ]

        def later() -> Answer | None:
            if any(name in issuer.orders.waiting for issuer, _, name in asked):
                return None
            return {"stopped": [card.link.hex() for issuer, card, name in asked if _stopped(issuer, name)]}

        return later

    def _why_active_is_not(self, issuer: Issuer, card: CardRecord, refused: Refusal, now_ms: int) -> Later:
        """A card that is to become active and is: its client may have stopped it, which the bank knows."""
        name = self._look(issuer, card, now_ms)

        def later() -> Answer | None:
            if name in issuer.orders.waiting:
                return None
            ends = (("stopped", card.number[-4:]),) if _stopped(issuer, name) else ()
            return Refusal(refused.code, refused.field, (*refused.facts, *ends))

        return later

    def _look(self, issuer: Issuer, card: CardRecord, now_ms: int) -> str:
        """Ask the bank how a card stands; the name of the order. One that waits already is not asked twice,
        so a bank that is away collects one for each card."""
        name = f"look-{card.link.hex()}"
        self._do(issuer, issuer.orders.ask(CardLink(name, card.link)), now_ms)
        return name

    def _find(self, given: Told) -> tuple[Issuer, CardRecord] | Refusal:
        named = str(given["card"]).replace(" ", "").lower()
        found = [
            (issuer, card)
            for issuer in self._issuers.values()
            for card in issuer.holders.cards.values()
            if len(named) >= _REFERENCE_LEAST
            and (card.number == named or card.link.hex().startswith(named) or card.number[-4:] == named)
        ]
        return found[0] if len(found) == 1 else Refusal(Code.CARD_UNKNOWN, "card")

    def _row(self, issuer: Issuer, card: CardRecord, now_ms: int) -> dict[str, Any]:
        usage = issuer.holders.usage(card.link).on(day_of(now_ms))
        return {
            "reference": card.link.hex(),
            "card": str(card.pan),
            "bank": issuer.bank,
            "bank_name": name_of(issuer.bank),
            "kind": card.kind,
            "state": card.state,
            "why": card.why,
            "expiry": card.expiry,
            "spent_today_tiyn": usage.spent_tiyn,
            "pin_tries": usage.pin_tries,
            "scripts": list(usage.scripts),
        }

    # --- doing

    def _do(self, issuer: Issuer, commands: Sequence[Command], now_ms: int) -> None:
        self._board.follow(issuer.name, commands, now_ms)

    def _said(self, issuer: Issuer, name: str) -> CardLinked | None:
        said = issuer.orders.replies.pop(name, None)
        return said if isinstance(said, CardLinked) else None


def _stopped(issuer: Issuer, name: str) -> bool:
    """Whether the bank calls a card blocked that is active here: its client has stopped it."""
    said = issuer.orders.replies.get(name)
    return said is not None and said.state == BLOCKED
