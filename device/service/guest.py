"""A card alone, without its holder's wallet: it pays, it is paid, and it goes on with what was torn.

The terminal hosts the conversation (:class:`~device.service.guest_desk.GuestDesk`); the use cases and the
session table are those of every device. What a torn tap left behind the card tells: the links it has signed
and keeps. They are sent again to whoever asked for them, and never signed anew.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from typing import Final

from device.core.model import Conversation
from device.core.purse import Wanted, choose
from device.ports import Element, Store
from device.service.desk import Desk
from device.service.guest_desk import GuestDesk, PurseCard
from device.service.money import Money, Proposal, Requested, Told
from device.service.talk import Talk
from tender.cash.messages import RECEIPT, RETURN, Kind, Terms, open_request, unwrap
from tender.cash.session_checks import coin_of
from tender.cash.session_state import Payee, Payer, Phase, Role, State, encode_state
from tender.cash.token import Link
from tender.crypto.sealing import Pin
from tender.errors import Code, DeviceError, LocalProtocolError, Refusal, RemoteProtocolError

Answer = Callable[[bytes], tuple[bytes, ...]]
"""The other side: a message in, what it says to it out."""
AskPin = Callable[[], Pin]
"""Have the holder key in the card's PIN; raises ``card-pin-needed`` when nobody can."""
WAIT_S: Final = 30.0
"""How long a card is waited for, unless somebody says otherwise."""
ROUNDS_MOST: Final = 16
"""Messages of one payment; honest sides need five."""
TOKEN_ROOM_BYTES: Final = 512
"""Room for the shortest histories at least."""
_ENDED: Final = frozenset({Phase.DONE, Phase.RETURNED})


@contextmanager
def card_speaks() -> Iterator[None]:
    """What breaks the protocol here, a history, a signature, comes from the card: ``card-wrong``."""
    try:
        yield
    except (RemoteProtocolError, LocalProtocolError) as error:
        if isinstance(error, LocalProtocolError) and error.code is not Code.SIGNATURE_WRONG:
            raise  # that is no card's doing
        raise DeviceError(Code.CARD_WRONG, error.field) from error


