"""docs/privacy.md says what each role sees in each flow: here the bytes are read, and compared."""

from pathlib import Path

import pytest

from device.service.money import Money
from tender.account.participants import BANKS
from tests.privacy.data import ACCOUNT, AMOUNT, DEVICE, NAME, NUMBER, PHONE, PSEUDONYM, PURPOSE
from tests.privacy.flows import HAND_TIYN, KEPT, Told
from tests.privacy.flows import PURPOSE as QUINCES
from tests.privacy.page import ALWAYS, PAGE, Cells, differences, measured, play_both, promised, tables
from tests.privacy.town import (
    CAST,
    CERTIFICATION_,
    CHANGE,
    GATEWAY,
    ID_CENTRE_,
    LATER,
    NATIONAL_BANK,
    NEAR,
    NOTARY_,
    OTHER_BANKS,
    PARTICIPANTS,
    PAYEE,
    PAYER,
    TappedTown,
)
from tests.wallet.village import good

PERSON = {NAME, PHONE, NUMBER}


@pytest.fixture(scope="module")
def both() -> tuple[Told, Told]:
    """All flows, with names hidden and with names shown."""
    return play_both()


@pytest.fixture(scope="module")
def cells(both: tuple[Told, Told]) -> Cells:
    """What was found."""
    return measured(*both)


def test_the_page_says_cell_for_cell_what_the_bytes_say(cells: Cells) -> None:
    assert differences(cells, promised(PAGE.read_text(encoding="utf-8"))) == []


def test_the_tables_on_the_page_are_whole(cells: Cells) -> None:
    """Each flow has its table, and each role stands in it or below it."""
    assert tables(cells) in PAGE.read_text(encoding="utf-8"), "run python -m tests.privacy.page, and look"


def seen_by(told: Told, role: str, *, but: tuple[str, ...] = ()) -> set[tuple[str, str]]:
    """All that a role was told in any flow, or keeps."""
    return set().union(*(roles[role] for flow, roles in told.items() if flow not in but))


@pytest.mark.row("DT-A-05")
@pytest.mark.parametrize("role", [OTHER_BANKS, NOTARY_])
def test_banks_that_take_no_part_and_the_notary_see_nothing(both: tuple[Told, Told], role: str) -> None:
    """Not even with names shown: the notary gets hashes, other banks no message at all."""
    assert [seen_by(told, role) for told in both] == [set(), set()]
    assert {number for number in BANKS if PARTICIPANTS[number] == OTHER_BANKS} == {601, 856}


def test_the_national_bank_sees_amounts_accounts_and_pseudonyms_and_no_person(
    both: tuple[Told, Told],
) -> None:
    for told in both:
        whats = {what for _, what in seen_by(told, NATIONAL_BANK)}
        assert whats == {AMOUNT, ACCOUNT, PSEUDONYM}


def test_the_certification_centre_sees_pseudonyms_when_they_are_revoked(both: tuple[Told, Told]) -> None:
    assert [seen_by(told, CERTIFICATION_) for told in both] == [{(PAYER, PSEUDONYM)}] * 2


def test_the_id_centre_sees_no_payment_until_somebody_signed_twice(both: tuple[Told, Told]) -> None:
    for told in both:
        whats = {what for _, what in seen_by(told, ID_CENTRE_, but=("A draw after a fork", KEPT))}
        assert whats == {*PERSON, ACCOUNT}


@pytest.mark.row("DT-A-01")
def test_whoever_holds_the_money_sees_no_person_who_hides(both: tuple[Told, Told]) -> None:
    """Hidden: neither payee nor later holders nor a listener nearby gets a name or phone of anybody. Shown:
    the counterparty does, and later holders still do not get the name of whoever paid before."""
    hidden, shown = both
    for role in (PAYEE, LATER, CHANGE, NEAR):
        assert {what for _, what in seen_by(hidden, role)} <= {AMOUNT, PURPOSE, PSEUDONYM}
    assert {(PAYER, NAME), (PAYER, PHONE)} <= shown["Payment from hand to hand"][PAYEE]
    assert (PAYER, NAME) not in shown["The payment passed on"][LATER]
    assert (PAYEE, NAME) not in shown["The change passed on"][CHANGE]


