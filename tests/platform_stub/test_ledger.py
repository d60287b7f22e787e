"""Nodes and the notary: what may stand, what was spent, who saw it (the UTXO model)."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from tender.account.client_messages import BY_PHONE, FROM_DT, Convert, Empty, Transfer, Transferred
from tender.account.eds import open_order
from tender.account.participant_messages import TRANSFER_FINAL, Hold, Release, TransferValidate, Validated
from tender.account.participants import ALTYN, EURASIAN, NOTARY
from tender.account.service_messages import NOTARISE, Notarise, Notarised
from tender.account.transaction import (
    Output,
    Payee,
    Purpose,
    SignedTransaction,
    Transaction,
    sign_as_owner,
    sign_mark,
)
from tender.errors import Code, Refusal
from tests.platform_stub.people import AIGUL, BOLAT, DANA, Phone, Town, numbered, refused


def spending(town: Town, payer: Phone, payees: tuple[Payee, ...]) -> SignedTransaction:
    """A transfer of all of a phone's outputs, signed by its account key and marked by its bank."""
    bank = town.platform.banks[payer.person.bank]
    assert payer.enrolled is not None
    with bank.desk.store.reading() as rows:
        inputs = tuple(rows.spendable(payer.address))
    transaction = Transaction(Purpose.TRANSFER, bytes(16), inputs, payees)
    owner = sign_as_owner(transaction, bank.desk.vault.key(f"account.client.{payer.enrolled.client}.0"))
    mark = sign_mark(transaction, bank.number, bank.desk.vault.key("messages"))
    return SignedTransaction(transaction, (owner,), (mark,))


@pytest.fixture
def pair(town: Town) -> tuple[Phone, Phone]:
    """Aigul at Altyn with 5,000.00, Bolat at Eurasian with nothing."""
    town.stock(ALTYN, 100_000)
    return town.rich_phone(AIGUL, 5_000), town.phone(BOLAT)


def judged(town: Town, signed: SignedTransaction) -> Validated | Refusal:
    """What Eurasian's node answers when Altyn submits this."""
    altyn = town.platform.banks[ALTYN].desk
    answer: Validated | Refusal = altyn.inquire(EURASIAN, "transfer-validate", TransferValidate(signed))
    return answer


@pytest.mark.row("DT-P-20")
def test_both_nodes_record_that_they_validated(town: Town, pair: tuple[Phone, Phone]) -> None:
    done = pair[0].ask("transfer", Transfer(BY_PHONE, BOLAT.phone, 100, ""))
    assert isinstance(done, Transferred)
    for number, bank in town.platform.banks.items():
        with bank.desk.store.reading() as rows:
            expected = ["valid"] if number in (ALTYN, EURASIAN) else []
            assert rows.validations(done.transaction) == expected


@pytest.mark.row("DT-P-21")
def test_an_invalid_signature_changes_nothing(town: Town, pair: tuple[Phone, Phone]) -> None:
    aigul, bolat = pair
    good = spending(town, aigul, (Payee(EURASIAN, bolat.address, 5_000_00),))
    owner = good.owners[0]
    broken = bytes([owner.signature[0] ^ 1]) + owner.signature[1:]
    assert refused(
        judged(town, replace(good, owners=(replace(owner, signature=broken),))), Code.SIGNATURE_WRONG
    )
    assert bolat.balances().dt_tiyn == 0
    assert aigul.balances().dt_tiyn == 5_000_00
    assert isinstance(judged(town, good), Validated)


@pytest.mark.row("DT-P-22")
@pytest.mark.parametrize(("change_tiyn", "accepted"), [(1_221_01, False), (1_221_00, True)])
def test_inputs_equal_outputs(
    town: Town, pair: tuple[Phone, Phone], change_tiyn: int, accepted: bool
) -> None:
    aigul, bolat = pair
    payees = (Payee(EURASIAN, bolat.address, 3_779_00), Payee(ALTYN, aigul.address, change_tiyn))
    answer = judged(town, spending(town, aigul, payees))
    if accepted:
        assert isinstance(answer, Validated)
    else:
        assert refused(answer, Code.SUMS_DIFFER)


@pytest.mark.row("DT-P-10")
def test_a_transfer_without_the_clients_key_is_rejected(town: Town, pair: tuple[Phone, Phone]) -> None:
    aigul, bolat = pair
    good = spending(town, aigul, (Payee(EURASIAN, bolat.address, 5_000_00),))
    assert refused(judged(town, replace(good, owners=())), Code.CLIENT_SIGNATURE_MISSING)
    altyn = town.platform.banks[ALTYN]
    stolen = sign_as_owner(good.transaction, altyn.desk.vault.key("messages"))
    assert refused(judged(town, replace(good, owners=(stolen,))), Code.CLIENT_SIGNATURE_MISSING)


@pytest.mark.row("DT-P-41")
def test_what_the_bank_has_not_validated_is_not_executed(town: Town, pair: tuple[Phone, Phone]) -> None:
    aigul, bolat = pair
    good = spending(town, aigul, (Payee(EURASIAN, bolat.address, 5_000_00),))
    assert refused(judged(town, replace(good, marks=())), Code.BANK_SIGNATURE_MISSING)
    done = aigul.ask("transfer", Transfer(BY_PHONE, BOLAT.phone, 100, ""))
    assert isinstance(done, Transferred)
    with town.platform.banks[EURASIAN].desk.store.reading() as rows:
        (final,) = rows.evidence("transfer-final")
    movement = TRANSFER_FINAL.decode(open_order(final.order_raw).order.body, "body").movement
    assert {mark.participant for mark in movement.signed.marks} == {ALTYN, EURASIAN}


