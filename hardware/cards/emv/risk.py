"""What the chip decides, and what it says of that in tag 9F10 (EMV Book 3, 9.3: card action analysis)."""

from dataclasses import dataclass
from typing import Final, TypeVar

from hardware.cards.emv.chip import Application, PaymentChip, Session
from hardware.cards.emv.memory import amount_bytes, amount_of
from tender.card.issuer_data import (
    CVN10,
    CVN18,
    IssuerData,
    MchipResults,
    ResponseCode,
    StatusUpdate,
    VisaResults,
)
from tender.card.response_codes import is_approval
from tender.card.tags import Tag
from tender.card.values import Cryptogram

B = TypeVar("B", VisaResults, MchipResults)

UNABLE_TO_GO_ONLINE: Final = (b"Y3", b"Z3")
"""What a terminal says in tag 8A for an issuer it did not reach (Book 4, annex A6)."""
_CAP: Final = 255
_TIYN_MOST: Final = 10**12 - 1


def first_kind(chip: PaymentChip, wanted: Cryptogram) -> Cryptogram:
    """What the first GENERATE AC is answered by: what was asked for, or less."""
    if chip.application.state.blocked:
        return Cryptogram.AAC
    if wanted is Cryptogram.TC and wants_issuer(chip):
        return Cryptogram.ARQC
    return wanted


def wants_issuer(chip: PaymentChip) -> bool:
    """Whether this transaction is not one for the chip to approve alone."""
    one = chip.application
    state = one.state
    return bool(
        state.online_pending
        or state.authentication_failed
        or state.go_online
        or not state.last_online_atc
        or chip.pins_exceeded
        or (chip.session.pin.tried and not chip.session.pin.good)
        or chip.session.told.get(Tag.CURRENCY) != one.given.get(Tag.APPLICATION_CURRENCY)
        or state.offline_count >= state.lower_count
        or state.offline_tiyn + _amount(chip.session) > state.lower_tiyn
    )


def second_kind(chip: PaymentChip, wanted: Cryptogram, *, online: bool) -> Cryptogram:
    """What the second GENERATE AC is answered by: an approval only where issuer and card agree to it."""
    one = chip.application
    if wanted is not Cryptogram.TC or one.state.blocked:
        return Cryptogram.AAC
    refused = _is_refused(chip) if online else _beyond(chip)
    return Cryptogram.AAC if refused else Cryptogram.TC


def _is_refused(chip: PaymentChip) -> bool:
    """Whether the issuer said no, or somebody else said yes."""
    return chip.session.proof_wrong or not _approves(chip.application, chip.session.proved)


def _beyond(chip: PaymentChip) -> bool:
    """Whether the chip may not approve although nobody can be asked."""
    state = chip.application.state
    return bool(
        not state.last_online_atc
        or chip.pins_exceeded
        or chip.session.told.get(Tag.CURRENCY) != chip.application.given.get(Tag.APPLICATION_CURRENCY)
        or state.offline_count >= state.upper_count
        or state.offline_tiyn + _amount(chip.session) > state.upper_tiyn
    )


def _amount(session: Session) -> int:
    return amount_of(session.told.get(Tag.AMOUNT, b""))


def _approves(one: Application, said: bytes | None) -> bool:
    """What the issuer said behind its cryptogram; if it sent none, the terminal's word stands."""
    orders = orders_of(one, said)
    return orders is None or orders.approved


@dataclass(frozen=True, slots=True)
class Orders:
    """What an issuer's answer tells the chip to do."""

    approved: bool = True
    block_card: bool = False
    block_application: bool = False
    pin_tries: int | None = None
    go_online: bool = False
    reset: bool = True


def orders_of(one: Application, said: bytes | None) -> Orders | None:
    """Read what stood behind the issuer's cryptogram; None if there was none."""
    if said is None:
        return None
    version = one.personal.cryptogram_version
    if version == CVN10:
        # The code under the issuer's cryptogram counts, not the one the terminal claims.
        approved = is_approval(said.decode("ascii", "replace"))
        return Orders(approved, reset=approved)
    if version == CVN18:
        update = StatusUpdate.read(said[: StatusUpdate.BYTES])
        return Orders(
            bool(update & StatusUpdate.APPROVED),
            bool(update & StatusUpdate.BLOCK_CARD),
            bool(update & StatusUpdate.BLOCK_APPLICATION),
            update.pin_tries if update & StatusUpdate.SET_PIN_TRIES else None,
            bool(update & StatusUpdate.GO_ONLINE_NEXT),
            bool(update & StatusUpdate.RESET_COUNTERS),
        )
    code = ResponseCode.read(said)
    return Orders(
        bool(code & ResponseCode.APPROVED),
        pin_tries=code.pin_tries if code & ResponseCode.SET_PIN_TRIES else None,
        go_online=bool(code & ResponseCode.GO_ONLINE_NEXT),
        reset=bool(code & ResponseCode.RESET_COUNTERS),
    )


def book_offline(chip: PaymentChip) -> None:
    """One transaction more that no issuer saw."""
    one = chip.application
    one.change(
        offline_count=min(one.state.offline_count + 1, _CAP),
        offline_tiyn=min(one.state.offline_tiyn + _amount(chip.session), _TIYN_MOST),
    )


def book_online(chip: PaymentChip) -> None:
    """The issuer was reached: what it answered counts from now on."""
    one, session, card = chip.application, chip.session, chip.memory.card
    orders = orders_of(one, session.proved)
    one.change(
        authentication_failed=int(session.proof_wrong), authentication_missing=int(session.proved is None)
    )
    if session.proof_wrong:
        return
    one.change(
        last_online_atc=one.state.atc,
        scripts=min(session.scripts, 15),
        script_failed=int(session.script_wrong),
        go_online=int(orders is not None and orders.go_online),
    )
    if orders is None:
        return
    if orders.reset:
        one.change(offline_count=0, offline_tiyn=0)
    if orders.block_application:
        one.change(blocked=1)
    if orders.block_card:
        card.change(blocked=1)
    if orders.pin_tries is not None:
        card.change(pin_tries=min(orders.pin_tries, card.now.pin_limit))


