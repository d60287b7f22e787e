"""Orders that a real participant, or a real client, could sign and must not get away with."""

from dataclasses import replace

import pytest

from platform_stub.nbk.store import REDEEM
from tender.account.client_messages import BY_PHONE, Transfer
from tender.account.eds import Order, key_id, make_order, open_order, open_reply
from tender.account.hand_over_messages import KEEP_OR_RETURN, Answer, HandOver
from tender.account.participant_messages import (
    CREDIT,
    LOAD_ROOTS,
    REDEEM_REQUEST,
    Draw,
    LoadRoots,
    LostKey,
    LostKeys,
    Movement,
    NoncashPayment,
    RootFor,
)
from tender.account.participants import ALTYN, EURASIAN, ID_CENTRE, NBK
from tender.account.service_messages import PERSON, Register
from tender.account.transaction import (
    Output,
    Payee,
    Purpose,
    SignedTransaction,
    Transaction,
    check_transaction,
    sign_as_owner,
    sign_mark,
)
from tender.cash.messages import RECEIPT, Kind, Receipt, Return, pack, pack_signed
from tender.crypto import envelope
from tender.crypto.envelope import Typ
from tender.crypto.keys import SigningKey
from tender.errors import Code, Refusal, RemoteProtocolError
from tests.attackers.test_hostile_bank import framed
from tests.platform_stub.people import AIGUL, BOLAT, DANA, TENGE, Phone, Town, numbered, refused
from tests.platform_stub.test_ledger import spending
from tests.settlement.offline import hand_over, holding_of


def said(town: Town, bank: int, to: int, kind: str, body: object) -> Refusal:
    """What a participant answers to a bank's own, well-signed order."""
    answer = town.platform.banks[bank].desk.inquire(to, kind, body)
    assert isinstance(answer, Refusal), answer
    return answer


def real_load(town: Town) -> LoadRoots:
    """The order with which Altyn loaded 100 for Aigul, not sent yet to anybody else."""
    altyn = town.platform.banks[ALTYN].desk
    real = altyn.exchange

    class Holding:
        def send(self, kind: str, raw: bytes) -> bytes:
            if kind == "load-roots":
                kept.append(raw)
                raise RemoteProtocolError(Code.PEER_UNREACHABLE, kind)
            return real.send(kind, raw)

    kept: list[bytes] = []
    aigul = town.rich_phone(AIGUL, 100)
    altyn.exchange = Holding()
    with pytest.raises(AssertionError):
        aigul.load(100)
    altyn.exchange = real
    order: LoadRoots = LOAD_ROOTS.decode(open_order(kept[0]).order.body, "load-roots")
    return order


def test_a_bank_gets_no_root_it_did_not_pay_for(town: Town) -> None:
    order = real_load(town)
    (root,) = order.roots
    more = replace(order, roots=(replace(root, amount_tiyn=root.amount_tiyn + 1),))
    assert refused(said(town, ALTYN, NBK, "load-roots", more), Code.SUMS_DIFFER)
    bolat = town.phone(BOLAT)
    (key,) = bolat.certify(1)
    other = replace(order, roots=(RootFor(key, bolat.certificates[key], root.amount_tiyn),))
    assert refused(said(town, ALTYN, NBK, "load-roots", other), Code.CERTIFICATE_WRONG)
    noted = town.platform.banks[ALTYN].money.request_redeem(10 * TENGE, numbered("redeem"))
    assert not isinstance(noted, Refusal)
    with town.platform.nbk.desk.store.reading() as rows:
        (redeemed,) = rows.evidence("redeem-request")
    movement = _movement_of(redeemed.order_raw)
    elsewhere = LoadRoots(movement, (replace(root, amount_tiyn=10 * TENGE),), None)
    assert refused(said(town, ALTYN, NBK, "load-roots", elsewhere), Code.FIELD_WRONG)
    town.platform.tick()
    with town.platform.nbk.desk.store.reading() as rows:
        assert rows.on_devices_tiyn() in (0, 100 * TENGE), "the real load, and nothing else"


def _movement_of(order_raw: bytes) -> Movement:
    told = REDEEM_REQUEST.decode(open_order(order_raw).order.body, "redeem-request")
    return told.movement


def test_one_amount_is_not_destroyed_twice_by_two_officers_at_once(town: Town) -> None:
    altyn = town.platform.banks[ALTYN]
    noted = altyn.money.request_redeem(10 * TENGE, numbered("redeem"))
    assert not isinstance(noted, Refusal)
    (request,) = (one for one in town.platform.nbk.requests() if one.kind == REDEEM)
    assert town.platform.nbk._destroy(request) is None
    again = town.platform.nbk._destroy(request)
    assert again is not None and again.code is Code.ALREADY_SPENT


def test_a_bank_declares_no_keys_lost_but_its_own(town: Town) -> None:
    aigul = town.rich_phone(AIGUL, 100)
    aigul.load(100)
    (key,) = aigul.certificates
    stolen = LostKeys(numbered("Eurasian's own address"), (LostKey(key, aigul.certificates[key]),))
    assert refused(said(town, EURASIAN, NBK, "lost-keys", stolen), Code.CERTIFICATE_WRONG)


