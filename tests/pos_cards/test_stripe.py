"""The magnetic stripe at a till: it serves where there is no chip, or the chip cannot be read."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from hardware.cards.card_file import CardFile
from hardware.cards.image_kinds import PAYMENT
from hardware.entropy import SeededEntropy
from hardware.field import Field, InProcessReader
from pos.core.card_tender import CardPhase
from pos.service.card_values import CardStep, CardTold
from pos.service.till import Till
from tender.card.iso8583.message import Message
from tender.card.pan import Track2
from tender.errors import Code, DeviceError, Refusal
from tests.pos.market import Market
from tests.pos.test_commands import Counter
from tests.pos_cards.acquirer import StandInAcquirer, silent
from tests.pos_cards.counter import papers, pin_of
from tests.pos_cards.shop import PIN, SILENCE_S, TIYN, People, asked, held
from tests.pos_cards.striped import STRIPE, striped_card
from tests.wallet.village import good

WITHOUT_CHIP = Track2(STRIPE.pan, STRIPE.expiry, "101", STRIPE.discretionary)


class Mute(InProcessReader):
    """A reader in which something lies that says nothing."""

    def connect(self, timeout_s: float) -> bytes:
        raise DeviceError(Code.CARD_WRONG, "reader")


class Swiper:
    """A slot for stripes, and how often a card was pulled through it."""

    def __init__(self, octets: bytes) -> None:
        self._octets = octets
        self.count = 0

    def __call__(self) -> bytes:
        self.count += 1
        return self._octets


@dataclass(frozen=True)
class Case:
    """What lies in the reader and passes the slot, and what comes of it: ``entry``, DE 22 of what was asked,
    or ``refused``, and nobody was asked."""

    name: str
    reader: Callable[[], InProcessReader]
    entry: str = ""
    refused: Code | None = None
    stripe: bytes = STRIPE.to_bytes()
    swiped: int = 0


CASES = (
    Case("a good chip", lambda: held(striped_card()), "051"),
    Case("a broken chip", lambda: held(striped_card("chip-broken")), "801", swiped=1),
    Case("a chip that says nothing at all", lambda: Mute(Field("counter", striped_card())), "801", swiped=1),
    Case("a broken chip, a stripe nobody can read", lambda: held(striped_card("chip-broken")),
         refused=Code.CARD_TRY_OTHER, stripe=b"\xff", swiped=1),
    Case("a broken chip, no stripe", lambda: held(striped_card("chip-broken")),
         refused=Code.CARD_TRY_OTHER, stripe=b"", swiped=1),
    Case("a card its issuer blocked", lambda: held(striped_card("card-blocked")), refused=Code.CARD_SAID_NO),
    Case("an application its issuer blocked", lambda: held(striped_card("blocked")),
         refused=Code.CARD_SAID_NO),
)  # fmt: skip


def test_what_may_be_swiped_after_the_chip(till: Till, acquirer: StandInAcquirer) -> None:
    for case in CASES:
        asked(till)
        pays(till, acquirer, case)
        asked_bank = any(one.mti == "0100" for one in acquirer.heard)
        assert asked_bank is (case.refused is None), f"{case.name}: asked, or not asked, for nothing"
        acquirer.heard.clear()
        if isinstance(till.finish(), Refusal):
            good(till.cancel_payment())
            good(till.drop())


def pays(till: Till, acquirer: StandInAcquirer, case: Case) -> None:
    """One case: what was swiped, what was asked, what came of it."""
    swiper, people = Swiper(case.stripe), People()
    told = till.cards.taking.pay(case.reader(), people, timeout_s=0, swipe=swiper)
    assert isinstance(told, CardTold), case
    assert swiper.count == case.swiped == people.steps.count(CardStep.SWIPE)
    if case.refused is not None:
        assert told.refusal is not None and told.refusal.code is case.refused
        assert told.payment.phase is CardPhase.DECLINED and not acquirer.heard
        return
    request = acquirer.said("0100")[0]
    assert told.taken is not None and request.text(22) == case.entry and 52 in request.fields
    by_stripe = case.entry == "801"
    assert (55 in request.fields) is (23 in request.fields) is not by_stripe
    assert told.payment.seen.by_stripe is by_stripe
    if by_stripe:
        assert request.track2 == STRIPE and request.pan == STRIPE.pan
        assert not told.payment.seen.tvr and not told.payment.seen.aid


def test_without_a_slot_nothing_is_swiped(till: Till, acquirer: StandInAcquirer) -> None:
    asked(till)
    told = till.cards.taking.pay(held(striped_card("chip-broken")), People(), timeout_s=0)
    assert isinstance(told, CardTold) and told.refusal is not None
    assert told.refusal.code is Code.CARD_TRY_OTHER
    with pytest.raises(DeviceError) as wrong:
        till.cards.taking.pay(Mute(Field("counter", striped_card())), People(), timeout_s=0)
    assert wrong.value.code is Code.CARD_WRONG and not acquirer.heard


def test_a_card_with_a_chip_is_not_swiped_first(till: Till, acquirer: StandInAcquirer) -> None:
    asked(till)
    for track, refused in (
        (STRIPE.to_bytes(), Code.CARD_HAS_CHIP),
        (Track2(STRIPE.pan, "3012", "601", "1").to_bytes(), Code.CARD_HAS_CHIP),
        (b"", Code.CARD_TRY_OTHER),
    ):
        told = till.cards.taking.swipe(People(), Swiper(track))
        assert isinstance(told, Refusal) and told.code is refused, track
        assert not acquirer.heard and not till.terminal.payments()
    told = till.cards.taking.swipe(People(), Swiper(WITHOUT_CHIP.to_bytes()))
    assert isinstance(told, CardTold) and told.taken is not None
    assert acquirer.said("0100")[0].text(22) == "901" and acquirer.said("0100")[0].track2 == WITHOUT_CHIP


def test_a_purchase_by_stripe_is_refused_by_its_issuer_doubted_and_taken_back_as_any_other(
    till: Till, acquirer: StandInAcquirer
) -> None:
    answers: list[Callable[[Message], Message | None]] = [lambda message: message.answer("57")]
    script = acquirer.script

    def said(message: Message) -> Message | None:
        return answers.pop(0)(message) if answers else script(message)

    acquirer.script = said
    asked(till)
    told = till.cards.taking.pay(
        held(striped_card("chip-broken")), People(), timeout_s=0, swipe=STRIPE.to_bytes
    )
    assert isinstance(told, CardTold) and told.payment.response == "57" and told.refusal is not None
    answers.append(silent)
    patience_s, till.terminal.answer_s = till.terminal.answer_s, SILENCE_S
    doubted = till.cards.taking.pay(
        held(striped_card("chip-broken")), People(), timeout_s=0, swipe=STRIPE.to_bytes
    )
    till.terminal.answer_s = patience_s
    assert isinstance(doubted, CardTold) and doubted.refusal is not None
    assert doubted.refusal.code is Code.ACQUIRER_SILENT and doubted.payment.phase is CardPhase.REVERSED
    paid = till.cards.taking.pay(
        held(striped_card("chip-broken")), People(), timeout_s=0, swipe=STRIPE.to_bytes
    )
    assert (
        isinstance(paid, CardTold)
        and paid.taken is not None
        and list(acquirer.stands_tiyn.values()) == [TIYN]
    )
    good(till.finish())
    good(till.void("1-0001"))
    assert not acquirer.stands_tiyn
    for reversal in acquirer.said("0400"):
        assert reversal.text(22) == "801" and not {35, 52, 55} & set(reversal.fields)


def test_a_broken_chip_and_a_swiped_one_by_command(
    market: Market, acquirer: StandInAcquirer, monkeypatch: pytest.MonkeyPatch
) -> None:
    counter = Counter(market, monkeypatch)
    counter.opened()
    counter.run("card", "set", "--from", papers(market, acquirer))
    chips = market.folder / "elements" / "chips"
    for name in ("good", "chip-broken"):
        image = bytearray(striped_card(name.removeprefix("good")).image)
        CardFile.create(market.folder / name, chips, SeededEntropy(name), PAYMENT, image).close()
    (market.folder / "pin").write_text(PIN)
    good_one, broken = (f"file:{market.folder / name}" for name in ("good", "chip-broken"))
    swiped = ("--card", good_one, "--swipe", *pin_of(market))
    refused = counter.told("sale", "--item", "Tea=3779", *swiped, code=1)
    assert refused["code"] == "card-has-chip" and not acquirer.heard
    said = counter.run("ask", "--card", broken, *pin_of(market))
    assert "Read from the stripe" in counter.run("receipt", "1-0001")
    assert acquirer.said("0100")[0].track2 == STRIPE
    assert STRIPE.to_text()[20:] not in said and "=" not in said
