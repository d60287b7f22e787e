"""A bank that attacks: its clients, the other banks, the National Bank, and what is only found afterwards."""

from dataclasses import replace
from pathlib import Path

import pytest

from platform_stub.ledger.outputs import notarisation
from platform_stub.vault import MESSAGES
from tender.account.batch import BATCH, Batch, open_batch, possession_payload
from tender.account.client_messages import FROM_DT, Certify, Convert
from tender.account.eds import open_order
from tender.account.participant_messages import (
    CREDIT,
    LOAD_ROOTS,
    Credit,
    Draw,
    Drawn,
    LoadRoots,
    Movement,
    RootFor,
    TransferFinal,
)
from tender.account.participants import ALTYN, CERTIFICATION_CENTRE, EURASIAN, ID_CENTRE, NBK, NOTARY
from tender.account.service_messages import NOTARISE, Notarise, Notarised, Revoke, SameOwner, Serial
from tender.account.token_messages import REFUSED, SETTLED, Settle, Settled
from tender.account.transaction import (
    Output,
    Payee,
    Purpose,
    SignedTransaction,
    Transaction,
    sign_as_owner,
    sign_mark,
)
from tender.cash.fork_proof import encode_proof, make_proof
from tender.cash.token import Claim, Link
from tender.crypto import envelope
from tender.crypto.certificates import DeviceCertificate, issue_device_certificate
from tender.crypto.envelope import Typ
from tender.crypto.keys import SigningKey
from tender.errors import Code, Refusal, RemoteProtocolError
from tests.oracle.second_judge import judge_proof
from tests.platform_stub.people import AIGUL, BOLAT, DANA, TENGE, Phone, Town, numbered, open_town, refused
from tests.settlement.offline import claimed, hand_over, holding_of, tenge_of
from town.balance_sheet import read_balance_sheet
from town.proof import check_proof


def bank_key(town: Town, bank: int) -> SigningKey:
    return town.platform.banks[bank].desk.vault.key(MESSAGES)


# --- a bank that frames its client


def framed(town: Town, aigul: Phone) -> tuple[SigningKey, bytes, bytes]:
    """The bank makes a key itself, certifies it as one of Aigul's, and spends twice with it: (key, proof)."""
    own = SigningKey(numbered("a key the bank made"))
    signer = town.platform.banks[ALTYN].desk.vault.key("certificates")
    real = DeviceCertificate.unpack(*next((c, k, "c") for k, c in aigul.certificates.items()))
    certificate = issue_device_certificate(
        signer, issuer=ALTYN, epoch_day=real.epoch_day, serial=77, profile=1, key=own.public_key
    )
    two = [
        envelope.sign(Typ.LINK, Link(bytes(32), numbered(to), 100, 0).payload(), own) for to in ("Dana", "M")
    ]
    bank = town.platform.banks[ALTYN].desk.trust.bank(ALTYN, "bank")
    return own, encode_proof(make_proof(bank, certificate, *two)), certificate.packed()


def test_a_key_the_bank_made_convicts_the_bank_and_no_client(town: Town) -> None:
    """The proof names a key. Only a batch that the device's identity signed leads from a key to a device."""
    aigul = town.rich_phone(AIGUL, 100)
    aigul.certify(1)
    own, proof, certificate = framed(town, aigul)
    assert check_proof(proof, town.platform.root_key).key == own.public_key
    assert judge_proof(proof, town.platform.root_key).code is None
    evidence = batch_with(aigul, own)
    for name, (batch, proofs) in evidence.items():
        with pytest.raises(RemoteProtocolError) as told:
            opened = open_batch(batch, aigul.identity.public_key, ALTYN, proofs)
            assert own.public_key in opened.keys, "it opens, and does not hold the key"
            raise AssertionError(name)
        assert told.value.code in (Code.SIGNATURE_WRONG, Code.FIELD_WRONG), name
    before = aigul.balances().dt_tiyn
    order = Draw(own.public_key, certificate, proof, 100, numbered("loss"), ())
    drawn = town.platform.nbk.desk.ask(ALTYN, "draw", order, b"draw".ljust(16))
    assert not isinstance(drawn, Refusal)
    assert (drawn.body.movement, aigul.balances().dt_tiyn) == (None, before), "nobody but the bank bears it"


