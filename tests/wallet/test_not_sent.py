"""An order that nobody was there to take is forgotten: whoever was told so may pay in another way."""

import socket

import pytest

from hardware.wires import HttpWire
from tender.account.client_messages import TO_DT
from tender.account.merchant_messages import APP
from tender.errors import Code, LinkError, NotSentError
from tests.wallet.test_commands import Desk, desk
from tests.wallet.village import Village, good, hand_over
from town.cast import AIGUL, DANA, MERCHANT

__all__ = ["desk"]


@pytest.mark.row("DT-S-08")
def test_by_phone_by_command_unknown_phone_and_no_network(desk: Desk) -> None:
    """10,000.00: 2,500.00 to Dana's phone; unknown phone: no debit; offline: what still goes on."""
    desk.moves_in(AIGUL)
    desk.moves_in(DANA)
    desk.does("convert", "10000", "-w", "aigul")
    assert desk.told("transfer", "2500", DANA.phone, "-w", "aigul")["account_tiyn"] == 7_500_00
    assert desk.told("statement", "-w", "dana")["dt_tiyn"] == 2_500_00
    unknown = desk.types("transfer", "100", "+77019999999", "-w", "aigul")
    assert (unknown.exit_code, "payee-unknown" in unknown.output) == (1, True)
    desk.village.line.gone = True
    away = desk.types("transfer", "100", DANA.phone, "-w", "aigul")
    assert (away.exit_code, "Offline payments go on working" in away.output) == (3, True)
    desk.village.line.gone = False
    desk.does("sync", "-w", "aigul")
    assert desk.told("statement", "-w", "aigul")["dt_tiyn"] == 7_500_00


def test_what_was_not_sent_and_was_paid_by_hand_instead_is_paid_once(village: Village) -> None:
    aigul, dana = village.wallet(AIGUL, 1_000_00), village.wallet(DANA)
    good(aigul.bank.convert(TO_DT, 1_000_00))
    village.line.gone = True
    for order in (
        lambda: aigul.bank.transfer("phone", DANA.phone, 500_00, ""),
        lambda: aigul.merchants.pay(MERCHANT.number, 500_00, channel=APP),
    ):
        with pytest.raises(NotSentError):
            order()
    assert aigul.bank.line.pending() == ()
    hand_over(aigul, dana, 500_00)
    village.line.gone = False
    good(aigul.settling.sync())
    assert good(aigul.bank.statement()).balances.dt_tiyn == 1_000_00
    assert good(dana.bank.statement()).balances.dt_tiyn == 0


def test_an_order_that_may_have_arrived_is_kept(village: Village) -> None:
    aigul = village.wallet(AIGUL)
    village.line.away = True
    with pytest.raises(LinkError):
        aigul.bank.convert(TO_DT, 100_00)
    assert len(aigul.bank.line.pending()) == 1


def test_a_wire_knows_whether_anything_left() -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        port = nobody.getsockname()[1]
        with pytest.raises(NotSentError) as refused:  # bound, and nobody listens
            HttpWire(f"http://127.0.0.1:{port}", 5).send("/x", b"")
    assert refused.value.code is Code.PLATFORM_UNREACHABLE
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        with pytest.raises(LinkError) as cut:
            HttpWire(f"http://127.0.0.1:{port}", 0.2).send("/x", b"")
    assert not isinstance(cut.value, NotSentError)
