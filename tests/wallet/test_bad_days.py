"""Refusals a person meets: each has a code, nothing moves, and the wallet says what to do."""

import shutil
import sqlite3
from dataclasses import replace

import pytest

from device.compose import open_wallet
from faces.words import sentence
from hardware.entropy import SeededEntropy
from tender.cash import messages
from tender.cash.armour import from_any, to_text
from tender.cash.messages import REQUEST, Kind, Transfer, open_message, pack, pack_signed
from tender.cash.token import issue_root, unpack_root
from tender.crypto.envelope import Typ
from tender.crypto.sealing import Pin
from tender.errors import Code, DeviceError, LinkError, Refusal, RemoteProtocolError, StoreError, TenderError
from tests.mint import NOW, key_of
from tests.wallet.village import Village, approved, good, hand_over
from town.cast import AIGUL, DANA, MERCHANT

DAY_S = 86_400


def code_of(outcome: object) -> Code:
    assert isinstance(outcome, Refusal), outcome
    assert sentence(outcome), "every refusal has a sentence"
    return outcome.code


def raised(act: object) -> Code:
    assert callable(act)
    with pytest.raises(TenderError) as error:
        act()
    return error.value.code


# --- money and limits


def test_not_enough_money(village: Village) -> None:
    aigul, dana = village.wallet(AIGUL, 50_000), village.wallet(DANA)
    refused = aigul.money.propose(good(dana.money.request(50_001)).message)
    assert code_of(refused) is Code.NOT_ENOUGH_MONEY
    assert dict(refused.facts) == {"have_tiyn": 50_000, "need_tiyn": 50_001}  # type: ignore[union-attr]


def test_more_than_the_device_may_hold_is_not_even_asked_for(village: Village) -> None:
    dana = village.wallet(DANA)
    most = dana.desk.profile().holding_tiyn
    assert code_of(dana.money.request(most + 1)) is Code.LIMIT_HOLDING
    good(dana.money.request(most))


def test_the_limit_since_the_last_sync(village: Village) -> None:
    aigul, dana = village.wallet(AIGUL, 200_000), village.wallet(DANA)
    hand_over(aigul, dana, 50_000)
    limit = aigul.desk.profile().since_sync_tiyn
    with aigul.desk.commit() as changes:
        changes.put(replace(aigul.desk.settings, paid_since_sync_tiyn=limit - 10_000))
    request = good(dana.money.request(10_001)).message
    assert code_of(aigul.money.propose(request)) is Code.LIMIT_SINCE_SYNC
    good(aigul.settling.sync())
    assert aigul.desk.settings.paid_since_sync_tiyn == 0
    approved(aigul.money, request)


def test_more_than_one_payment_may_be(village: Village) -> None:
    """The payer's own wallet keeps to it; the payee's side is shown in tests/cash."""
    aigul, merchant = village.wallet(AIGUL), village.wallet(MERCHANT)
    per_payment = aigul.desk.profile().per_payment_tiyn
    loaded = min(per_payment + 10_000, aigul.desk.profile().holding_tiyn)
    good(aigul.bank.convert("to-dt", loaded))
    good(aigul.bank.load(loaded, single=True))
    request = good(merchant.money.request(per_payment + 1))
    assert code_of(aigul.money.propose(request.message)) is Code.LIMIT_PER_PAYMENT


# --- what is pasted and sent


def test_ten_megabytes_pasted(village: Village) -> None:
    huge = b"TENGE1:" + b"A" * 10_000_000
    assert raised(lambda: from_any(huge)) is Code.MESSAGE_TOO_LONG
    assert raised(lambda: village.wallet(DANA).money.receive(bytes(10_000_000))) is Code.MESSAGE_TOO_LONG


