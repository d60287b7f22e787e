"""Certificates come in batches: in time, alike, never a reason to refuse. An old list: smaller amounts."""

import pytest

from device.core.model import KEY_FRESH, KEY_USED
from device.service.desk import expiry_of
from device.service.membership import KEYS_KEPT
from device.service.wallet import Wallet
from platform_stub.bank.serials import serial_at
from tender.cash.messages import RequestMessage, open_message
from tender.crypto.certificates import DAY_S, DeviceCertificate
from tender.errors import Code, Refusal
from tests.mint import NOW
from tests.wallet.test_commands import Desk
from tests.wallet.village import Village, good, hand_over
from town.cast import AIGUL, DANA, MERCHANT, neighbour


def certificates(wallet: Wallet) -> list[DeviceCertificate]:
    """All of a device's, in the order it got them."""
    return [DeviceCertificate.unpack(one.certificate, one.key, "c") for one in wallet.desk.own_keys()]


def test_a_secret_order_leaves_no_serial_out_and_deals_none_twice() -> None:
    dealt = [serial_at(place, 21_600, b"s" * 32, bits=10) for place in range(3 << 10)]
    assert sorted(dealt) == list(range(3 << 10))
    one, other = ([serial_at(place, day, b"s" * 32) for place in range(50)] for day in (21_600, 21_690))
    assert one != other and one != [serial_at(place, 21_600, b"t" * 32) for place in range(50)]


def test_serials_do_not_show_which_belong_together(village: Village) -> None:
    """Six clients of one bank, 32 keys each: nobody's serials lie closer together than anybody's."""
    wallets = [village.wallet(neighbour(5 * place)) for place in range(6)]
    dealt = [[one.serial for one in certificates(wallet)] for wallet in wallets]
    everything = [serial for batch in dealt for serial in batch]
    assert len(set(everything)) == len(everything) == 6 * KEYS_KEPT
    for batch in dealt:
        assert batch != sorted(batch)
        assert max(batch) - min(batch) > 2**19, "one batch reaches over most of the room"
        others = sorted(set(everything) - set(batch))
        between = sum(1 for one in others if min(batch) < one < max(batch))
        assert between > len(others) / 2
    (same,) = {(c.issuer, c.epoch_day, c.profile, c.category) for w in wallets for c in certificates(w)}
    assert same[3] == 0, "but for key and serial they are alike"


def test_a_sync_fills_the_stock_up_before_it_runs_out(village: Village) -> None:
    dana = village.wallet(DANA)
    for _ in range(20):
        good(dana.money.request(100))
    assert len(dana.desk.fresh_keys()) == KEYS_KEPT - 20
    good(dana.settling.sync())
    assert len(dana.desk.fresh_keys()) == KEYS_KEPT
    assert len({one.serial for one in certificates(dana)}) == KEYS_KEPT + 20


def test_a_sync_renews_certificates_before_they_end(village: Village) -> None:
    """Forty days before the first batch ends it still serves; thirty before, a sync brings another epoch."""
    dana = village.wallet(DANA)
    (end,) = {one.expiry for one in certificates(dana)}
    village.clock.set(end - 40 * DAY_S)
    good(dana.settling.sync())
    assert {one.expiry for one in certificates(dana)} == {end}
    village.clock.set(end - 30 * DAY_S)
    good(dana.settling.sync())
    assert len(dana.desk.fresh_keys()) == KEYS_KEPT
    assert {expiry_of(one) for one in dana.desk.fresh_keys()} == {end + 90 * DAY_S}


def test_keys_that_end_soon_serve_until_they_end(village: Village) -> None:
    """Off for two months, thirty days left: Dana may still be paid, and deposits it."""
    dana, aigul = village.wallet(DANA), village.wallet(AIGUL)
    (end,) = {one.expiry for one in certificates(dana)}
    village.clock.set(end - 30 * DAY_S)
    good(aigul.settling.sync())
    good(aigul.bank.convert("to-dt", 50_000))
    good(aigul.bank.load(50_000))
    village.line.away = True
    assert not dana.desk.fresh_keys()
    hand_over(aigul, dana, 20_000)
    village.line.away = False
    assert good(dana.settling.deposit()).settled_tiyn == 20_000
    village.clock.set(end)
    village.line.away = True
    with pytest.raises(Exception, match=Code.KEYS_EXHAUSTED.value):
        dana.money.request(100)


