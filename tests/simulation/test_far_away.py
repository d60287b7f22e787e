"""Far from any network: a week of payments over every carrier there is, and a note at the end of its road."""

import time
from itertools import pairwise
from pathlib import Path

import pytest

from faces.words import sentence
from tender.cash.chain import append_hop, pack_hop, spend_link, verify_chain
from tender.cash.messages import Transfer, pack
from tender.crypto.certificates import DAY_S
from tender.errors import Code, Refusal
from tests.mint import NOW
from tests.wallet.test_commands import Desk
from tests.wallet.test_two_processes import end, start
from tests.wallet.village import Village, good, hand_over
from town.cast import AIGUL, DANA, MERCHANT


@pytest.fixture
def village(tmp_path: Path) -> Village:
    """A platform and an empty street."""
    return Village(tmp_path)


@pytest.fixture
def desk(village: Village, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """Somebody at its keyboard."""
    return Desk(village, monkeypatch)


def by_file(desk: Desk, payer: str, payee: str, amount: str, folder: Path) -> None:
    """Request, payment and receipt as three files on a stick."""
    request, payment, receipt = (str(folder / f"{name}.tenge") for name in ("request", "payment", "receipt"))
    desk.does("request", amount, "--out", request, "-w", payee)
    desk.does("pay", request, "--yes", "--out", payment, "-w", payer)
    desk.does("receive", payment, "--out", receipt, "-w", payee)
    desk.does("receive", receipt, "-w", payer)


def by_paste(desk: Desk, payer: str, payee: str, amount: str, folder: Path) -> None:
    """The same as text, copied from one window into another."""
    request = desk.does("request", amount, "-w", payee)
    payment = desk.does("pay", "-", "--yes", "-w", payer, given=request.encode())
    receipt = desk.does("receive", "-", "-w", payee, given=payment.encode())
    desk.does("receive", "-", "-w", payer, given=receipt.encode())


def by_socket(desk: Desk, payer: str, payee: str, amount: str, folder: Path) -> None:
    """Two processes that hold two ends of one local socket."""
    meeting = folder / f"{payer}-{payee}.sock"
    waits = start(desk.village, "receive", amount, "--socket", str(meeting), "--wallet", payee, "--json")
    while not meeting.exists() and waits.poll() is None:
        time.sleep(0.02)
    end(start(desk.village, "pay", "--socket", str(meeting), "--yes", "--wallet", payer, "--json"))
    end(waits)
    meeting.unlink(missing_ok=True)


def test_a_week_without_a_network_over_files_pastes_and_sockets_then_all_reconciles(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What DT-Q-12 asks, over the carriers there are. NFC and QR come with their wires, and the row with
    them."""
    desk.moves_in(AIGUL, "2000")
    desk.moves_in(DANA, "1000")
    desk.village.line.away = True
    carriers = (by_file, by_paste, by_socket, by_paste, by_file, by_paste, by_file)
    for day, carrier in enumerate(carriers):
        monkeypatch.setenv("TENGE_AT", str(NOW + day * DAY_S))
        carrier(desk, "aigul", "dana", "30", tmp_path)
        by_paste(desk, "dana", "aigul", "10,01", tmp_path)
    assert (desk.spendable("aigul"), desk.spendable("dana")) == (
        200_000 - 7 * 3_000 + 7 * 1_001,
        100_000 + 7 * 3_000 - 7 * 1_001,
    )
    desk.village.line.away = False
    desk.village.clock.advance(7 * DAY_S)
    for name, held in (("aigul", 186_007), ("dana", 113_993)):
        desk.does("deposit", "-w", name)
        desk.does("sync", "-w", name)
        told = desk.told("balance", "-w", name)
        assert (told["spendable_tiyn"], told["account_tiyn"]) == (0, held)


@pytest.mark.row("DT-O-04")
def test_both_wallets_refuse_a_sixteenth_hop_and_the_note_stays_with_the_fifteenth_holder(
    village: Village,
) -> None:
    """Fifteen hops between real wallets; the payer refuses by itself, and the payee refuses what a modified
    payer signs all the same."""
    aigul, dana = village.wallet(AIGUL, 100_000, single=True), village.wallet(DANA)
    merchant = village.wallet(MERCHANT)
    village.line.away = True
    hands = [aigul, dana] * 8
    for payer, payee in pairwise(hands):
        hand_over(payer, payee, 100_000)
    holder = hands[15]
    assert holder is dana
    (coin,) = dana.view.coins()
    assert verify_chain(coin.packed, dana.desk.trust).hops == 15
    request = good(merchant.money.request(100_000))
    refused = dana.money.propose(request.message)
    assert isinstance(refused, Refusal)
    assert refused.code is Code.HOP_LIMIT
    assert "Hop limit, reconnect needed" in sentence(refused)
    assert dana.view.balance().spendable_tiyn == 100_000
    assert not dana.desk.element.has_signed(coin.output)

    # A wallet whose own check was taken out signs a sixteenth link: the payee refuses it for the same reason.
    holding = verify_chain(coin.packed, dana.desk.trust)
    key = next(one.key for one in merchant.desk.own_keys() if one.key in request.message)
    link = spend_link(holding, key, 100_000)
    (signature,) = dana.desk.element.sign_links([(holding.holder, link)])
    certificate = dana.desk.certificate_of(holding.holder)
    forced = append_hop(holding.packed, pack_hop(link, signature, certificate, change=False))
    told = merchant.money.receive(pack(Transfer(request.payment, (forced,))))
    shown = told if isinstance(told, Refusal) else told.refusal
    assert shown is not None and shown.code is Code.HOP_LIMIT
    assert merchant.view.balance().spendable_tiyn == 0
