"""Lists pass along with payments: a revoked device is stopped where nobody has been online."""

import pytest

from device.core.model import Incident, Signed
from device.service.wallet import Wallet
from tender import canon
from tender.cash.armour import from_text
from tender.cash.beside import Beside, put_beside, take_apart
from tender.cash.messages import MESSAGE_MAX_BYTES, Terms, unwrap_beside
from tender.cash.revocation import sign_list
from tender.cash.revocation_step import open_step
from tender.crypto import envelope
from tender.crypto.directory import DirectoryBody, sign_directory
from tender.crypto.envelope import Typ
from tender.errors import Code
from tests.mint import key_of
from tests.wallet.test_commands import Desk
from tests.wallet.village import Village, approved, good, hand_over
from town.cast import AIGUL, BOLAT, DANA, MERCHANT, Person


def number(wallet: Wallet) -> int:
    """The revocation list a wallet knows."""
    return wallet.desk.trust.revocations.number


def revoke(village: Village, person: Person, wallet: Wallet) -> int:
    """The person reports the device lost, with a fresh code at a borrowed one; the number of the new list."""
    client = village.client(person)
    code = village.platform.banks[person.bank].clients.activation_code(client.number)
    borrowed = village.blank(f"borrowed-{village.platform.certification.desk.clock.now()}-{number(wallet)}")
    noted = borrowed.membership.report_lost(wallet.desk.settings.device, code, bank=person.bank)
    return good(noted).list_number


def incidents(wallet: Wallet) -> list[str]:
    """The codes of what was refused."""
    return [one.code for one in wallet.desk.store.all(Incident)]


def test_a_revoked_device_is_stopped_two_hops_away_from_the_internet(village: Village) -> None:
    """Bolat synced. He pays Dana, Dana pays the merchant, nobody else was online; then the device that Aigul
    lost tries the merchant."""
    lost, bolat = village.wallet(AIGUL, 100_000), village.wallet(BOLAT, 100_000)
    dana, merchant = village.wallet(DANA), village.wallet(MERCHANT)
    newest = revoke(village, AIGUL, lost)
    good(bolat.settling.sync())
    village.line.away = True
    assert [number(one) for one in (lost, bolat, dana, merchant)] == [
        newest - 1,
        newest,
        newest - 1,
        newest - 1,
    ]
    hand_over(bolat, dana, 40_000)
    assert number(dana) == newest
    hand_over(dana, merchant, 30_000)
    assert number(merchant) == newest
    request = good(merchant.money.request(1_000))
    told = approved(lost.money, request.message)
    refused = good(merchant.money.receive(told.messages[0]))
    assert refused.refusal is not None
    assert refused.refusal.code is Code.CERTIFICATE_REVOKED
    assert merchant.view.balance().spendable_tiyn == 30_000


def test_a_list_that_came_with_a_payment_raises_the_time_floor(village: Village) -> None:
    """Dana's clock is two days slow; the list beside Bolat's payment tells her the day, and she keeps it."""
    bolat, dana = village.wallet(BOLAT, 100_000), village.wallet(DANA)
    today = village.clock.now() + 2 * 86_400
    village.clock.set(today)
    good(bolat.settling.sync())
    village.clock.set(today - 2 * 86_400)
    village.line.away = True
    assert dana.desk.now() == today - 2 * 86_400
    hand_over(bolat, dana, 40_000)
    assert dana.desk.now() == today
    assert village.reopen(dana, "dana").desk.trust.time_floor == today


def test_a_receipt_brings_the_payees_list_to_the_payer(village: Village) -> None:
    aigul, dana, gone = village.wallet(AIGUL, 100_000), village.wallet(DANA), village.wallet(BOLAT)
    newest = revoke(village, BOLAT, gone)
    good(dana.settling.sync())
    village.line.away = True
    request = good(dana.money.request(5_000))
    told = good(dana.money.receive(approved(aigul.money, request.message).messages[0]))
    before = number(aigul)
    good(aigul.money.receive(told.messages[0]))
    assert (before, number(aigul)) == (newest - 1, newest)
    assert aigul.view.payment(request.payment.hex()).status == "paid"  # type: ignore[union-attr]


