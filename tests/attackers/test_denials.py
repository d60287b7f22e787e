"""Who denies, and what speaks against it: a payee who says nothing came, a payer who says he never paid."""

import pytest

from device.core.model import Upload
from device.service.wallet import Wallet
from tender.account.eds import open_order
from tender.account.hand_over_messages import ASKED, KEEP_OR_RETURN, KEPT, Answer, HandOver
from tender.account.participants import NBK
from tender.account.token_messages import REFUSED, ClaimItem
from tender.cash.chain import verify_chain
from tender.cash.messages import RECEIPT, Kind, Receipt, Transfer, open_message, pack_signed, unwrap
from tender.cash.token import Claim
from tender.crypto import envelope
from tender.crypto.envelope import Typ, open_envelope
from tender.errors import Code, RemoteProtocolError
from tests.attackers.cheat import Cheat
from tests.oracle.second_verifier import judge
from tests.oracle.what_root_says import directory
from tests.platform_stub.people import AIGUL as AIGUL_CLIENT
from tests.platform_stub.people import BOLAT as BOLAT_CLIENT
from tests.platform_stub.people import DANA as DANA_CLIENT
from tests.platform_stub.people import Town
from tests.settlement import offline
from tests.wallet.village import Village, approved, good, hand_over
from town.cast import AIGUL, DANA, MERCHANT

PRICE_TIYN = 50_000


def status_of(wallet: Wallet, payment: bytes) -> str:
    (found,) = (one for one in wallet.view.history() if one.id == payment)
    return found.status


def test_a_payee_who_denies_is_refuted_by_his_own_claim(village: Village) -> None:
    """He takes the money, signs no receipt, and says that nothing came; his claim says otherwise."""
    aigul, dana = village.wallet(AIGUL, PRICE_TIYN, single=True), village.wallet(DANA)
    request = good(dana.money.request(PRICE_TIYN))
    transfer = approved(aigul.money, request.message).messages[0]
    good(dana.money.receive(transfer))
    assert status_of(aigul, request.payment) == "sent", "no receipt came"
    good(aigul.settling.sync())
    assert status_of(aigul, request.payment) != "settled", "recording moves nothing"
    good(dana.settling.deposit())
    good(aigul.settling.sync())
    assert status_of(aigul, request.payment) == "settled", "the claim counts as the receipt"


def test_a_payee_who_denies_gets_the_same_bytes_again_and_answers_with_the_same_receipt(
    village: Village,
) -> None:
    aigul, dana = village.wallet(AIGUL, PRICE_TIYN, single=True), village.wallet(DANA)
    request = good(dana.money.request(PRICE_TIYN))
    transfer = approved(aigul.money, request.message).messages[0]
    receipt = good(dana.money.receive(transfer)).messages
    again = aigul.money.propose(request.message)
    assert getattr(again, "messages", ()) == (transfer,), "nothing is signed a second time"
    assert good(dana.money.receive(transfer)).messages == receipt
    assert dana.view.balance().spendable_tiyn == PRICE_TIYN


def test_a_receipt_convinces_a_third_party_with_the_root_key_alone(village: Village) -> None:
    """Payer's evidence in a dispute: the request, the receipt and the token's last link name one another."""
    aigul, dana = village.wallet(AIGUL, PRICE_TIYN, single=True), village.wallet(DANA)
    payment = hand_over(aigul, dana, PRICE_TIYN)
    (line,) = (one for one in aigul.view.history() if one.id == payment)
    opened = open_envelope(unwrap(line.receipt)[1], Typ.RECEIPT, "receipt")
    told = RECEIPT.decode(opened.payload, "receipt")
    (upload,) = aigul.desk.store.all(Upload)
    holding = verify_chain(upload.packed, aigul.desk.trust)
    opened.check(holding.holder, "receipt")
    assert (told.payment_id, told.amount_tiyn, told.outputs) == (payment, PRICE_TIYN, (holding.output,))
    second = judge(upload.packed, directory(village.platform.root_key, aigul.desk.trust.directory.raw))
    assert (second.owner, second.amount) == (holding.holder, PRICE_TIYN)
    with pytest.raises(RemoteProtocolError):
        opened.check(aigul.desk.own_keys()[0].key, "receipt")


def test_a_payer_who_denies_is_refuted_by_his_own_links(village: Village) -> None:
    """He restores an older copy, says he never paid, and asks for the money himself."""
    aigul, dana = village.wallet(AIGUL, PRICE_TIYN, single=True), village.wallet(DANA)
    cheat = Cheat(aigul)
    hand_over(aigul, dana, PRICE_TIYN)
    assert good(dana.settling.deposit()).settled_tiyn == PRICE_TIYN
    with village.platform.nbk.desk.store.reading() as rows:
        (spent,) = rows.spends_of(cheat.holding(cheat.tokens[0]).output)[:1]
    link = open_envelope(spent.envelope, Typ.LINK, "link")
    link.check(cheat.holding(cheat.tokens[0]).holder, "link")
    before = village.platform.banks[AIGUL.bank].balances(aigul.desk.settings.client).dt_tiyn
    good(aigul.settling.sync())
    done = aigul.settling.deposit()
    assert village.platform.banks[AIGUL.bank].balances(aigul.desk.settings.client).dt_tiyn == before, done