def batch_with(aigul: Phone, own: SigningKey) -> dict[str, tuple[bytes, tuple[bytes, ...]]]:
    """What a bank could forge as Aigul's request to have that key certified."""
    possession = envelope.sign(Typ.BATCH, possession_payload(own.public_key, ALTYN), own).signature
    payload = BATCH.encode(Batch(ALTYN, aigul.town.clock.now(), (own.public_key,)))
    real = BATCH.encode(Batch(ALTYN, aigul.town.clock.now(), tuple(aigul.keys)))
    honest = envelope.sign(Typ.BATCH, real, aigul.identity)
    other_bank = BATCH.encode(Batch(EURASIAN, aigul.town.clock.now(), (own.public_key,)))
    return {
        "signed by the bank's own key": (envelope.sign(Typ.BATCH, payload, own).to_bytes(), (possession,)),
        "her signature under other keys": (replace(honest, payload=payload).to_bytes(), (possession,)),
        "her batch with a proof too many": (honest.to_bytes(), (bytes(64), possession)),
        "her batch with a false proof": (honest.to_bytes(), (possession,)),
        "a batch for another bank": (
            envelope.sign(Typ.BATCH, other_bank, aigul.identity).to_bytes(),
            (possession,),
        ),
    }


def test_a_bank_cannot_alter_a_proof_into_one_against_its_client(town: Town) -> None:
    aigul, bolat = town.rich_phone(AIGUL, 100), town.phone(BOLAT)
    (token,) = aigul.load(100)
    paid, _ = hand_over(aigul, token, bolat, 40)
    holding = holding_of(bolat, paid)
    link = holding.spends[0]
    own, proof, _ = framed(town, aigul)
    desk = town.platform.banks[ALTYN].desk
    hers = link.device_certificate()
    for other in (
        link.envelope(),
        envelope.sign(Typ.LINK, link.payload[:-1] + b"\x40", own),
        envelope.sign(Typ.CLAIM, Claim(link.parent, ALTYN, bytes(32)).payload(), own),
    ):
        made = encode_proof(make_proof(desk.trust.bank(ALTYN, "bank"), hers, link.envelope(), other))
        with pytest.raises(RemoteProtocolError):
            check_proof(made, town.platform.root_key)
        assert judge_proof(made, town.platform.root_key).code is not None
        order = Draw(hers.key, hers.packed(), made, 100, numbered("frame"), ())
        assert isinstance(town.platform.nbk.desk.inquire(ALTYN, "draw", order), Refusal)
    assert check_proof(proof, town.platform.root_key).key != hers.key


def test_a_bank_cannot_certify_what_the_device_did_not_ask_for(town: Town) -> None:
    """The device's own line: another device's key, or one nobody holds, gets no certificate in its name."""
    aigul, bolat = town.phone(AIGUL), town.phone(BOLAT)
    (key,) = bolat.certify(1)
    stolen = Batch(ALTYN, town.clock.now(), (key,))
    signed = envelope.sign(Typ.BATCH, BATCH.encode(stolen), aigul.identity).to_bytes()
    false = envelope.sign(Typ.BATCH, possession_payload(key, ALTYN), aigul.identity).signature
    assert refused(aigul.ask("certify", Certify(signed, (false,), False)), Code.SIGNATURE_WRONG)
    dana = town.phone(DANA)
    (shared,) = dana.certify(1)
    known = envelope.sign(Typ.BATCH, possession_payload(shared, ALTYN), dana.keys[shared]).signature
    hers = Batch(ALTYN, town.clock.now(), (shared,))
    signed = envelope.sign(Typ.BATCH, BATCH.encode(hers), aigul.identity).to_bytes()
    told = aigul.ask("certify", Certify(signed, (known,), False))
    assert refused(told, Code.KEY_UNSAFE), "one key, one device, though two know it"


# --- a bank against the National Bank and other banks


def test_a_bank_claims_for_nobody_elses_account_and_revokes_nobody_elses_device(town: Town) -> None:
    aigul, bolat = town.rich_phone(AIGUL, 100), town.phone(BOLAT)
    (token,) = aigul.load(100)
    item = aigul.claim(token)
    eurasian = town.platform.banks[EURASIAN].desk
    told = eurasian.inquire(NBK, "settle-tokens", Settle((), (item,)))
    assert isinstance(told, Settled)
    assert (told.claims[0].state, told.claims[0].code) == (REFUSED, Code.NOT_PERMITTED)
    holder = holding_of(aigul, token).holder
    hers = DeviceCertificate.unpack(aigul.certificates[holder], holder, "certificate")
    spite = Revoke((Serial(hers.issuer, hers.epoch_day, hers.serial),), "spite")
    assert refused(eurasian.inquire(CERTIFICATION_CENTRE, "revoke", spite), Code.NOT_PERMITTED)
    assert claimed(aigul, token).amount_tiyn == 100 * TENGE
    assert tenge_of(town, BOLAT) == 0 == bolat.balances().dt_tiyn