def test_a_truncated_paste(village: Village) -> None:
    aigul, dana = village.wallet(AIGUL, 50_000), village.wallet(DANA)
    text = to_text(good(dana.money.request(1_000)).message)
    for cut in (len(text) // 2, len(text) - 5):
        assert raised(lambda cut=cut: from_any(text[:cut].encode())) is Code.MESSAGE_TRUNCATED
    assert raised(lambda: from_any(b"TENGE1:hello world.")) is Code.TEXT_UNREADABLE
    approved(aigul.money, from_any(b"\n> " + text.replace("\n", "\r\n> ").encode()))


def test_a_foreign_currency(village: Village) -> None:
    aigul, dana = village.wallet(AIGUL, 50_000), village.wallet(DANA)
    message = open_message(good(dana.money.request(1_000)).message)
    assert isinstance(message, messages.RequestMessage)
    dollars = REQUEST.encode(replace(message.request, currency=840))
    forged = pack_signed(Kind.REQUEST, Typ.REQUEST, dollars, bytes(64))
    assert raised(lambda: aigul.money.propose(forged)) is Code.CURRENCY_FOREIGN


def test_a_transfer_for_somebody_else(village: Village) -> None:
    aigul, dana, merchant = village.wallet(AIGUL, 50_000), village.wallet(DANA), village.wallet(MERCHANT)
    transfer = approved(aigul.money, good(dana.money.request(1_000)).message).messages[0]
    assert code_of(merchant.money.receive(transfer)) is Code.REQUEST_NOT_OURS
    assert merchant.view.balance().spendable_tiyn == 0


def test_ones_own_request(village: Village) -> None:
    aigul = village.wallet(AIGUL, 50_000)
    assert code_of(aigul.money.propose(good(aigul.money.request(1_000)).message)) is Code.PAYEE_IS_PAYER


@pytest.mark.row("DT-Z-10")
def test_money_of_a_false_issuer_is_refused_and_the_false_issuer_is_on_record(village: Village) -> None:
    """Offline, with only the root key: a root signed by another key, under the National Bank's number and
    under a number of its own."""
    aigul, dana = village.wallet(AIGUL, 50_000, single=True), village.wallet(DANA)
    village.line.away = True
    forger = key_of("forger")
    for issuer, code in ((125, Code.ISSUER_FORGED), (666, Code.ISSUER_UNKNOWN)):
        request = good(dana.money.request(50_000))
        transfer = open_message(approved_copy(village, aigul, request.message))
        assert isinstance(transfer, Transfer)
        root, _, at = unpack_root(transfer.tokens[0], "token")
        forged = issue_root(replace(root, issuer=issuer), forger)
        hops = transfer.tokens[0][at:]
        told = good(dana.money.receive(pack(replace(transfer, tokens=(forged[:-1] + hops,)))))
        assert told.refusal is not None
        assert told.refusal.code is code
        newest = dana.view.incidents()[0]
        assert newest.code == code.value
        shown = "666" if issuer == 666 else "key "
        assert shown in newest.facts, "which issuer it was is on record"
    assert dana.view.balance().spendable_tiyn == 0


def approved_copy(village: Village, payer: object, request: bytes) -> bytes:
    """A transfer made by a copy of the payer's device, so that the payer itself has spent nothing."""
    folder = village.folder
    clone = f"clone-{len(list(folder.glob('elements/*')))}"
    payer.close()  # type: ignore[attr-defined]
    for place in (folder / "home" / "wallets", folder / "elements"):
        shutil.copytree(place / "aigul", place / clone)
    copy = village.reopen(None, clone)
    message = approved(copy.money, request).messages[0]
    copy.close()
    return message


# --- clocks


def test_a_clock_turned_back_revives_nothing(village: Village) -> None:
    """Turned back by ten years, the wallet's now stays at the newest date the root has signed."""
    aigul, dana = village.wallet(AIGUL, 50_000), village.wallet(DANA)
    floor = aigul.desk.trust.now(0)
    village.clock.set(NOW - 3650 * DAY_S)
    assert aigul.desk.now() == floor
    hand_over(aigul, dana, 1_000)


def test_a_clock_turned_forward_hurts_only_its_owner(village: Village) -> None:
    """Past expiry nothing is passed on; set right again, everything is as before."""
    aigul, dana = village.wallet(AIGUL, 50_000), village.wallet(DANA)
    request = good(dana.money.request(1_000)).message
    village.clock.set(NOW + 45 * DAY_S)
    assert code_of(aigul.money.propose(request)) is Code.TOKEN_EXPIRED
    village.clock.set(NOW)
    approved(aigul.money, request)


def test_an_old_list_means_smaller_amounts_not_silence(village: Village) -> None:
    aigul, dana = village.wallet(AIGUL, 3_000_000), village.wallet(DANA)
    village.clock.advance(8 * DAY_S)
    most = dana.desk.profile().old_list_tiyn
    assert code_of(dana.money.request(most + 1)) is Code.LIST_STALE
    hand_over(aigul, dana, most)


@pytest.mark.row("DT-Q-12")
def test_seven_days_without_a_connection(village: Village) -> None:
    """Paid and being paid each day by files, far from any network; then all of it reconciles."""
    aigul, dana, merchant = village.wallet(AIGUL, 500_000), village.wallet(DANA), village.wallet(MERCHANT)
    village.line.away = True
    for _ in range(7):
        hand_over(aigul, dana, 20_000)
        hand_over(dana, merchant, 7_500)
        hand_over(merchant, aigul, 2_500)
        village.clock.advance(DAY_S)
    held = {one: one.view.balance().spendable_tiyn for one in (aigul, dana, merchant)}
    assert list(held.values()) == [500_000 - 7 * 17_500, 7 * 12_500, 7 * 5_000]
    assert {payment.status for payment in dana.view.history(100)} == {"paid", "received"}
    village.line.away = False
    for wallet, amount in held.items():
        assert good(wallet.settling.deposit()).settled_tiyn == amount
    for wallet in held:
        good(wallet.settling.sync())
    assert {payment.status for payment in dana.view.history(100)} == {"settled"}


# --- the bank away


def test_the_platform_is_down(village: Village) -> None:
    aigul, dana = village.wallet(AIGUL, 50_000), village.wallet(DANA)
    village.line.away = True
    for act in (
        aigul.settling.sync,
        lambda: aigul.bank.load(1_000),
        lambda: aigul.bank.convert("to-dt", 1_000),
    ):
        assert raised(act) is Code.PLATFORM_UNREACHABLE
    hand_over(aigul, dana, 1_000)
    assert raised(dana.settling.deposit) is Code.PLATFORM_UNREACHABLE
    assert dana.view.balance().waiting_tiyn == 1_000, "claimed, stored, sent at the next sync"
    village.line.away = False
    good(dana.settling.sync())
    assert dana.view.balance().waiting_tiyn == 0
    assert dana.view.balance().account_tiyn == 1_000


def test_an_answer_that_was_lost_is_asked_for_again(village: Village) -> None:
    """The bank debited the account, the answer vanished: the same order brings the same tokens, once."""
    aigul = village.wallet(AIGUL)
    good(aigul.bank.convert("to-dt", 80_000))
    village.line.lose_answers = 1
    with pytest.raises(LinkError):
        aigul.bank.load(50_000)
    aigul = village.reopen(aigul, "aigul")
    assert [order.kind for order in aigul.recovery.recover(online=False).orders] == ["load"]
    good(aigul.bank.load(50_000))
    assert (aigul.view.balance().spendable_tiyn, aigul.view.balance().account_tiyn) == (50_000, 30_000)
    assert aigul.recovery.recover().orders == ()


def test_every_lost_answer_of_a_new_client_is_healed(village: Village) -> None:
    client = village.client(AIGUL)
    wallet = village.blank("aigul")
    code = village.platform.banks[AIGUL.bank].clients.activation_code(client.number)
    village.line.lose_answers = 1
    with pytest.raises(LinkError):
        wallet.membership.enrol(AIGUL.bank, code, shown=False)
    good(wallet.membership.enrol(AIGUL.bank, code, shown=False))
    village.line.lose_answers = 1
    with pytest.raises(LinkError):
        wallet.membership.open_account()
    assert len(good(wallet.membership.open_account())) == 32


def test_a_wrong_root_key_is_noticed_at_enrolment(village: Village) -> None:
    client = village.client(AIGUL)
    wallet = village.blank("aigul")
    code = village.platform.banks[AIGUL.bank].clients.activation_code(client.number)
    with pytest.raises(RemoteProtocolError) as wrong:
        wallet.membership.enrol(AIGUL.bank, code, shown=False, root_key=bytes(32))
    assert wrong.value.code is Code.DIRECTORY_WRONG
    assert not wallet.desk.settings.enrolled


@pytest.mark.row("DT-Z-07")
def test_a_line_that_is_not_the_banks_is_noticed(village: Village, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every answer is authenticated: one flipped bit, or the answer to another order, moves nothing."""
    aigul = village.wallet(AIGUL)
    good(aigul.bank.convert("to-dt", 50_000))
    send, answers = village.line.send, [b""]

    def flipped(path: str, raw: bytes) -> bytes:
        answer = send(path, raw)
        return answer[:-1] + bytes([answer[-1] ^ 1])

    def another(path: str, raw: bytes) -> bytes:
        answers.append(send(path, raw))
        return answers[-2] or answers[-1]

    monkeypatch.setattr(village.line, "send", flipped)
    assert raised(lambda: aigul.bank.load(50_000)) is Code.SIGNATURE_WRONG
    monkeypatch.setattr(village.line, "send", another)
    aigul.bank.statement()
    assert raised(aigul.bank.statement) is Code.RECEIPT_WRONG
    assert aigul.view.balance().spendable_tiyn == 0
    monkeypatch.setattr(village.line, "send", send)
    good(aigul.bank.load(50_000))
    assert aigul.view.balance().spendable_tiyn == 50_000


# --- the wallet's own files


@pytest.mark.row("DT-Z-05")
def test_a_balance_raised_by_hand_is_noticed_and_nothing_is_paid(village: Village) -> None:
    aigul = village.wallet(AIGUL, 50_000)
    aigul.close()
    connection = sqlite3.connect(village.config("aigul").store)
    with connection:
        row = connection.execute("SELECT place, body FROM sealed WHERE kind = 'coin'").fetchone()
        raised_body = row[1][:40] + bytes([row[1][40] ^ 8]) + row[1][41:]
        connection.execute("UPDATE sealed SET body = ? WHERE place = ?", (raised_body, row[0]))
    connection.close()
    assert raised(lambda: village.reopen(None, "aigul")) is Code.STORE_TAMPERED


def test_an_older_copy_of_the_file_is_read_only_until_a_sync(village: Village) -> None:
    """Restoring the wallet's folder from before a payment neither shows nor spends the money twice."""
    aigul, dana, merchant = village.wallet(AIGUL, 200_000), village.wallet(DANA), village.wallet(MERCHANT)
    aigul.close()
    folder = village.config("aigul").folder
    shutil.copytree(folder, village.folder / "older")
    aigul = village.reopen(None, "aigul")
    hand_over(aigul, dana, 200_000)
    aigul.close()
    shutil.rmtree(folder)
    shutil.copytree(village.folder / "older", folder)
    aigul = village.reopen(None, "aigul", "restored")
    assert aigul.view.balance().behind
    assert aigul.view.balance().spendable_tiyn == 0, "the element remembers what it signed away"
    request = good(merchant.money.request(50_000)).message
    assert raised(lambda: aigul.money.propose(request)) is Code.STORE_BEHIND
    assert raised(lambda: aigul.money.request(1_000)) is Code.STORE_BEHIND
    good(aigul.settling.sync())
    assert code_of(aigul.money.propose(request)) is Code.NOT_ENOUGH_MONEY
    assert not aigul.view.balance().behind


def test_an_older_copy_of_the_element_signs_nothing(village: Village) -> None:
    aigul, dana = village.wallet(AIGUL, 200_000), village.wallet(DANA)
    aigul.close()
    folder = village.config("aigul").element
    shutil.copytree(folder, village.folder / "older")
    aigul = village.reopen(None, "aigul")
    hand_over(aigul, dana, 20_000)
    aigul.close()
    shutil.rmtree(folder)
    shutil.copytree(village.folder / "older", folder)
    aigul = village.reopen(None, "aigul", "restored")
    request = good(dana.money.request(50_000)).message
    assert raised(lambda: aigul.money.propose(request)) is Code.ELEMENT_REFUSED


def test_a_wallet_without_its_element(village: Village) -> None:
    village.wallet(AIGUL, 1_000).close()
    shutil.rmtree(village.config("aigul").element)
    assert raised(lambda: village.reopen(None, "aigul")) is Code.ELEMENT_MISSING
    village.blank("other").close()
    shutil.copytree(village.config("other").element, village.config("aigul").element)
    assert raised(lambda: village.reopen(None, "aigul")) is Code.ELEMENT_MISSING


def test_a_wallet_file_from_a_newer_version(village: Village) -> None:
    village.wallet(AIGUL).close()
    connection = sqlite3.connect(village.config("aigul").store)
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    assert raised(lambda: village.reopen(None, "aigul")) is Code.STORE_NEWER


def test_two_programs_on_one_wallet(village: Village) -> None:
    aigul = village.wallet(AIGUL)
    assert raised(lambda: village.reopen(None, "aigul")) is Code.STORE_BUSY
    aigul.close()
    village.reopen(None, "aigul").close()


def test_a_second_wallet_of_the_same_name(village: Village) -> None:
    village.wallet(AIGUL).close()
    assert raised(lambda: village.blank("aigul")) is Code.STORE_EXISTS


def test_a_full_disk_moves_nothing(village: Village) -> None:
    """The payment's first commit does not fit: no link is signed, and with room again the payment goes on."""
    aigul, dana = village.wallet(AIGUL, 200_000), village.wallet(DANA)
    request = good(dana.money.request(50_000)).message
    file = aigul.desk.store._file  # type: ignore[attr-defined]
    file.limit_pages(1)  # no page more than there is; then use up what is free
    assert (
        raised(lambda: [aigul.life.add_contact(f"{n}", DANA.phone) for n in range(1000)]) is Code.STORE_FULL
    )
    counter = aigul.desk.element.counter
    proposal = aigul.money.propose
    assert raised(lambda: proposal(request)) is Code.STORE_FULL
    assert aigul.desk.element.counter == counter
    file.limit_pages(100_000)
    good(dana.money.receive(approved(aigul.money, request).messages[0]))
    assert aigul.view.balance().spendable_tiyn == 150_000


def test_wrong_pins(village: Village) -> None:
    village.wallet(AIGUL, 1_000).close()

    def wrong() -> None:
        open_wallet(
            village.config("aigul"), Pin("9999"), village.clock, SeededEntropy("x"), lambda _: village.line
        )

    assert [raised(wrong) for _ in range(4)] == [*[Code.PIN_WRONG] * 3, Code.PIN_WAIT]
    assert raised(lambda: village.reopen(None, "aigul")) is Code.PIN_WAIT
    village.clock.advance(30)
    assert village.reopen(None, "aigul").view.balance().spendable_tiyn == 1_000, "nothing was wiped"


def test_a_wallet_that_no_bank_knows(village: Village) -> None:
    wallet = village.blank("stranger")
    for act in (lambda: wallet.money.request(1_000), lambda: wallet.bank.load(1_000)):
        assert raised(act) is Code.NOT_ENROLLED


def test_a_second_link_is_refused_by_the_element_whatever_the_wallet_says(village: Village) -> None:
    aigul, dana = village.wallet(AIGUL, 50_000, single=True), village.wallet(DANA)
    coin = aigul.desk.spendable()[0]
    hand_over(aigul, dana, 20_000)
    with aigul.desk.commit() as changes:
        changes.put(coin)  # a modified app puts the spent money back
    assert coin.output not in {one.output for one in aigul.desk.spendable()}
    link = aigul.desk.holding(coin.packed)
    from tender.cash.chain import spend_link

    with pytest.raises(DeviceError) as refused:
        aigul.desk.element.sign_links([(coin.holder, spend_link(link, bytes(32), 1))])
    assert refused.value.code is Code.ELEMENT_REFUSED


def test_store_errors_have_sentences() -> None:
    for code in (Code.STORE_FULL, Code.STORE_READ_ONLY, Code.STORE_BUSY, Code.STORE_NEWER, Code.STORE_FAILED):
        assert sentence(StoreError(code, "store"))