# --------------------------------------------------------------------------------------------- tag 9F10


def issuer_data(
    chip: PaymentChip, first: Cryptogram, second: Cryptogram | None, *, online: bool = True
) -> IssuerData:
    """What the issuer is told of how it came to this cryptogram."""
    one = chip.application
    personal = one.personal
    if personal.cryptogram_version in (CVN10, CVN18):
        visa = _visa_results(chip, first, second, online=online)
        return IssuerData(personal.key_index, personal.cryptogram_version, visa)
    results = _mchip_results(chip, first, second, online=online)
    counters = amount_bytes(one.state.offline_tiyn) + bytes((one.state.offline_count, 0xFF))
    code = chip.session.dynamic[:2] or bytes(2)
    return IssuerData(personal.key_index, personal.cryptogram_version, results, code, counters)


def _visa_results(
    chip: PaymentChip, first: Cryptogram, second: Cryptogram | None, *, online: bool
) -> VisaResults:
    state, session, is_bit = chip.application.state, chip.session, VisaResults
    return VisaResults.of(state.scripts) | _set(
        is_bit(0),
        (is_bit.SECOND_TC, second is Cryptogram.TC),
        (is_bit.SECOND_NOT_ASKED, second is None),
        (is_bit.FIRST_TC, first is Cryptogram.TC),
        (is_bit.FIRST_ARQC, first is Cryptogram.ARQC),
        (is_bit.ISSUER_AUTHENTICATION_FAILED, session.proof_wrong),
        (is_bit.OFFLINE_PIN_PERFORMED, session.pin.tried),
        (is_bit.OFFLINE_PIN_FAILED, session.pin.tried and not session.pin.good),
        (is_bit.UNABLE_TO_GO_ONLINE, not online),
        (is_bit.LAST_ONLINE_NOT_COMPLETED, state.online_pending and second is None),
        (is_bit.PIN_TRIES_EXCEEDED, chip.pins_exceeded),
        (is_bit.OFFLINE_LIMITS_EXCEEDED, state.offline_count >= state.lower_count),
        (is_bit.NEW_CARD, not state.last_online_atc),
        (is_bit.ISSUER_AUTHENTICATION_FAILED_LAST, state.authentication_failed),
        (is_bit.ISSUER_AUTHENTICATION_NOT_DONE_LAST, state.authentication_missing),
        (is_bit.SCRIPT_FAILED, state.script_failed),
        (is_bit.DDA_PERFORMED, session.dda),
    )


def _mchip_results(
    chip: PaymentChip, first: Cryptogram, second: Cryptogram | None, *, online: bool
) -> MchipResults:
    state, session, is_bit = chip.application.state, chip.session, MchipResults
    domestic = session.told.get(Tag.TERMINAL_COUNTRY) == chip.application.given.get(Tag.ISSUER_COUNTRY)
    amount = state.offline_tiyn + _amount(session)
    return MchipResults.of(state.scripts, chip.memory.card.now.pin_tries) | _set(
        is_bit(0),
        (is_bit.SECOND_TC, second is Cryptogram.TC),
        (is_bit.SECOND_NOT_ASKED, second is None),
        (is_bit.FIRST_TC, first is Cryptogram.TC),
        (is_bit.FIRST_ARQC, first is Cryptogram.ARQC),
        (is_bit.OFFLINE_PIN_PERFORMED, session.pin.tried),
        (is_bit.ENCIPHERED_PIN_PERFORMED, session.pin.tried and session.pin.enciphered),
        (is_bit.OFFLINE_PIN_GOOD, session.pin.good),
        (is_bit.DDA_PERFORMED, session.dda),
        (is_bit.CDA_IN_FIRST, session.combined_first),
        (is_bit.CDA_IN_SECOND, session.combined_second),
        (is_bit.ISSUER_AUTHENTICATION_PERFORMED, session.proved is not None),
        (is_bit.UNABLE_TO_GO_ONLINE, not online),
        (is_bit.OFFLINE_PIN_NOT_PERFORMED, not session.pin.tried),
        (is_bit.OFFLINE_PIN_FAILED, session.pin.tried and not session.pin.good),
        (is_bit.PIN_TRIES_EXCEEDED, chip.pins_exceeded),
        (is_bit.DOMESTIC, domestic),
        (is_bit.INTERNATIONAL, not domestic),
        (is_bit.LOWER_COUNT_EXCEEDED, state.offline_count >= state.lower_count),
        (is_bit.UPPER_COUNT_EXCEEDED, state.offline_count >= state.upper_count),
        (is_bit.LOWER_AMOUNT_EXCEEDED, amount > state.lower_tiyn),
        (is_bit.UPPER_AMOUNT_EXCEEDED, amount > state.upper_tiyn),
        (is_bit.GO_ONLINE_WAS_SET, state.go_online),
        (is_bit.ISSUER_AUTHENTICATION_FAILED, session.proof_wrong or state.authentication_failed),
        (is_bit.SCRIPT_RECEIVED, state.scripts),
        (is_bit.SCRIPT_FAILED, state.script_failed),
    )


def _set(nothing: B, *bits: tuple[B, object]) -> B:
    """Those bits whose condition holds."""
    found = nothing
    for bit, holds in bits:
        if holds:
            found |= bit
    return found