def test_over_two_way_wires_news_comes_with_the_offer(village: Village) -> None:
    """Before anything is signed: what the payee learns from it may still make it say no."""
    bolat, dana, merchant = (
        village.wallet(BOLAT, 60_000, single=True),
        village.wallet(DANA),
        village.wallet(MERCHANT),
    )
    hand_over(bolat, dana, 20_000)
    newest = revoke(village, BOLAT, bolat)
    good(dana.settling.sync())
    village.line.away = True
    request = good(merchant.money.request(100))
    offer = approved(dana.money, request.message, two_way=True).messages[0]
    _, beside = take_apart(offer)
    assert beside is not None and beside.list_number == newest and beside.news
    ready = good(merchant.money.receive(offer)).messages[0]
    assert number(merchant) == newest
    transfer = good(dana.money.receive(ready)).messages[0]
    _, beside = take_apart(transfer)
    assert beside is not None and beside.news == (), "what the offer brought need not come again"
    receipt = good(merchant.money.receive(transfer)).messages[0]
    assert good(dana.money.receive(receipt)).status == "paid"


def step_world(village: Village) -> tuple[Wallet, Wallet, int]:
    """Aigul's list is three steps older than Dana's, and Dana came to hers by steps shorter than the list."""
    aigul, dana = village.wallet(AIGUL, 100_000), village.wallet(DANA)
    centre = village.platform.certification
    with centre.desk.store.writing() as rows:
        for serial in range(0, 60_000, 23):
            rows.revoke(949, 21_600, serial, "a town of strangers", village.clock.now())
    centre.publish_revocations()
    good(aigul.settling.sync())
    good(dana.settling.sync())
    known = number(dana)
    for serial in (5, 6, 8):
        with centre.desk.store.writing() as rows:
            rows.revoke(949, 21_600, serial, "lost", village.clock.now())
        centre.publish_revocations()
    return aigul, dana, known


def test_a_sync_answers_with_steps_where_they_are_shorter(village: Village) -> None:
    _, dana, known = step_world(village)
    good(dana.settling.sync())
    assert number(dana) == known + 3
    assert dana.desk.trust.revocations.names(949, 21_600, 8)
    kept = [one.raw for one in dana.desk.store.all(Signed) if one.what.startswith("step.")]
    assert [open_step(raw, village.platform.root_key).number for raw in kept] == [
        known + n for n in (1, 2, 3)
    ]
    with village.platform.certification.desk.store.reading() as rows:
        whole = rows.newest("revocations")[1]
    assert sum(map(len, kept)) < 1_000 < len(whole)
    assert dana.desk.trust.revocations.raw == whole  # type: ignore[attr-defined]


def test_steps_pass_along_and_the_whole_list_is_not_needed(village: Village) -> None:
    """Steps fit where the list itself would not: Dana's request has room for 2,000 bytes, coins included."""
    aigul, dana, known = step_world(village)
    good(aigul.settling.sync())
    village.line.away = True
    request = good(dana.money.request(1_000, terms=Terms(bytes_max=2_000)))
    transfer = approved(aigul.money, request.message).messages[0]
    assert len(transfer) < 2_000
    good(dana.money.receive(transfer))
    assert (number(dana), dana.desk.trust.revocations.names(949, 21_600, 8)) == (known + 3, True)