@pytest.mark.row("DT-P-23")
def test_a_node_keeps_its_history_in_order(town: Town) -> None:
    town.stock(ALTYN, 100_000)
    aigul, _ = town.rich_phone(AIGUL, 5_000), town.phone(DANA)
    with town.platform.banks[ALTYN].desk.store.reading() as rows:
        before = len(rows.history())
    sent = [aigul.ask("transfer", Transfer(BY_PHONE, DANA.phone, 100 + place, "")) for place in range(50)]
    with town.platform.banks[ALTYN].desk.store.reading() as rows:
        history = rows.history()[before:]
    assert [row.txid for row in history] == [one.transaction for one in sent]
    assert [row.amount_tiyn for row in history] == [100 + place for place in range(50)]
    assert {row.status for row in history} == {"final"}


@pytest.mark.row("DT-P-25")
def test_held_money_cannot_be_spent_until_released(town: Town) -> None:
    town.stock(ALTYN, 100_000)
    aigul, _ = town.rich_phone(AIGUL, 1_000), town.phone(DANA)
    nbk = town.platform.nbk.desk
    held = nbk.ask(ALTYN, "hold", Hold(aigul.address, 1_000_00, numbered("auth")), b"hold".ljust(16))
    assert not isinstance(held, Refusal)
    assert aigul.balances().held_tiyn == 1_000_00
    told = aigul.ask("transfer", Transfer(BY_PHONE, DANA.phone, 1_000_00, ""))
    assert refused(told, Code.FUNDS_ENCUMBERED)
    assert refused(aigul.ask("convert", Convert(FROM_DT, 1)), Code.FUNDS_ENCUMBERED)
    nbk.ask(ALTYN, "release", Release(numbered("auth")), b"release".ljust(16))
    assert isinstance(aigul.ask("transfer", Transfer(BY_PHONE, DANA.phone, 1_000_00, "")), Transferred)


@pytest.mark.row("DT-P-26")
def test_one_output_is_consumed_once(town: Town) -> None:
    town.stock(ALTYN, 1_000)
    altyn = town.platform.banks[ALTYN]
    with altyn.desk.store.reading() as rows:
        (output,) = rows.spendable(altyn.office.inventory.address)

    def attempt(name: str) -> Notarised | Refusal:
        order = Notarise(numbered(name), (output.id,), (numbered(f"out {name}"),))
        answer: Notarised | Refusal = altyn.desk.inquire(NOTARY, "notarise", order)
        return answer

    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(attempt, ["first", "second"]))
    won = [one for one in answers if isinstance(one, Notarised)]
    lost = [one for one in answers if isinstance(one, Refusal)]
    assert (len(won), len(lost)) == (1, 1)
    assert lost[0].code is Code.ALREADY_SPENT
    assert dict(lost[0].facts)["transaction"] == won[0].transaction.hex()


@pytest.mark.row("DT-Z-09")
def test_of_a_thousand_attempts_on_one_output_one_succeeds(town: Town) -> None:
    town.stock(ALTYN, 1_000)
    altyn = town.platform.banks[ALTYN]
    with altyn.desk.store.reading() as rows:
        (output,) = rows.spendable(altyn.office.inventory.address)

    def attempt(place: int) -> bool:
        order = Notarise(numbered(f"{place}"), (output.id,), (numbered(f"out {place}"),))
        return isinstance(altyn.desk.inquire(NOTARY, "notarise", order), Notarised)

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(attempt, range(1_000))) == 1


@pytest.mark.row("DT-P-27")
def test_the_notary_is_told_hashes_only(town: Town, pair: tuple[Phone, Phone]) -> None:
    aigul, bolat = pair
    done = aigul.ask("transfer", Transfer(BY_PHONE, BOLAT.phone, 123_45, "a secret purpose"))
    assert isinstance(done, Transferred)
    with town.platform.notary.desk.store.reading() as rows:
        seen = rows.evidence("notarise")
    order = NOTARISE.decode(open_order(seen[-1].order_raw).order.body, "notarise")
    assert order.transaction == done.transaction
    assert NOTARISE.names == ("transaction", "inputs", "outputs")
    amount = (123_45).to_bytes(2, "big")
    words = [
        b"secret",
        BOLAT.phone.encode(),
        AIGUL.identifier.encode(),
        b"Aigul",
        aigul.address,
        bolat.address,
        b"\x19" + amount,  # an amount as CBOR writes it
    ]
    body = open_order(seen[-1].order_raw).order.body
    assert not [word for word in words if word in body]
    fields = {*order.inputs, *order.outputs, order.transaction}
    assert all(len(one) == 32 for one in fields)


def test_an_input_that_never_was_is_known_to_no_notary(town: Town, pair: tuple[Phone, Phone]) -> None:
    altyn = town.platform.banks[ALTYN].desk
    invented = Output(bytes(32), 0, ALTYN, pair[0].address, 10**9)
    order = Notarise(bytes(32), (invented.id,), (bytes(32),))
    assert refused(altyn.inquire(NOTARY, "notarise", order), Code.ORDER_UNKNOWN)


def test_a_hold_beyond_what_is_there_is_refused(town: Town, pair: tuple[Phone, Phone]) -> None:
    bank = town.platform.banks[ALTYN].receiving
    assert refused(bank.hold(pair[0].address, 5_000_01, numbered("a"), 0), Code.FUNDS_INSUFFICIENT)
    assert isinstance(bank.hold(pair[0].address, 5_000_00, numbered("a"), 0), Empty)
    assert refused(bank.release(numbered("b")), Code.ORDER_UNKNOWN)
