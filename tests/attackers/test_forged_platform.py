"""A forged platform on the wire: replies, directories, lists and roots that the root key never signed."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import pytest

from device.service.wallet import Wallet
from tender.account.client_messages import TO_DT, Certified
from tender.account.eds import REPLY, make_reply, open_order
from tender.account.messages import KINDS
from tender.account.participants import ALTYN
from tender.account.token_messages import Loaded, Synced
from tender.cash.revocation import sign_list
from tender.cash.token import Rule
from tender.crypto.directory import sign_directory
from tender.crypto.envelope import Typ, open_envelope
from tender.crypto.keys import SigningKey
from tender.crypto.time_floor import Correction, sign_correction
from tender.errors import Code, Refusal, TenderError
from tests.mint import NOW, key_of
from tests.wallet.village import Line, Village, good, hand_over
from town.cast import AIGUL, CANTEEN, DANA, SCHOOL

FAR = NOW + 3600


@dataclass
class Forger:
    """A wire that answers in the platform's stead. ``falsify`` makes a reply of the real one's record."""

    line: Line
    key: SigningKey
    falsify: Callable[[object], object] = lambda body: body
    heard: list[str] = field(default_factory=list)

    def send(self, path: str, raw: bytes) -> bytes:
        self.heard.append(path)
        real = REPLY.decode(open_envelope(self.line.send(path, raw), Typ.REPLY, "reply").payload, "reply")
        kind = KINDS[path.rpartition("/")[2]]
        body = kind.reply.encode(self.falsify(kind.reply.decode(real.body, "body"))) if not real.code else b""
        if real.code:
            return make_reply(open_order(raw), ALTYN, FAR, Refusal(Code(real.code)), self.key)
        return make_reply(open_order(raw), ALTYN, FAR, body, self.key)


def forged(village: Village, wallet: Wallet, key: SigningKey, falsify: Callable[[object], object]) -> Forger:
    forger = Forger(village.line, key, falsify)
    wallet.desk.wire = lambda _: forger
    return forger


def outcome(act: Callable[[], object]) -> object:
    """What came of it: a value, or the code of what was raised."""
    try:
        return act()
    except TenderError as error:
        return error.code


def test_replies_of_another_key_change_nothing(village: Village) -> None:
    aigul = village.wallet(AIGUL, 50_000, single=True)
    before = aigul.view.balance(), aigul.desk.trust.directory.number
    forged(village, aigul, key_of("a forger"), lambda body: body)
    for act in (
        aigul.settling.sync,
        aigul.settling.deposit,
        lambda: aigul.bank.convert(TO_DT, 100),
        lambda: aigul.bank.load(100),
    ):
        assert outcome(act) in (Code.SIGNATURE_WRONG, Code.RECEIPT_WRONG), act
    assert aigul.desk.trust.directory.number == before[1]
    aigul.desk.wire = lambda _: village.line
    good(aigul.settling.sync())
    assert good(aigul.settling.deposit()).settled_tiyn + aigul.view.balance().spendable_tiyn >= 0
    assert village.platform.banks[ALTYN].balances(aigul.desk.settings.client).dt_tiyn >= 50_000


def own_directory(told: Synced, aigul: Wallet) -> Synced:
    body = replace(aigul.desk.trust.directory.body, number=9, authorities=())
    return replace(told, directory=sign_directory(body, key_of("another root")))


def own_list(told: Synced, _: Wallet) -> Synced:
    return replace(told, revocations=sign_list(99, FAR, {(ALTYN, 21_500): [1]}, key_of("another root")))


def altered_directory(told: Synced, aigul: Wallet) -> Synced:
    raw = bytearray(aigul.desk.trust.directory.raw)
    raw[-70] ^= 1
    return replace(told, directory=bytes(raw))


FALSE = [
    (own_directory, Code.DIRECTORY_WRONG),
    (own_list, Code.LIST_WRONG),
    (altered_directory, Code.DIRECTORY_WRONG),
]


@pytest.mark.parametrize(("falsify", "code"), FALSE, ids=[one.__name__ for one, _ in FALSE])
def test_even_the_own_bank_cannot_pass_off_what_the_root_did_not_sign(
    village: Village, falsify: Callable[[Synced, Wallet], Synced], code: Code
) -> None:
    """The reply is signed with the bank's own key: only the root's signature inside stands in the way."""
    aigul, dana = village.wallet(AIGUL, 50_000, single=True), village.wallet(DANA)
    before = aigul.desk.trust
    bank_key = village.platform.banks[ALTYN].desk.vault.key("messages")
    forged(village, aigul, bank_key, lambda body: falsify(body, aigul) if isinstance(body, Synced) else body)
    assert not isinstance(aigul.settling.sync(), Refusal)
    assert aigul.view.incidents()[0].code == code, "it is on record"
    after = aigul.desk.trust
    assert after.directory.raw == before.directory.raw
    assert after.revocations.number == before.revocations.number
    assert after.now(0) == before.now(0), "no forger sets the time floor"
    hand_over(aigul, dana, 50_000)
    assert dana.view.balance().spendable_tiyn == 50_000, "and money goes on"


def fewer(told: Loaded) -> Loaded:
    return replace(told, tokens=told.tokens[1:])


def one_twice(told: Loaded) -> Loaded:
    return replace(told, tokens=(*told.tokens[:-1], told.tokens[0]))


def nothing(told: Loaded) -> Loaded:
    return replace(told, tokens=())


@pytest.mark.parametrize("falsify", [fewer, one_twice, nothing], ids=lambda one: one.__name__)
def test_a_bank_that_gives_less_than_it_took_is_noticed_and_still_owes_its_answer(
    village: Village, falsify: Callable[[Loaded], Loaded]
) -> None:
    aigul = village.wallet(AIGUL)
    good(aigul.bank.convert(TO_DT, 50_000))
    bank_key = village.platform.banks[ALTYN].desk.vault.key("messages")
    forged(village, aigul, bank_key, lambda body: falsify(body) if isinstance(body, Loaded) else body)
    assert outcome(lambda: aigul.bank.load(50_000)) is Code.SUMS_DIFFER
    assert aigul.view.balance().spendable_tiyn == 0
    aigul.desk.wire = lambda _: village.line
    good(aigul.settling.sync())
    assert aigul.view.balance().spendable_tiyn == 50_000, "the order was kept, and the true answer came"


def test_a_bank_that_gives_coloured_money_for_plain_is_noticed(village: Village) -> None:
    aigul, school = village.wallet(AIGUL), village.client(SCHOOL)
    assert school.category
    good(aigul.bank.convert(TO_DT, 100_000))
    rule = Rule("the bank's own shop", merchants=(CANTEEN.number,)).to_bytes()
    bank_key = village.platform.banks[ALTYN].desk.vault.key("messages")
    coloured: list[Loaded] = []

    def falsify(body: object) -> object:
        if isinstance(body, Loaded):
            coloured.append(body)
            return coloured[0]
        return body

    forged(village, aigul, bank_key, falsify)
    good(aigul.bank.load(50_000, single=True, rule=rule))
    assert outcome(lambda: aigul.bank.load(50_000, single=True)) is Code.SUMS_DIFFER
    assert aigul.view.balance().spendable_tiyn == 50_000


def of_another_key(told: Certified) -> Certified:
    return replace(told, certificates=(*told.certificates[1:], told.certificates[0]))


def one_short(told: Certified) -> Certified:
    return replace(told, certificates=told.certificates[1:])


@pytest.mark.parametrize(
    ("falsify", "code"),
    [(of_another_key, Code.CERTIFICATE_WRONG), (one_short, Code.FIELD_WRONG)],
    ids=["certificates of other keys", "one short"],
)
def test_keys_that_the_bank_did_not_certify_ask_for_no_money(
    village: Village, falsify: Callable[[Certified], Certified], code: Code
) -> None:
    client = village.client(AIGUL)
    activation = village.platform.banks[ALTYN].clients.activation_code(client.number)
    aigul = village.blank("aigul")
    bank_key = village.platform.banks[ALTYN].desk.vault.key("messages")
    forged(village, aigul, bank_key, lambda body: falsify(body) if isinstance(body, Certified) else body)
    assert outcome(lambda: aigul.membership.enrol(ALTYN, activation, shown=False)) is code
    assert aigul.desk.fresh_keys() == []
    aigul.desk.wire = lambda _: village.line
    assert aigul.membership.certify() is None
    assert not isinstance(aigul.money.request(100), Refusal)


def test_nobody_but_the_root_corrects_the_time(village: Village) -> None:
    aigul = village.wallet(AIGUL)
    before = aigul.desk.trust
    false = sign_correction(Correction(1, 9, NOW - 10**8, 9, 9), key_of("another root"))
    bank_key = village.platform.banks[ALTYN].desk.vault.key("messages")
    forged(
        village,
        aigul,
        bank_key,
        lambda body: replace(body, correction=false) if isinstance(body, Synced) else body,
    )
    good(aigul.settling.sync())
    assert aigul.view.incidents()[0].code == Code.CORRECTION_WRONG
    assert aigul.desk.trust.now(0) == before.now(0)


def test_a_new_device_that_has_the_root_key_enrols_with_no_other_scheme(village: Village) -> None:
    client = village.client(AIGUL)
    code = village.platform.banks[ALTYN].clients.activation_code(client.number)
    blank = village.blank("aigul")
    the_shops = key_of("the root key on the shop's wall").public_key
    said = outcome(lambda: blank.membership.enrol(ALTYN, code, shown=False, root_key=the_shops))
    assert said is Code.DIRECTORY_WRONG
    assert not blank.desk.settings.enrolled


def test_a_reply_answers_its_own_order_only(village: Village) -> None:
    """An old reply of the real bank, kept and played again to a later order."""
    aigul = village.wallet(AIGUL, 50_000, single=True)
    kept: list[bytes] = []

    class Player:
        def send(self, path: str, raw: bytes) -> bytes:
            if not kept:
                kept.append(village.line.send(path, raw))
            return kept[0]

    aigul.desk.wire = lambda _: Player()
    assert outcome(lambda: aigul.bank.convert(TO_DT, 100)) != Code.RECEIPT_WRONG
    before = aigul.view.balance()
    assert outcome(lambda: aigul.bank.convert(TO_DT, 100)) is Code.RECEIPT_WRONG
    assert aigul.view.balance() == before