def moved(town: Town, bank: int, transaction: Transaction, owner: SigningKey) -> Movement | Refusal:
    """A movement as a bank can make it without its own books: signed, marked, notarised."""
    key, desk = bank_key(town, bank), town.platform.banks[bank].desk
    signed = SignedTransaction(
        transaction, (sign_as_owner(transaction, owner),), (sign_mark(transaction, bank, key),)
    )
    noted = desk.ask(NOTARY, "notarise", notarisation(signed), town.entropy.draw(16))
    return noted if isinstance(noted, Refusal) else Movement(signed, noted.order_raw, noted.reply_raw)


def test_money_that_never_was_is_stopped_at_the_notary(town: Town) -> None:
    owner = SigningKey(numbered("a bank's own account"))
    invented = Output(numbered("a transaction that never was"), 0, EURASIAN, owner.public_key, 10**9)
    vault = town.platform.nbk.load_address
    out = Transaction(Purpose.LOAD, bytes(16), (invented,), (Payee(NBK, vault, 10**9),))
    told = moved(town, EURASIAN, out, owner)
    assert isinstance(told, Refusal) and told.code is Code.ORDER_UNKNOWN


def test_a_movement_of_another_bank_loads_and_redeems_nothing_for_this_one(town: Town) -> None:
    aigul = town.rich_phone(AIGUL, 100)
    aigul.load(100)
    altyn, eurasian = town.platform.banks[ALTYN].desk, town.platform.banks[EURASIAN].desk
    with altyn.store.reading() as rows:
        (sent,) = rows.evidence("load-roots")
    body = open_order(sent.order_raw).order.body
    order: LoadRoots = LOAD_ROOTS.decode(body, "load-roots")
    stolen = LoadRoots(
        order.movement, (RootFor(numbered("k"), order.roots[0].certificate, 100 * TENGE),), None
    )
    assert refused(eurasian.inquire(NBK, "load-roots", stolen), Code.NOT_PERMITTED)
    again = altyn.inquire(NBK, "load-roots", stolen)
    assert not isinstance(again, Refusal)
    assert len(again.tokens) == 1 and numbered("k") not in again.tokens[0], (
        "the first answer, and no second root"
    )


def test_a_credit_with_no_money_in_it_and_anothers_final_are_refused(town: Town) -> None:
    aigul = town.rich_phone(AIGUL, 100)
    with town.platform.banks[ALTYN].desk.store.reading() as rows:
        (real,) = rows.evidence("credit")
    credit: Credit = CREDIT.decode(open_order(real.order_raw).order.body, "credit")
    eurasian = town.platform.banks[EURASIAN].desk
    assert refused(eurasian.inquire(ALTYN, "credit", credit), Code.NOT_PERMITTED)
    final = TransferFinal(credit.movement, None, "")
    again = eurasian.inquire(ALTYN, "transfer-final", final)
    assert isinstance(again, Refusal) or aigul.balances().dt_tiyn == 100 * TENGE
    assert aigul.balances().dt_tiyn == 100 * TENGE


def test_a_culprits_bank_cannot_talk_itself_out_of_the_loss(town: Town) -> None:
    """It says of every claimant that he is the culprit himself; for a client elsewhere that is not enough."""
    aigul, dana, bolat = town.rich_phone(AIGUL, 100), town.phone(DANA), town.phone(BOLAT)
    (token,) = aigul.load(100)
    branches = [hand_over(aigul, token, payee)[0] for payee in (dana, bolat)]
    altyn = town.platform.banks[ALTYN].desk
    altyn.handlers["draw"] = lambda _asked, order: Drawn(0, None, order.addresses)
    assert claimed(dana, branches[0]).state == SETTLED
    assert claimed(bolat, branches[1]).state == SETTLED
    assert (tenge_of(town, DANA), tenge_of(town, BOLAT)) == (100, 100)