def test_when_the_stock_runs_out_one_key_serves_again_with_a_nonce(
    village: Village, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By command: the stock's last request has a key of its own, the next two share one, each is paid."""
    desk = Desk(village, monkeypatch)
    desk.moves_in(AIGUL, "2000")
    desk.moves_in(DANA)
    village.line.away = True
    with village.reopen(None, "dana") as dana:
        for _ in range(KEYS_KEPT - 1):
            good(dana.money.request(100))
    asked = []
    for place in range(3):
        out = village.folder / f"request-{place}"
        desk.does("request", "5", "-w", "dana", "--out", str(out))
        message = open_message(out.read_bytes())
        assert isinstance(message, RequestMessage)
        asked.append((message.request.key, message.request.nonce))
    assert [len(nonce) for _, nonce in asked] == [0, 8, 8]
    assert len({key for key, _ in asked}) == 1 and len(set(asked)) == 3
    for place in range(3):
        paid, receipt = village.folder / f"paid-{place}", village.folder / f"receipt-{place}"
        desk.does("pay", str(village.folder / f"request-{place}"), "-w", "aigul", "--yes", "--out", str(paid))
        desk.does("receive", str(paid), "-w", "dana", "--out", str(receipt))
    assert desk.told("balance", "-w", "dana")["spendable_tiyn"] == 1_500


def test_an_old_list_means_smaller_amounts_not_silence(
    village: Village, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By command, nine days offline: above three monthly indices neither asks nor pays; below, both do."""
    desk = Desk(village, monkeypatch)
    desk.moves_in(AIGUL, "50000")
    desk.moves_in(DANA)
    desk.moves_in(MERCHANT)
    large, small = "12975.01", "12975"
    fresh, out = village.folder / "asked-before", village.folder / "asked"
    village.clock.set(NOW + 9 * DAY_S)
    monkeypatch.setenv("TENGE_AT", str(NOW + 9 * DAY_S))
    refused = desk.types("request", large, "-w", "dana", "--out", str(out))
    assert refused.exit_code == 1 and Code.LIST_STALE.value in refused.output
    desk.does("sync", "-w", "merchant")
    desk.does("request", large, "-w", "merchant", "--out", str(fresh))
    refused = desk.types("pay", str(fresh), "-w", "aigul", "--yes", "--out", str(out))
    assert refused.exit_code == 1 and Code.LIST_STALE.value in refused.output
    asked, paid = village.folder / "small", village.folder / "paid"
    desk.does("request", small, "-w", "dana", "--out", str(asked))
    desk.does("pay", str(asked), "-w", "aigul", "--yes", "--out", str(paid))
    desk.does("receive", str(paid), "-w", "dana", "--out", str(village.folder / "receipt"))
    assert desk.told("balance", "-w", "dana")["spendable_tiyn"] == 1_297_500
    desk.does("sync", "-w", "aigul")
    desk.does("pay", str(fresh), "-w", "aigul", "--yes", "--out", str(out))


def test_a_list_is_signed_anew_each_day_though_nobody_was_revoked(village: Village) -> None:
    """So that whoever syncs has a young list: it says that nobody else was lost until today."""
    dana = village.wallet(DANA)
    before = dana.desk.trust.revocations.number
    village.clock.advance(DAY_S - 1)
    good(dana.settling.sync())
    assert dana.desk.trust.revocations.number == before
    village.clock.advance(1)
    good(dana.settling.sync())
    assert dana.desk.trust.revocations.number == before + 1
    assert dana.desk.trust.list_date == NOW + DAY_S


def test_a_refused_key_stays_what_it_was(village: Village) -> None:
    """A request the wallet itself refuses uses no key up."""
    dana = village.wallet(DANA)
    assert isinstance(dana.money.request(10**11), Refusal)
    assert len(dana.desk.own_keys(KEY_FRESH)) == KEYS_KEPT
    assert not dana.desk.own_keys(KEY_USED)