def test_whoever_overheard_a_payment_claims_nothing_of_it(town: Town) -> None:
    """A payer who kept what he paid, and a listener: each byte of the token, and not its holder's key."""
    aigul, dana, bolat = town.rich_phone(AIGUL_CLIENT, 100), town.phone(DANA_CLIENT), town.phone(BOLAT_CLIENT)
    (token,) = aigul.load(100)
    paid, _ = offline.hand_over(aigul, token, dana)
    output = offline.holding_of(dana, paid).output
    hers = dana.certificates[offline.holding_of(dana, paid).holder]
    (own,) = bolat.certify(1)
    for thief, key in ((bolat, own), (aigul, next(iter(aigul.keys)))):
        claim = Claim(output, thief.person.bank, thief.address)
        signed = envelope.sign(Typ.CLAIM, claim.payload(), thief.keys[key]).to_bytes()
        for certificate in (thief.certificates[key], hers):
            told = offline.settle(thief, [ClaimItem(paid, certificate, signed)]).claims[0]
            assert told.state == REFUSED
            assert told.code in (Code.CERTIFICATE_WRONG, Code.SIGNATURE_WRONG)
    assert offline.claimed(dana, paid).amount_tiyn == 100_00


def test_what_a_payee_acknowledged_is_not_handed_over_again_under_another_name(town: Town) -> None:
    """A payer who has the receipt denies it, names the payment anew, and waits for the payee's silence."""
    aigul, bolat = town.rich_phone(AIGUL_CLIENT, 100), town.phone(BOLAT_CLIENT)
    (token,) = aigul.load(100)
    paid, _ = offline.hand_over(aigul, token, bolat)
    holding = offline.holding_of(bolat, paid)
    certificate = bolat.certificates[holding.holder]
    assert aigul.ask("hand-over", HandOver(bytes(16), certificate, (paid,))).state == ASKED
    eurasian = town.platform.banks[BOLAT_CLIENT.bank].desk
    with eurasian.store.reading() as rows:
        (asked,) = rows.evidence("keep-or-return")
    question = KEEP_OR_RETURN.decode(open_order(asked.order_raw).order.body, "keep-or-return")
    payload = RECEIPT.encode(Receipt(bytes(16), 100_00, (holding.output,), 0, 0, 0, town.clock.now(), ""))
    signature = envelope.sign(Typ.RECEIPT, payload, bolat.keys[holding.holder]).signature
    receipt = pack_signed(Kind.RECEIPT, Typ.RECEIPT, payload, signature)
    eurasian.inquire(NBK, "kept-or-returned", Answer(question.reference, receipt, ()))
    again = aigul.ask("hand-over", HandOver(b"1" * 16, certificate, (paid,)))
    assert (again.state, again.answers) == (KEPT, (receipt,))
    town.clock.set(holding.root.expiry + 61 * 86_400)
    town.platform.tick()
    assert offline.tenge_of(town, AIGUL_CLIENT) == 0, "silence under another name returns nothing"
    assert offline.claimed(bolat, paid).amount_tiyn == 100_00
    assert offline.tenge_of(town, BOLAT_CLIENT) == 100


@pytest.mark.row("DT-Z-01")
def test_every_message_of_a_payment_again_in_any_order_and_altered_moves_nothing(village: Village) -> None:
    """Between two wallets on real files: replayed, reordered, duplicated, altered, and sent to a third."""
    aigul, dana, merchant = (
        village.wallet(AIGUL, 2 * PRICE_TIYN),
        village.wallet(DANA),
        village.wallet(MERCHANT),
    )
    sent: list[bytes] = []
    for _ in range(2):
        request = good(dana.money.request(PRICE_TIYN))
        transfer = approved(aigul.money, request.message).messages[0]
        receipt = good(dana.money.receive(transfer)).messages[0]
        good(aigul.money.receive(receipt))
        sent += [request.message, transfer, receipt]

    def sums() -> tuple[int, ...]:
        return tuple(one.view.balance().spendable_tiyn for one in (aigul, dana, merchant))

    before, signed = sums(), [len(list(one.desk.element.kept())) for one in (aigul, dana, merchant)]
    assert before == (0, 2 * PRICE_TIYN, 0)
    for message in [*sent, *reversed(sent), *sent]:
        for hearer in (aigul, dana, merchant):
            heard(hearer, message)
    for message in sent:
        for at in range(0, len(message), 61):
            altered = message[:at] + bytes((message[at] ^ 0x20,)) + message[at + 1 :]
            for hearer in (aigul, dana):
                heard(hearer, altered)
    assert sums() == before
    assert [len(list(one.desk.element.kept())) for one in (aigul, dana, merchant)] == signed
    kinds = [type(open_message(one)) for one in sent]
    assert kinds.count(Transfer) == 2


def heard(wallet: Wallet, message: bytes) -> None:
    """Whatever a wallet says to it, it says in a code and not in an accident."""
    for hear in (wallet.money.receive, wallet.money.propose):
        try:
            hear(message)
        except RemoteProtocolError as error:
            assert isinstance(error.code, Code)