def test_an_answer_of_the_id_centre_to_another_question_proves_nothing(town: Town) -> None:
    """The bank shows a true answer about two accounts of one person, and another address in its own words."""
    aigul, bolat = town.rich_phone(AIGUL, 100), town.phone(BOLAT)
    (token,) = aigul.load(100)
    to_herself, _ = hand_over(aigul, token, aigul)
    to_bolat, _ = hand_over(aigul, token, bolat)
    altyn = town.platform.banks[ALTYN].desk

    def lie(_asked: object, order: Draw) -> Drawn:
        question = SameOwner(aigul.address, (aigul.address,), order.proof)
        told = altyn.ask(ID_CENTRE, "same-owner", question, b"same".ljust(16))
        assert not isinstance(told, Refusal)
        return Drawn(0, None, order.addresses, told.order_raw, told.reply_raw)

    altyn.handlers["draw"] = lie
    claimed(aigul, to_herself)
    assert claimed(bolat, to_bolat).state == SETTLED
    assert tenge_of(town, BOLAT) == 100


# --- what is not prevented, and how it is found (decision 11)


def test_a_bank_that_lies_about_account_money_is_found_by_the_books_and_its_own_signature(
    tmp_path: Path,
) -> None:
    """The notary validates nothing: a bank may have it make an output no valid transaction made."""
    town = open_town(tmp_path)
    town.stock(EURASIAN, 1_000)
    bolat = town.phone(BOLAT)
    bank = town.platform.banks[EURASIAN]
    owner = SigningKey(numbered("a bank's own account"))
    invented = Output(numbered("a transaction that never was"), 0, EURASIAN, owner.public_key, 500 * TENGE)
    with bank.desk.store.reading() as rows:
        (real,) = rows.spendable(bank.office.inventory.address)
    made = bank.desk.inquire(NOTARY, "notarise", Notarise(invented.maker, (real.id,), (invented.id,)))
    assert isinstance(made, Notarised)
    aigul = town.phone(AIGUL)
    gift = Transaction(Purpose.TRANSFER, bytes(16), (invented,), (Payee(ALTYN, aigul.address, 500 * TENGE),))
    movement = moved(town, EURASIAN, gift, owner)
    assert isinstance(movement, Movement)
    taken = bank.desk.inquire(ALTYN, "transfer-final", TransferFinal(movement, None, ""))
    assert not isinstance(taken, Refusal), "not prevented"
    assert tenge_of(town, AIGUL) == 500
    assert not read_balance_sheet(tmp_path).holds, "found when the books are added up"
    with town.platform.notary.desk.store.reading() as rows:
        (order,) = [
            one
            for one in rows.evidence("notarise", most=10_000)
            if invented.id in NOTARISE.decode(open_order(one.order_raw).order.body, "notarise").outputs
        ]
    signed = open_order(order.order_raw)
    signed.check(bank_key(town, EURASIAN).public_key)
    assert signed.order.sender == EURASIAN, "the log holds the order that made it, signed by the bank"
    assert bolat.balances().dt_tiyn == 0
    town.platform.close()


def test_a_bank_that_burns_anothers_output_leaves_its_signature_on_it(tmp_path: Path) -> None:
    town = open_town(tmp_path)
    for bank in (ALTYN, EURASIAN):
        town.stock(bank, 1_000)
    aigul = town.rich_phone(AIGUL, 100)
    with town.platform.banks[ALTYN].desk.store.reading() as rows:
        (hers,) = rows.spendable(aigul.address)
    spite = town.platform.banks[EURASIAN].desk
    assert isinstance(
        spite.inquire(NOTARY, "notarise", Notarise(numbered("spite"), (hers.id,), (numbered("smoke"),))),
        Notarised,
    )
    told = aigul.ask("convert", Convert(FROM_DT, 100))
    assert refused(told, Code.ALREADY_SPENT)
    assert dict(told.facts)["transaction"] == numbered("spite").hex(), "by whom, the notary's log says"
    assert aigul.balances().dt_tiyn == 100 * TENGE, "her bank's books still hold it"
    with town.platform.notary.desk.store.reading() as rows:
        burnt = [one for one in rows.evidence("notarise", most=10_000) if one.peer == EURASIAN]
    assert open_order(burnt[-1].order_raw).order.sender == EURASIAN
    town.platform.close()
