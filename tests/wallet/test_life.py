"""A wallet's life: PIN, contacts, backup, a lost device, proofs of fraud."""

import shutil

import pytest

from device.core.model import Contact
from tender.cash.fork_proof import check_proof
from tender.cash.messages import Kind, unwrap
from tender.crypto.sealing import Pin
from tender.errors import Code, Refusal
from tests.wallet.village import PIN, Village, good, hand_over
from town.cast import AIGUL, BOLAT, DANA, MERCHANT


def test_the_pin_can_be_changed(village: Village) -> None:
    aigul = village.wallet(AIGUL, 1_000)
    aigul.life.change_pin(Pin("2580"))
    with pytest.raises(Exception, match="pin-wrong"):
        village.reopen(aigul, "aigul")


def test_a_backup_brings_history_back_and_never_money(village: Village) -> None:
    aigul, dana = village.wallet(AIGUL, 200_000), village.wallet(DANA)
    hand_over(aigul, dana, 50_000, "lunch")
    good(aigul.life.add_contact("Dana", DANA.phone))
    backup = aigul.life.backup(PIN).data
    coin = aigul.desk.spendable()[0]
    for secret in (coin.packed, coin.output, coin.holder, b"lunch", b"Dana"):
        assert secret not in backup
    new = village.blank("new")
    assert good(new.life.restore(backup, PIN)) == 3
    assert good(new.life.restore(backup, PIN)) == 0, "restoring twice shows nothing twice"
    assert new.view.balance().spendable_tiyn == 0
    assert [one.name for one in new.life.contacts()] == ["Dana"]
    assert {one.amount_tiyn for one in new.view.history()} == {200_000, 50_000}
    before = aigul.view.balance()
    assert good(aigul.life.restore(backup, PIN)) == 0
    assert aigul.view.balance() == before


def test_a_wrong_or_damaged_backup_restores_nothing(village: Village) -> None:
    aigul = village.wallet(AIGUL, 1_000)
    backup = aigul.life.backup(PIN).data
    for data, pin in ((backup, Pin("1111")), (backup[:-1], PIN), (b"hello", PIN), (backup + b"x", PIN)):
        assert aigul.life.restore(data, pin) == Refusal(Code.BACKUP_WRONG, "backup")


@pytest.mark.parametrize(
    ("to", "by", "kept"),
    [
        ("+7 701 234 56 02", "phone", "+77012345602"),
        ("8 701 234 56 02", "phone", "+77012345602"),
        (DANA.number, "iin", DANA.number),
        (MERCHANT.number, "bin", MERCHANT.number),
    ],
)
def test_contacts_by_any_number(village: Village, to: str, by: str, kept: str) -> None:
    wallet = village.blank("any")
    assert wallet.life.add_contact("somebody", to) == Contact("somebody", by, kept)
    assert good(wallet.life.whom("somebody")).to == kept


@pytest.mark.parametrize(
    ("to", "code"),
    [
        ("950820450712", Code.IIN_WRONG),
        ("120440001235", Code.BIN_WRONG),
        ("+49 30 123456", Code.PHONE_WRONG),
        ("nobody", Code.CONTACT_UNKNOWN),
    ],
)
def test_contacts_that_cannot_be(village: Village, to: str, code: Code) -> None:
    found = village.blank("any").life.whom(to)
    assert isinstance(found, Refusal)
    assert found.code is code


def test_online_transfer_to_a_contact(village: Village) -> None:
    """By phone to another bank's client, who need not be there."""
    aigul, bolat = village.wallet(AIGUL), village.wallet(BOLAT, shown=True)
    good(aigul.bank.convert("to-dt", 100_000))
    contact = good(aigul.life.whom(BOLAT.phone))
    told = good(aigul.bank.transfer(contact.by, contact.to, 40_000, "rent"))
    assert told.balances.dt_tiyn == 60_000
    assert good(bolat.bank.statement()).balances.dt_tiyn == 40_000
    line = aigul.view.history(1)[0]
    assert (line.amount_tiyn, line.purpose, line.channel) == (40_000, "rent", "online")