def test_a_payees_bank_cannot_answer_for_money_it_did_not_give_back(town: Town) -> None:
    """Asked *keep or return*, it sends a false receipt, or a return that is none."""
    aigul, bolat = town.rich_phone(AIGUL, 100), town.phone(BOLAT)
    (token,) = aigul.load(100)
    paid, _ = hand_over(aigul, token, bolat)
    holding = holding_of(bolat, paid)
    told = aigul.ask("hand-over", HandOver(bytes(16), bolat.certificates[holding.holder], (paid,)))
    assert not isinstance(told, Refusal), told
    with town.platform.banks[EURASIAN].desk.store.reading() as rows:
        (asked,) = rows.evidence("keep-or-return")
    reference = KEEP_OR_RETURN.decode(open_order(asked.order_raw).order.body, "keep-or-return").reference
    receipt = RECEIPT.encode(Receipt(bytes(16), 100 * TENGE, (bytes(32),), 0, 0, 0, town.clock.now(), ""))
    signature = envelope.sign(Typ.RECEIPT, receipt, bolat.keys[holding.holder]).signature
    false = pack_signed(Kind.RECEIPT, Typ.RECEIPT, receipt, signature)
    none = pack(Return(bytes(16), (paid,)))
    for message, code in ((false, Code.RECEIPT_WRONG), (none, Code.FIELD_WRONG)):
        answer = said(town, EURASIAN, NBK, "kept-or-returned", Answer(reference, message, ()))
        assert answer.code is code
    stranger = said(town, ALTYN, NBK, "kept-or-returned", Answer(reference, none, ()))
    assert stranger.code is Code.NOT_PERMITTED


def test_a_draw_for_another_key_or_bank_takes_nothing(town: Town) -> None:
    aigul = town.rich_phone(AIGUL, 100)
    aigul.certify(1)
    _, proof, certificate = framed(town, aigul)
    hers = next(iter(aigul.keys))
    nbk = town.platform.nbk.desk
    for bank, key in ((ALTYN, hers), (EURASIAN, numbered("any"))):
        order = Draw(key, certificate, proof, 100, numbered(f"{bank}"), ())
        answer = nbk.inquire(bank, "draw", order)
        assert refused(answer, Code.CERTIFICATE_WRONG)
    assert aigul.balances().dt_tiyn == 100 * TENGE


def test_a_non_cash_payment_to_no_bank_is_refused(town: Town) -> None:
    order = NoncashPayment(111, "120440001234", 100, numbered("nowhere"), "")
    assert said(town, ALTYN, NBK, "noncash-payment", order).code is Code.NOT_SUPPORTED


def test_nobody_transfers_to_himself(town: Town) -> None:
    aigul = town.rich_phone(AIGUL, 100)
    assert refused(aigul.ask("transfer", Transfer(BY_PHONE, AIGUL.phone, 100, "")), Code.PAYEE_IS_PAYER)
    assert aigul.balances().dt_tiyn == 100 * TENGE


def test_nobody_is_taken_on_without_a_name(town: Town) -> None:
    clients = town.platform.banks[ALTYN].clients
    town.onboard(AIGUL)
    with town.platform.banks[ALTYN].desk.store.reading() as rows:
        known = rows.client_by("identifier", AIGUL.identifier)
    assert known is not None
    assert refused(clients.onboard(replace(known, number=0, name="")), Code.FIELD_WRONG)


def test_nobody_is_registered_without_a_name(town: Town) -> None:
    owner = Register(PERSON, numbered("address"), DANA.phone, DANA.identifier, "", "", "", "", "", False)
    assert refused(said(town, ALTYN, ID_CENTRE, "register", owner), Code.FIELD_WRONG)


def test_an_order_of_no_kind_is_refused(town: Town) -> None:
    aigul = town.phone(AIGUL)
    key = aigul.identity
    order = Order("open-the-vault", 0, ALTYN, key_id(key.public_key), bytes(16), town.clock.now(), b"\x80")
    raw = make_order(order, key)
    answer = town.platform.gateway.bank(ALTYN, "open-the-vault", raw)
    own = town.platform.nbk.desk.trust.messages_key(ALTYN, "bank")
    assert open_reply(answer, raw, ALTYN, own).code == Code.ORDER_UNKNOWN


def test_a_movement_for_nobody_here_is_not_taken_in(town: Town) -> None:
    aigul = town.rich_phone(AIGUL, 100)
    with town.platform.banks[ALTYN].desk.store.reading() as rows:
        real = rows.evidence("credit")[-1]
    movement = CREDIT.decode(open_order(real.order_raw).order.body, "credit").movement
    node = town.platform.banks[EURASIAN].office.node
    nobody = node.check(movement)
    assert nobody is not None and nobody.code is Code.ACCOUNT_UNKNOWN
    false = town.platform.banks[ALTYN].office.node.check(_marked_by_nobody(aigul, movement))
    assert false is not None and false.code is Code.SENDER_UNKNOWN
    assert aigul.balances().dt_tiyn == 100 * TENGE


def _marked_by_nobody(aigul: Phone, movement: Movement) -> Movement:
    """A movement of money on a node that no participant runs, marked with a key of its own."""
    owner = SigningKey(numbered("nobody"))
    money = Output(numbered("nowhere"), 0, 111, owner.public_key, 10)
    gift = Transaction(Purpose.TRANSFER, bytes(16), (money,), (Payee(ALTYN, aigul.address, 10),))
    signed = SignedTransaction(gift, (sign_as_owner(gift, owner),), (sign_mark(gift, 111, owner),))
    return replace(movement, signed=signed)


def test_one_input_counts_once(town: Town) -> None:
    bolat = town.rich_phone(BOLAT, 10)
    signed: SignedTransaction = spending(town, bolat, ())
    twice = replace(signed.transaction, inputs=signed.transaction.inputs * 2)
    told = check_transaction(replace(signed, transaction=twice))
    assert told is not None and told.code is Code.TOKEN_DUPLICATED