def test_nobody_who_holds_the_money_ever_sees_a_number_an_account_or_a_device(
    both: tuple[Told, Told],
) -> None:
    for told in both:
        for role in (PAYER, PAYEE, LATER, CHANGE, NEAR):
            assert not {what for _, what in seen_by(told, role)} & {NUMBER, ACCOUNT, DEVICE}


def test_a_merchant_hears_how_much_and_nothing_of_who_paid(both: tuple[Told, Told]) -> None:
    """Its bank answers for its own reference; the payer's name goes no further than that bank, even shown."""
    for told in both:
        assert told["A purchase from a merchant"][PAYEE] == {("payment", AMOUNT)}


def test_the_gateway_forwards_everything_and_keeps_none_of_it(both: tuple[Told, Told]) -> None:
    for told in both:
        assert told[KEPT][GATEWAY] == frozenset()
        assert {(PAYER, NUMBER), (PAYEE, ACCOUNT), ("payment", AMOUNT)} <= seen_by(told, GATEWAY)


def test_what_is_searched_for_can_be_found(both: tuple[Told, Told]) -> None:
    """Each datum is met somewhere, so that a form that is never written would not pass for silence."""
    met = set().union(*(seen_by(told, role) for told in both for role in told[KEPT]))
    people = {(who, what) for who in (PAYER, PAYEE) for what in (*PERSON, ACCOUNT, DEVICE, PSEUDONYM)}
    assert met == people | {("payment", AMOUNT), ("payment", PURPOSE)}


# --- it fails when the protocol tells more, or less


def hand_to_hand(folder: Path, *, shown: bool = False) -> Cells:
    """One flow alone, as cells."""
    town = TappedTown(folder, shown=shown)
    payer, _ = town.moves_in(PAYER), town.moves_in(PAYEE)
    good(payer.bank.convert("to-dt", 2 * HAND_TIYN))
    good(payer.bank.load(2 * HAND_TIYN, single=True))
    with town.flow():
        town.pays(PAYER, PAYEE, HAND_TIYN, QUINCES)
    told = {"Payment from hand to hand": town.told(town.data(HAND_TIYN, QUINCES))}
    town.close()
    return measured(told, told)


def told_apart(found: Cells) -> list[str]:
    """Where one flow differs from the page's hidden names."""
    page = promised(PAGE.read_text(encoding="utf-8"))
    flow = {cell: mark for cell, mark in page.items() if cell[0] == "Payment from hand to hand"}
    return differences(found, {cell: mark for cell, mark in flow.items() if mark == ALWAYS})


def test_a_wallet_that_told_more_would_be_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As if it put its owner's IIN into each purpose it is asked to pay for, or the name in spite of the
    switch."""
    assert told_apart(hand_to_hand(tmp_path / "as it is")) == []
    plain = Money.request

    def chatty(self: Money, amount_tiyn: int, purpose: str = "", terms: object = None) -> object:
        return plain(self, amount_tiyn, f"{purpose} for {CAST[PAYEE].number}")

    monkeypatch.setattr(Money, "request", chatty)
    assert told_apart(hand_to_hand(tmp_path / "chatty")) == [
        f"Payment from hand to hand: {role} sees the payee's IIN or BIN: ●, the page says ·"
        for role in (NEAR, PAYER)
    ]


def test_a_wallet_that_told_less_would_be_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As if it swallowed the purpose: what the page promises the payer must be there."""
    plain = Money.request
    monkeypatch.setattr(Money, "request", lambda self, amount, purpose="": plain(self, amount))
    less = told_apart(hand_to_hand(tmp_path))
    assert "Payment from hand to hand: payer sees the payment's purpose: ·, the page says ●" in less