class Guest:
    """One card in the field of one terminal, from its coming to its going."""

    def __init__(self, card: PurseCard, element: Element, rows: Store, host: Desk) -> None:
        """``rows``: an empty store that ends with the tap. ``host``: the terminal's own device, whose lists
        and time the tap goes by."""
        self._card = card
        directory = host.trust.directory
        if card.directory_number < directory.number:
            card.put_directory(directory.raw)
        self.desk = GuestDesk(card, element, rows, host)
        self.money = Money(self.desk)
        self._talk = Talk(self.desk)

    @property
    def number(self) -> bytes:
        """16 bytes that tell this card from others."""
        return self._card.number

    @property
    def holding_tiyn(self) -> int:
        """The money on the card."""
        return self.desk.holding_tiyn()

    def close(self) -> None:
        """Let go of the card; it stays where it lies."""
        self.desk.element.close()

    def __enter__(self) -> "Guest":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # --- it pays

    def pay(self, request: bytes, answer: Answer, ask_pin: AskPin | None = None) -> Told | Refusal:
        """Pay a request of whoever answers. The card checks it, signs, and the links are handed over.

        A refusal says that nothing moved. ``DeviceError`` (``card-gone``, ``card-outcome-unknown``): the card
        knows what it did; hold the same card to the same terminal again.
        """
        with card_speaks():
            outcome = self._pay(request, answer)
        if ask_pin is None or not isinstance(outcome, Refusal) or outcome.code is not Code.CARD_PIN_NEEDED:
            return outcome
        try:
            pin = ask_pin()
        except DeviceError as error:
            if error.code is not Code.CARD_PIN_NEEDED:
                raise
            return outcome  # nobody is there to type it, and nothing is signed yet
        self._card.verify_pin(pin)
        with card_speaks():
            return self._pay(request, answer)

    def _pay(self, request: bytes, answer: Answer) -> Told | Refusal:
        self._read_for(request)
        found = self.money.propose(request, two_way=True)
        if isinstance(found, Proposal):
            found = self.money.confirm(found, two_way=True)
        return found if isinstance(found, Refusal) else self._converse(found, answer)

    def unfinished(self) -> dict[bytes, tuple[Link, ...]]:
        """What the card has signed and nobody has acknowledged, by payment (16-byte id)."""
        return self._card.unfinished()

    def go_on(self, request: bytes, links: Iterable[Link], answer: Answer) -> Told | Refusal:
        """Hand over again what the card has signed for this request: whole tokens, the same signatures."""
        message = open_request(request)
        coins = []
        with card_speaks():
            for link in links:
                holding, certificate = self.desk.recall(link.parent)
                coins.append(coin_of(holding, certificate, link.next_key, link.amount_tiyn, link.nonce))
            payload = message.envelope.payload
            state = Payer(Phase.SIGNING, request=request, payload=payload, coins=tuple(coins))
            with self.desk.commit() as changes:
                changes.put(Conversation(message.payment_id, Role.PAYER.value, encode_state(state)))
            told = self.money.resume(message.payment_id)
            outcome = told if isinstance(told, Refusal) else self._converse(told, answer)
            self.desk.look_again()
        return outcome

    def _read_for(self, request: bytes) -> None:
        """Read from the card no more histories than the payment needs: over the air each costs time."""
        asked = open_request(request).request
        tokens = self.desk.held
        coloured = {one.output for one in tokens if one.coloured}
        plain = [one.coin() for one in tokens if not one.coloured]
        now = self.desk.now()
        pieces = choose(plain, Wanted(asked.amount_tiyn, asked.terms, frozenset(), now))
        # Where plain money alone does not do it the choice itself says why, with all the money before it.
        chosen = (
            (one.output for one in plain)
            if isinstance(pieces, Refusal)
            else (piece.coin.output for piece in pieces)
        )
        self.desk.read(frozenset({*coloured, *chosen}))

    def _converse(self, told: Told, answer: Answer) -> Told | Refusal:
        """Carry messages to and fro until nobody has anything to say."""
        refusal: Refusal | None = None
        going = list(told.messages)
        for _ in range(ROUNDS_MOST):
            replies = [reply for message in going for reply in answer(message)]
            going = []
            for reply in replies:
                heard = self.money.receive(reply)
                if isinstance(heard, Refusal):
                    return heard
                told, refusal = heard, heard.refusal or refusal
                going += heard.messages
            if not going:
                break
        state = self._talk.load(told.payment, Role.PAYER)
        if refusal is not None and (state is None or state.phase is Phase.DECLINED):
            return refusal
        self._settle(state)
        return told

    def _settle(self, state: State | None) -> None:
        """The other side has it in writing: the card forgets what it kept for this payment, and no other.

        What was paid is paid, so a card that was taken away by now does not spoil it: it is asked again when
        it comes back.
        """
        if isinstance(state, Payer) and state.phase in _ENDED and state.receipt:
            with suppress(DeviceError):
                self._card.acknowledge(unwrap(state.receipt)[1])

    # --- it is paid

    def take_back(self, message: bytes) -> int:
        """Put money that came back onto the card, which verifies it; returns how much (tiyn).

        ``request-not-ours`` (raised) when some of it is not for a key of this card.
        """
        kind, body = unwrap(message)
        if kind is not Kind.RETURN:
            raise RemoteProtocolError(Code.OUT_OF_ORDER, "message.kind")
        tokens = [(one, self.desk.holding(one, "return")) for one in RETURN.decode(body, "return").tokens]
        if any(holding.holder not in self.desk.key_tally.own for _, holding in tokens):
            raise RemoteProtocolError(Code.REQUEST_NOT_OURS, "return.tokens")
        self.desk.element.take([packed for packed, _ in tokens])
        return sum(holding.amount_tiyn for _, holding in tokens)

    def request(self, amount_tiyn: int, purpose: str = "") -> Requested | Refusal:
        """The card asks for an amount with a key of its own; it keeps the request until it is paid.

        Its terms say how much room it has, so that nobody signs money away that it could not hold.
        ``card-full`` when there is room for none.
        """
        tokens, octets = self._card.room()
        if not tokens or octets < TOKEN_ROOM_BYTES:
            return Refusal(Code.CARD_FULL, "card")
        usual = Terms()
        few = Terms(min(tokens, usual.tokens_max), min(octets, usual.bytes_max))
        with card_speaks():
            self.desk.read_fresh_key()
            return self.money.request(amount_tiyn, purpose, few)

    def asked_before(self, payment: bytes) -> Requested | Refusal:
        """A request that this card made in an earlier tap, to go on with: the same bytes.

        ``payment-unknown`` when it is not this card's.
        """
        with card_speaks():
            return self._asked_before(payment)

    def _asked_before(self, payment: bytes) -> Requested | Refusal:
        found = self._card.asked(payment)
        if found is None:
            return Refusal(Code.PAYMENT_UNKNOWN, "payment")
        payload, receipt = found
        state = Payee(Phase.OPENING, payload=payload)
        with self.desk.commit() as changes:
            changes.put(Conversation(payment, Role.PAYEE.value, encode_state(state)))
        told = self.money.resume(payment)
        if isinstance(told, Refusal) or not receipt:
            return told if isinstance(told, Refusal) else self.money.requested(payment)
        opened = self._talk.load(payment, Role.PAYEE)
        assert isinstance(opened, Payee)
        closing = replace(opened, phase=Phase.CLOSING, receipt_payload=receipt)
        with self.desk.commit() as changes:
            changes.put(Conversation(payment, Role.PAYEE.value, encode_state(closing)))
        return self.money.requested(payment)

    def received_at(self, payment: bytes) -> int | None:
        """When (seconds) the card closed a request of :meth:`asked_before`; None while it is open."""
        state = self._talk.load(payment, Role.PAYEE)
        if not isinstance(state, Payee) or not state.receipt_payload:
            return None
        return RECEIPT.decode(state.receipt_payload, "receipt").time

    def answer(self, message: bytes) -> tuple[bytes, ...]:
        """The card as the payee of a conversation: it verifies the money itself before it acknowledges."""
        with card_speaks():
            told = self.money.receive(message)
        return () if isinstance(told, Refusal) else told.messages