def test_a_paste_carries_a_few_steps_and_no_long_list(
    village: Village, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By command: the same payment, as a file with the whole list, as a paste without."""
    aigul, dana, _ = step_world(village)
    good(aigul.settling.sync())
    request = village.folder / "request"
    request.write_bytes(good(dana.money.request(1_000)).message)
    with aigul.desk.commit() as changes:
        for row in aigul.desk.store.all(Signed):
            if row.what.startswith("step."):
                changes.drop(row)
    aigul.close()
    desk = Desk(village, monkeypatch)
    village.line.away = True
    paste = desk.does("pay", str(request), "-w", "aigul", "--yes")
    file = village.folder / "payment"
    desk.does("resend", dana.view.history(1)[0].id.hex()[:8], "-w", "aigul", "--out", str(file))
    assert len(paste) < 1_500 < 2_000 < file.stat().st_size
    assert take_apart(from_text(paste))[0] == take_apart(file.read_bytes())[0]


def test_what_has_no_room_stays_behind_and_the_payment_does_not(village: Village) -> None:
    """Terms of a narrow wire: the first steps fit, the last does not, the money all the same."""
    aigul, dana, known = step_world(village)
    good(aigul.settling.sync())
    village.line.away = True
    for room, steps in ((450, 0), (750, 1)):
        request = good(dana.money.request(1_000, terms=Terms(bytes_max=room)))
        good(dana.money.receive(approved(aigul.money, request.message).messages[0]))
        assert number(dana) == known + steps
    assert dana.view.balance().spendable_tiyn == 2_000


def false_news(village: Village, wallet: Wallet) -> dict[str, tuple[bytes, Code]]:
    """Everything a liar could put beside a payment."""
    now = village.clock.now()
    newer = number(wallet) + 5
    real = village.platform.certification
    with real.desk.store.reading() as rows:
        last = rows.signed_after("step", 0)[-1]
    return {
        "a list by a bank": (sign_list(newer, now, {}, key_of("bank")), Code.LIST_WRONG),
        "bytes": (b"\x00\x01", Code.CBOR_NOT_CANONICAL),
        "a step from elsewhere": (last, Code.LIST_GAP),
        "a directory by nobody": (_directory(newer, now), Code.DIRECTORY_WRONG),
        "a receipt": (_receipt(), Code.TYPE_CONFUSED),
    }


def _directory(number_: int, now: int) -> bytes:
    return sign_directory(DirectoryBody(1, number_, now, (), (), ()), key_of("nobody"))


def _receipt() -> bytes:
    return envelope.sign(Typ.RECEIPT, b"\x01", key_of("nobody")).to_bytes()


@pytest.mark.parametrize(
    "lie", ["a list by a bank", "bytes", "a step from elsewhere", "a directory by nobody", "a receipt"]
)
def test_false_news_is_left_out_and_never_harms_the_payment(village: Village, lie: str) -> None:
    aigul, dana = village.wallet(AIGUL, 100_000), village.wallet(DANA)
    for _ in range(2):
        village.platform.certification.publish_revocations()
    raw, code = false_news(village, dana)[lie]
    trust = dana.desk.trust
    request = good(dana.money.request(7_000))
    transfer = approved(aigul.money, request.message).messages[0]
    told = good(dana.money.receive(put_beside(transfer, Beside(1, 1, 1_000, (raw,)))))
    assert told.status == "received"
    assert dana.view.balance().spendable_tiyn == 7_000
    assert incidents(dana) == [code.value]
    assert dana.desk.trust.revocations.number == trust.revocations.number
    assert dana.desk.trust.time_floor == trust.time_floor
    assert good(aigul.money.receive(told.messages[0])).status == "paid"


def test_what_cannot_be_read_beside_a_message_is_as_if_it_were_not_there(village: Village) -> None:
    aigul, dana = village.wallet(AIGUL, 100_000), village.wallet(DANA)
    request = good(dana.money.request(7_000))
    transfer = approved(aigul.money, request.message).messages[0]
    kind, body, beside = unwrap_beside(transfer)
    assert beside is not None
    for rubbish in (b"", b"\xff", b"\x80", canon.encode([1, 2, MESSAGE_MAX_BYTES + 1, []])):
        assert take_apart(canon.encode([int(kind), body, rubbish]))[1] is None
    told = good(dana.money.receive(canon.encode([int(kind), body, b"\xff"])))
    assert told.status == "received"


def test_the_same_payment_again_brings_what_is_newer_now(village: Village) -> None:
    """The links are the same bytes; the news beside them is of today."""
    aigul, dana, gone = village.wallet(AIGUL, 100_000), village.wallet(DANA), village.wallet(BOLAT)
    request = good(dana.money.request(7_000))
    first = approved(aigul.money, request.message).messages[0]
    newest = revoke(village, BOLAT, gone)
    good(aigul.settling.sync())
    again = good(aigul.money.resume(request.payment)).messages[0]
    assert take_apart(first)[0] == take_apart(again)[0]
    good(dana.money.receive(again))
    assert number(dana) == newest
