"""A shop asks, the user confirms with the PIN, the wallet pays: between a page and the wallet.

The wallet is locked between payments: the PIN that is typed opens it for one payment, and closes it again. A
shop is known by its origin (``http://127.0.0.1:8140``), which the user allowed once; it learns of its own
payments whether they are paid, and nothing else.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from threading import Lock
from typing import Final, Protocol
from urllib.parse import urlsplit

from device.service.payment_codes import PaymentCodes
from device.service.wallet import Wallet
from tender.account.merchant_messages import REFERENCE_MOST, SHOP, MerchantPaid
from tender.crypto.sealing import Pin
from tender.errors import Code, DeviceError, LinkError, Refusal, StoreError, TenderError
from tender.ports import Clock, Entropy
from tender.qr.payment_code import PaymentCode, decode, payable, said

WAITING: Final = "waiting"
UNSURE: Final = "unsure"
"""Sent, and no answer came: it may be paid by now. Confirming again finds out, and pays once."""
PAID: Final = "paid"
REFUSED: Final = "refused"
CANCELLED: Final = "cancelled"

LIFE_S: Final = 600
"""How long a question stays open."""
OPEN_MOST: Final = 8
"""Questions of one shop at a time; an older one that waits makes room."""
CODE_MOST: Final = 2_000
"""Characters of a payment code: more than any QR of this kind holds."""


class Shops(Protocol):
    """Which shops may ask, and the wallet's own sign that no shop knows."""

    def origins(self) -> tuple[str, ...]:
        """Every shop the user allowed."""

    def allow(self, origin: str) -> None:
        """From now on this one may ask. Raises StoreError where it cannot be written."""

    def sign(self) -> str:
        """A few letters that the sheet shows: a page that imitates it cannot."""


@dataclass(frozen=True, slots=True)
class Question:
    """What a shop wants to be paid; ``refusal`` says why it was not, the last time it was tried. ``order`` is
    the one that was sent for it and not answered: whoever fetches its answer, it is this question's."""

    id: str
    origin: str
    code: PaymentCode
    amount_tiyn: int
    since: int
    state: str = WAITING
    refusal: Refusal | None = None
    transaction: bytes = b""
    order: bytes = b""


class Checkout:
    """The questions that are open, in memory only: a shop asks again after a restart."""

    def __init__(
        self, open_wallet: Callable[[Pin], Wallet], shops: Shops, clock: Clock, entropy: Entropy
    ) -> None:
        self._open_wallet = open_wallet
        self.shops = shops
        self._clock = clock
        self._entropy = entropy
        self._questions: dict[str, Question] = {}
        self._lock = Lock()
        self._paying = Lock()

    def ask(self, origin: str, text: str) -> Question | Refusal:
        """A shop's question: a payment code with its amount. Nothing is shown or signed by asking.

        Raises :class:`RemoteProtocolError` for a code that breaks its rules.
        """
        if origin not in self.shops.origins():
            return Refusal(Code.NOT_PERMITTED, "origin")
        if len(text) > CODE_MOST:
            return Refusal(Code.MESSAGE_TOO_LONG, "code")
        code = decode(text)
        refused = payable(code)
        if refused is not None:
            return refused
        if code.amount_tiyn is None:
            return Refusal(Code.AMOUNT_UNREADABLE, "code.54")
        if len(code.reference_label) > REFERENCE_MOST:
            return Refusal(Code.FIELD_WRONG, "code.62.05")
        amount_tiyn = code.amount_tiyn + (code.fee.of(code.amount_tiyn) if code.fee else 0)
        question = Question(self._entropy.draw(16).hex(), origin, code, amount_tiyn, self._clock.now())
        with self._lock:
            self._make_room(origin)
            self._questions[question.id] = question
        return question

    def _make_room(self, origin: str) -> None:
        now = self._clock.now()
        for one in [one for one in self._questions.values() if now - one.since >= LIFE_S]:
            del self._questions[one.id]
        own = [one for one in self._questions.values() if one.origin == origin]
        for one in own[: max(0, len(own) - OPEN_MOST + 1)]:
            del self._questions[one.id]

    def question(self, name: str) -> Question | None:
        """A question by its id; None when there is none, or no longer."""
        with self._lock:
            found = self._questions.get(name)
        return found if found is not None and self._clock.now() - found.since < LIFE_S else None

    def confirm(self, name: str, pin: Pin) -> Question | Refusal:
        """Open the wallet with this PIN, pay, close it. Confirmed twice it is paid once.

        A refusal is kept in the question: one of the PIN or of a wallet that is busy leaves it open.
        """
        with self._paying:
            question = self.question(name)
            if question is None:
                return Refusal(Code.PAYMENT_UNKNOWN, "payment")
            if question.state not in (WAITING, UNSURE):
                return question
            return self._keep(self._pay(question, pin))

    def _pay(self, question: Question, pin: Pin) -> Question:
        try:
            wallet = self._open_wallet(pin)
        except (DeviceError, StoreError) as error:
            return replace(question, refusal=error.refusal)
        try:
            return _paid(wallet.codes, question)
        except TenderError as error:
            return replace(question, state=REFUSED, refusal=error.refusal)
        finally:
            wallet.close()

    def cancel(self, name: str) -> Question | Refusal:
        """The user says no; of no effect once it is paid, or may be."""
        with self._paying:
            question = self.question(name)
            if question is None:
                return Refusal(Code.PAYMENT_UNKNOWN, "payment")
            return self._keep(replace(question, state=CANCELLED)) if question.state == WAITING else question

    def _keep(self, question: Question) -> Question:
        with self._lock:
            self._questions[question.id] = question
        return question


def _paid(codes: PaymentCodes, question: Question) -> Question:
    """The question after one try, with the wallet open. Only its own books say what is still unanswered."""
    if codes.carried_out(question.order):
        return replace(question, state=PAID, refusal=None)
    code = question.code
    offer = codes.offer(code, purpose=said(code.bill_number))
    if isinstance(offer, Refusal):
        return replace(question, state=REFUSED, refusal=offer)
    try:
        told = codes.pay(offer, channel=SHOP)
    except LinkError as error:
        told = error.refusal
        if not codes.unanswered(offer):
            return replace(question, state=WAITING, refusal=told, order=b"")
    if isinstance(told, MerchantPaid):
        return replace(question, state=PAID, refusal=None, transaction=told.transaction)
    order = codes.unanswered(offer)
    return replace(question, state=UNSURE if order else REFUSED, refusal=told, order=order)


def origin_of(text: str) -> str | None:
    """An origin as browsers write it: scheme, host and port, in small letters; None for anything else.

    Plain HTTP is for this computer only: on any other line somebody else could speak for the shop.
    """
    try:
        parts = urlsplit(text.strip())
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return None
    plain = not (parts.username or parts.password or parts.query or parts.fragment or parts.path.strip("/"))
    local = host == "localhost" or host.endswith(".localhost") or host in ("127.0.0.1", "::1")
    if not plain or not host or not host.isascii() or any(one in host for one in " ;,'\"*<>\\"):
        return None
    if parts.scheme != "https" and not (parts.scheme == "http" and local):
        return None
    shown = f"[{host}]" if ":" in host else host
    usual = {"http": 80, "https": 443}[parts.scheme]
    return f"{parts.scheme}://{shown}" + (f":{port}" if port and port != usual else "")