def test_a_lost_device_is_reported_from_another(village: Village) -> None:
    """Its keys go on the list; whoever has the new list refuses it."""
    lost, dana = village.wallet(AIGUL, 100_000), village.wallet(DANA)
    number = lost.desk.settings.device
    client = village.client(AIGUL)
    other = village.blank("second")
    code = village.platform.banks[AIGUL.bank].clients.activation_code(client.number)
    good(other.membership.enrol(AIGUL.bank, code, shown=False))
    noted = good(other.membership.report_lost(number))
    assert noted.revoked >= 32
    good(dana.settling.sync())
    assert dana.desk.trust.revocations.number == noted.list_number
    request = good(dana.money.request(10_000))
    proposal = lost.money.propose(request.message)
    told = lost.money.confirm(proposal)  # type: ignore[arg-type]
    refused = good(dana.money.receive(good(told).messages[0]))
    assert refused.refusal is not None
    assert refused.refusal.code is Code.CERTIFICATE_REVOKED
    assert dana.view.balance().spendable_tiyn == 0


def test_a_lost_device_is_reported_with_a_fresh_code(village: Village) -> None:
    lost = village.wallet(AIGUL, 100_000)
    client = village.client(AIGUL)
    stranger = village.blank("borrowed")
    code = village.platform.banks[AIGUL.bank].clients.activation_code(client.number)
    noted = stranger.membership.report_lost(lost.desk.settings.device, code, bank=AIGUL.bank)
    assert good(noted).revoked >= 32
    assert isinstance(stranger.membership.report_lost(1), Refusal)


def test_a_clone_is_proved_by_whoever_meets_both_payments(village: Village) -> None:
    """Both folders copied: the clone pays Dana what Aigul paid her before. Dana's wallet has the proof,
    offline, and anybody can check it with the root key."""
    aigul, dana = village.wallet(AIGUL, 100_000, single=True), village.wallet(DANA)
    aigul.close()
    for place in ("home/wallets", "elements"):
        shutil.copytree(village.folder / place / "aigul", village.folder / place / "clone")
    aigul, clone = village.reopen(None, "aigul"), village.reopen(None, "clone")
    village.line.away = True
    hand_over(aigul, dana, 100_000)
    request = good(dana.money.request(100_000))
    proposal = clone.money.propose(request.message)
    told = good(clone.money.confirm(proposal))  # type: ignore[arg-type]
    refused = good(dana.money.receive(told.messages[0]))
    assert refused.refusal is not None
    assert refused.refusal.code is Code.FORK_PROVED
    assert dana.view.balance().spendable_tiyn == 100_000
    kind, proof = unwrap(good(dana.life.proof()))
    assert kind is Kind.FORK_PROOF
    verdict = check_proof(proof, village.platform.root_key)
    assert clone.desk.key(verdict.key) is not None, "the proof names the cloned device's key"
    assert dana.desk.key(verdict.key) is None


def test_no_proof_without_fraud(village: Village) -> None:
    assert village.blank("any").life.proof() == Refusal(Code.PROOF_EMPTY, "proof")


def test_keys_are_erased_when_nothing_can_rest_on_them_any_more(village: Village) -> None:
    """A year later: what was settled needs no key; what is still held keeps its own."""
    aigul, dana = village.wallet(AIGUL, 50_000, single=True), village.wallet(DANA)
    hand_over(aigul, dana, 20_000)
    good(dana.settling.deposit())
    (held,) = {coin.holder for coin in aigul.desk.coins()}
    before = set(aigul.desk.element.money_keys())
    village.clock.advance(365 * 86_400)
    good(aigul.settling.sync())
    left = set(aigul.desk.element.money_keys())
    assert before & left == {held}
    assert len(left) > 16, "the bank certified new ones"
    assert {entry.key for entry in aigul.desk.own_keys()} == left


def test_an_old_copy_never_asks_twice_under_one_key(village: Village) -> None:
    """The copied-back file believes its keys are fresh; the element knows which have asked before."""
    dana, aigul = village.wallet(DANA), village.wallet(AIGUL, 50_000)
    dana.close()
    folder = village.config("dana").folder
    shutil.copytree(folder, village.folder / "older")
    dana = village.reopen(None, "dana")
    for _ in range(3):
        good(dana.money.request(1_000))
    dana.close()
    shutil.rmtree(folder)
    shutil.copytree(village.folder / "older", folder)
    dana = village.reopen(None, "dana", "restored")
    good(dana.settling.sync())
    hand_over(aigul, dana, 7_000)
    assert dana.view.balance().spendable_tiyn == 7_000
