"""Account money that becomes tokens and comes back: load, settle, sync."""

import pytest

from tender.account.client_messages import LostNoted, ReportLost, Statement
from tender.account.participant_messages import TransferValidate
from tender.account.participants import ALTYN, EURASIAN, NOTARY
from tender.account.service_messages import Notarise
from tender.account.token_messages import Load, Loaded, RootWanted, Settle, Settled, Sync, Synced
from tender.account.transaction import Payee, Purpose, SignedTransaction, Transaction, sign_mark
from tender.cash.chain import append_hop, hop_bytes, spend_link, verify_chain
from tender.cash.revocation import open_list
from tender.cash.token import Root, Rule, issue_root
from tender.crypto import envelope
from tender.crypto.certificates import DeviceCertificate
from tender.crypto.envelope import Typ
from tender.crypto.keys import SigningKey
from tender.errors import Code, RemoteProtocolError
from tests.platform_stub.people import AIGUL, BOLAT, DANA, TENGE, Phone, Town, refused


def hand_over(token: bytes, payer: Phone, payee: Phone, tenge: int | None = None) -> bytes:
    """A link from one phone to a fresh key of the other."""
    holding = verify_chain(token, payer.trust)
    link = spend_link(holding, payee.certify()[0], (tenge or holding.amount_tiyn // TENGE) * TENGE)
    signature = envelope.sign(Typ.LINK, link.payload(), payer.keys[holding.holder]).signature
    certificate = DeviceCertificate.unpack(payer.certificates[holding.holder], holding.holder, "certificate")
    return append_hop(holding.packed, hop_bytes(holding, link, signature, certificate, change=False))


@pytest.mark.row("DT-Q-04")
def test_account_records_become_unique_tokens_and_return(town: Town) -> None:
    town.stock(ALTYN, 100_000)
    aigul = town.rich_phone(AIGUL, 1_000)
    issued = town.equation()[0]
    tokens = aigul.load(500, 200, 200, 100)
    assert aigul.balances().dt_tiyn == 0
    assert town.equation() == (issued, issued)
    serials = {verify_chain(token, aigul.trust).root.identifier for token in tokens}
    assert len(serials) == len(tokens) == 4
    told = aigul.ask("settle", Settle((), tuple(aigul.claim(token) for token in tokens)))
    assert isinstance(told, Settled)
    assert [one.state for one in told.claims] == ["settled"] * 4
    assert aigul.balances().dt_tiyn == 1_000 * TENGE
    assert town.equation() == (issued, issued)


def test_a_token_handed_over_offline_is_claimed_at_another_bank(town: Town) -> None:
    town.stock(ALTYN, 100_000)
    aigul, bolat = town.rich_phone(AIGUL, 1_000), town.phone(BOLAT)
    (token,) = aigul.load(1_000)
    paid = hand_over(token, aigul, bolat, 400)
    told = bolat.ask("settle", Settle((), (bolat.claim(paid),)))
    assert isinstance(told, Settled)
    assert (told.claims[0].state, told.claims[0].amount_tiyn) == ("settled", 400 * TENGE)
    assert bolat.balances().dt_tiyn == 400 * TENGE
    again = bolat.ask("settle", Settle((), (bolat.claim(paid),)))
    assert isinstance(again, Settled)
    assert bolat.balances().dt_tiyn == 400 * TENGE
    output = verify_chain(paid, bolat.trust).output
    synced = bolat.ask("sync", Sync(1, 0, 0, (output,)))
    assert isinstance(synced, Synced)
    assert [one.state for one in synced.items] == ["settled"]
    assert synced.directory is not None
    assert town.equation()[0] == town.equation()[1]


def test_a_load_answered_and_lost_is_answered_again_with_the_same_tokens(town: Town) -> None:
    town.stock(ALTYN, 100_000)
    aigul = town.rich_phone(AIGUL, 1_000)
    key = aigul.certify()[0]
    raw = aigul.order("load", Load((RootWanted(key, 300 * TENGE),), None))
    first = aigul.send("load", raw)
    assert isinstance(first, Loaded)
    assert aigul.send("load", raw) == first
    assert aigul.balances().dt_tiyn == 700 * TENGE


def test_a_load_needs_a_certified_key_of_the_same_device(town: Town) -> None:
    town.stock(ALTYN, 100_000)
    aigul, bolat = town.rich_phone(AIGUL, 1_000), town.phone(BOLAT)
    for key in (bolat.certify()[0], SigningKey(bytes(32)).public_key):
        told = aigul.ask("load", Load((RootWanted(key, 100),), None))
        assert refused(told, Code.CERTIFICATE_MISSING)
    assert aigul.balances().dt_tiyn == 1_000 * TENGE


def test_coloured_money_keeps_its_rule_in_the_root(town: Town) -> None:
    town.stock(ALTYN, 100_000)
    aigul = town.rich_phone(AIGUL, 1_000)
    rule = Rule("school meals", (5812,))
    told = aigul.ask("load", Load((RootWanted(aigul.certify()[0], 100),), rule.to_bytes()))
    assert isinstance(told, Loaded)
    assert verify_chain(told.tokens[0], aigul.trust).rule == rule


@pytest.mark.row("DT-P-03")
def test_a_token_the_national_bank_did_not_sign_is_not_genuine(town: Town) -> None:
    town.stock(ALTYN, 100_000)
    aigul = town.rich_phone(AIGUL, 1_000)
    (token,) = aigul.load(100)
    real = verify_chain(token, aigul.trust).root
    forged = issue_root(
        Root(real.issuer, bytes(16), 10**9, real.holder, real.hops_max, real.expiry),
        town.platform.banks[ALTYN].desk.vault.key("messages"),
    )
    with pytest.raises(RemoteProtocolError) as told:
        verify_chain(forged, aigul.trust)
    assert told.value.code is Code.ISSUER_FORGED
    claim = aigul.claim(token)
    answer = aigul.ask("settle", Settle((forged,), ()))
    assert isinstance(answer, Settled)
    assert (answer.records[0].state, answer.records[0].code) == ("refused", "issuer-forged")
    assert claim.token == token


@pytest.mark.row("DT-P-02")
def test_a_banks_signature_makes_no_money_on_any_node(town: Town) -> None:
    altyn = town.platform.banks[ALTYN]
    for bank in town.platform.banks.values():
        to = Payee(bank.number, bank.office.inventory.address, 1_000_000)
        made = Transaction(Purpose.ISSUE, bytes(16), (), (to,))
        forged = SignedTransaction(made, (), (sign_mark(made, ALTYN, altyn.desk.vault.key("messages")),))
        if bank.number != ALTYN:
            answer = altyn.desk.inquire(bank.number, "transfer-validate", TransferValidate(forged))
            assert refused(answer, Code.ISSUER_FORGED)
        else:
            assert refused(altyn.office.node.judge(forged), Code.ISSUER_FORGED)
        assert bank.inventory_tiyn() == 0
    asked = altyn.desk.inquire(NOTARY, "notarise", Notarise(bytes(32), (), (bytes(32),)))
    assert refused(asked, Code.NOT_PERMITTED)
    town.stock(ALTYN, 1_000)
    assert altyn.inventory_tiyn() == 1_000 * TENGE


def test_a_lost_device_is_revoked_by_another_of_the_same_client(town: Town) -> None:
    town.stock(ALTYN, 100_000)
    lost = town.rich_phone(AIGUL, 1_000)
    lost.load(100)
    assert lost.enrolled is not None
    fresh = Phone(town, AIGUL, SigningKey(town.entropy.draw(32)))
    code = town.platform.banks[ALTYN].clients.activation_code(lost.enrolled.client)
    fresh.enrol(code)
    stranger = town.phone(DANA)
    no = stranger.ask("report-lost", ReportLost(lost.enrolled.device, "", stranger.identity.public_key))
    assert refused(no, Code.DEVICE_UNKNOWN)
    told = fresh.ask("report-lost", ReportLost(lost.enrolled.device, "", fresh.identity.public_key))
    assert isinstance(told, LostNoted)
    assert told.revoked == 1
    assert refused(lost.ask("statement", Statement(1)), Code.DEVICE_LOST)
    synced = fresh.ask("sync", Sync(1, 0, 0, ()))
    assert isinstance(synced, Synced)
    assert synced.revocations is not None
    listed = open_list(synced.revocations, town.platform.root_key)
    (key,) = lost.certificates
    gone = DeviceCertificate.unpack(lost.certificates[key], key, "certificate")
    assert listed.names(ALTYN, gone.epoch_day, gone.serial)
    assert not listed.names(EURASIAN, gone.epoch_day, gone.serial)


def test_a_device_older_than_it_was_is_told_so(town: Town) -> None:
    aigul = town.phone(AIGUL)
    aigul.ask("sync", Sync(10, 0, 0, ()))
    told = aigul.ask("sync", Sync(7, 0, 0, ()))
    assert isinstance(told, Synced)
    assert [(one.kind, one.code) for one in told.notices] == [("counter", "store-behind")]
