"""A modified wallet against honest wallets on real files: each rule it could break between two people.

Each line is one attack; the payee refuses with the rule's own code, keeps its balance, and signs nothing.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from device.service.money import Proposal
from device.service.wallet import Wallet
from tender.cash.chain import FLAG_CERTIFICATE, FLAG_SPLIT
from tender.cash.messages import Request
from tender.cash.token import Rule, issue_root, unpack_root
from tender.crypto.certificates import DAY_S
from tender.crypto.envelope import Typ
from tender.errors import Code, Refusal
from tests.attackers.cheat import Cheat, asked_bytes, refusal_of, sent
from tests.mint import NOW, key_of
from tests.oracle.second_judge import judge_proof
from tests.wallet.village import Village, approved, good
from town.cast import AIGUL, CANTEEN, DANA, MERCHANT, SCHOOL
from town.proof import check_proof

BIG_TIYN, PRICE_TIYN = 30_000_000, 10_000
MEALS = Rule("school meals", merchants=(CANTEEN.number,))
ORDER_L = 2**252 + 27742317777372353535851937790883648493


@dataclass
class Street:
    """Aigul's modified wallet with one big note; School S's with meal money; Dana, honest."""

    village: Village
    aigul: Cheat
    school: Cheat
    dana: Wallet

    @property
    def note(self) -> bytes:
        return self.aigul.tokens[0]


@contextmanager
def opened(folder: Path) -> Iterator[Street]:
    """Everybody, and nobody on line any more."""
    village = Village(folder)
    aigul = village.wallet(AIGUL, BIG_TIYN, single=True)
    school = village.wallet(SCHOOL, 50_000, single=True, rule=MEALS.to_bytes())
    dana = village.wallet(DANA)
    village.line.away = True
    made = Street(village, Cheat(aigul), Cheat(school), dana)
    aigul.close()
    school.close()
    yield made
    dana.close()
    village.platform.close()


@pytest.fixture(scope="module")
def street(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Street]:
    """One for all attacks, none of which changes anything."""
    with opened(tmp_path_factory.mktemp("street")) as made:
        yield made


@pytest.fixture
def own_street(tmp_path: Path) -> Iterator[Street]:
    """For an attack that leaves something behind: a clock that went on, a proof."""
    with opened(tmp_path) as made:
        yield made


Attack = Callable[[Street, Request], tuple[bytes, ...]]


def more_than_there_is(s: Street, r: Request) -> tuple[bytes, ...]:
    return (s.aigul.lie(s.note, r, BIG_TIYN + r.amount_tiyn, 0),)


def change_that_makes_money(s: Street, r: Request) -> tuple[bytes, ...]:
    return (s.aigul.lie(s.note, r, r.amount_tiyn, BIG_TIYN),)


def the_same_token_twice(s: Street, r: Request) -> tuple[bytes, ...]:
    half = s.aigul.paid(s.note, r, r.amount_tiyn // 2)
    return half, half


def money_made_for_another_request(s: Street, r: Request) -> tuple[bytes, ...]:
    return (s.aigul.paid(s.note, r, nonce=b"yesterd."),)


def money_for_somebody_else(s: Street, r: Request) -> tuple[bytes, ...]:
    return (s.aigul.paid(s.note, replace(r, key=key_of("somebody").public_key)),)


def money_it_only_holds(s: Street, r: Request) -> tuple[bytes, ...]:
    return (s.note,)


def a_sixteenth_hop(s: Street, r: Request) -> tuple[bytes, ...]:
    small = s.aigul.holding(s.note)
    first = s.aigul.lie(s.note, replace(r, key=small.holder, nonce=b""), 20_000, BIG_TIYN - 20_000)
    return (s.aigul.paid(s.aigul.spun(first, 14), r),)


def above_its_limit(s: Street, r: Request) -> tuple[bytes, ...]:
    return (s.aigul.paid(s.note, r, 21_625_001),)


def a_certificate_it_made_itself(s: Street, r: Request) -> tuple[bytes, ...]:
    mine = s.aigul.self_made(s.aigul.holding(s.note).holder, profile=4)
    rest = BIG_TIYN - r.amount_tiyn
    return (s.aigul.lie(s.note, r, r.amount_tiyn, rest, certificate=mine),)


def a_certificate_of_another_key(s: Street, r: Request) -> tuple[bytes, ...]:
    other = next(one for key, one in s.aigul.devices.items() if key != s.aigul.holding(s.note).holder)
    rest = BIG_TIYN - r.amount_tiyn
    return (s.aigul.lie(s.note, r, r.amount_tiyn, rest, certificate=other.certificate.packed()),)


def no_certificate(s: Street, r: Request) -> tuple[bytes, ...]:
    return (s.aigul.lie(s.note, r, r.amount_tiyn, BIG_TIYN - r.amount_tiyn, flags=FLAG_CERTIFICATE),)


def a_bank_of_its_own(s: Street, r: Request) -> tuple[bytes, ...]:
    mine = s.aigul.self_made(s.aigul.holding(s.note).holder, issuer=777)
    return (s.aigul.lie(s.note, r, r.amount_tiyn, BIG_TIYN - r.amount_tiyn, certificate=mine),)


def somebody_elses_signature(s: Street, r: Request) -> tuple[bytes, ...]:
    pen = s.school.spare[0].key
    return (s.aigul.lie(s.note, r, r.amount_tiyn, BIG_TIYN - r.amount_tiyn, pen=pen),)


def a_claim_as_a_payment(s: Street, r: Request) -> tuple[bytes, ...]:
    return (s.aigul.lie(s.note, r, r.amount_tiyn, BIG_TIYN - r.amount_tiyn, typ=Typ.CLAIM),)


def a_second_signature_made_from_the_first(s: Street, r: Request) -> tuple[bytes, ...]:
    token = s.aigul.paid(s.note, r)
    other = int.from_bytes(token[-32:], "little") + ORDER_L
    return (token[:-32] + other.to_bytes(32, "little"),)


def a_split_that_is_not_said(s: Street, r: Request) -> tuple[bytes, ...]:
    return (s.aigul.lie(s.note, r, r.amount_tiyn, BIG_TIYN - r.amount_tiyn, flags=FLAG_SPLIT),)


def a_printing_press(s: Street, r: Request) -> tuple[bytes, ...]:
    root, _, _ = unpack_root(s.note, "token")
    richer = replace(root, amount_tiyn=10**9)
    printed = issue_root(richer, key_of("a printing press in a garage"))
    honest = s.aigul.paid(s.note, r)
    return (printed[:-1] + honest[len(s.note) - 1 :],)


def an_issuer_of_its_own(s: Street, r: Request) -> tuple[bytes, ...]:
    root, _, _ = unpack_root(s.note, "token")
    return (issue_root(replace(root, issuer=666), key_of("a second central bank")),)


def meal_money(s: Street, r: Request) -> tuple[bytes, ...]:
    return (s.school.paid(s.school.tokens[0], r),)


def meal_money_washed_by_a_hop(s: Street, r: Request) -> tuple[bytes, ...]:
    return (s.school.paid(s.school.spun(s.school.tokens[0], 1), r),)


def a_byte_too_few(s: Street, r: Request) -> tuple[bytes, ...]:
    return (s.aigul.paid(s.note, r)[:-1],)


def a_byte_too_many(s: Street, r: Request) -> tuple[bytes, ...]:
    return (s.aigul.paid(s.note, r) + b"\0",)


ATTACKS: list[tuple[Attack, Code]] = [
    (more_than_there_is, Code.VALUE_CREATED),
    (change_that_makes_money, Code.SIGNATURE_WRONG),
    (the_same_token_twice, Code.TOKEN_DUPLICATED),
    (money_made_for_another_request, Code.NONCE_MISSING),
    (money_for_somebody_else, Code.REQUEST_NOT_OURS),
    (money_it_only_holds, Code.REQUEST_NOT_OURS),
    (a_sixteenth_hop, Code.HOP_LIMIT),
    (above_its_limit, Code.LIMIT_PER_PAYMENT),
    (a_certificate_it_made_itself, Code.CERTIFICATE_WRONG),
    (a_certificate_of_another_key, Code.CERTIFICATE_WRONG),
    (no_certificate, Code.CERTIFICATE_MISSING),
    (a_bank_of_its_own, Code.CERTIFICATE_MISSING),
    (somebody_elses_signature, Code.SIGNATURE_WRONG),
    (a_claim_as_a_payment, Code.SIGNATURE_WRONG),
    (a_second_signature_made_from_the_first, Code.SIGNATURE_WRONG),
    (a_split_that_is_not_said, Code.SIGNATURE_WRONG),
    (a_printing_press, Code.ISSUER_FORGED),
    (an_issuer_of_its_own, Code.ISSUER_UNKNOWN),
    (meal_money, Code.COLOUR_BROKEN),
    (meal_money_washed_by_a_hop, Code.COLOUR_BROKEN),
    (a_byte_too_few, Code.MESSAGE_TRUNCATED),
    (a_byte_too_many, Code.FIELD_WRONG),
]


@pytest.mark.parametrize(("attack", "code"), ATTACKS, ids=[attack.__name__ for attack, _ in ATTACKS])
def test_an_honest_payee_refuses(street: Street, attack: Attack, code: Code) -> None:
    request, payment = asked_bytes(street.dana, PRICE_TIYN)
    before = street.dana.view.balance(), street.dana.desk.element.counter
    told = sent(street.dana, payment, *attack(street, request))
    assert refusal_of(told) == code
    assert (street.dana.view.balance(), street.dana.desk.element.counter) == before
    assert not isinstance(street.dana.money.requested(payment), Refusal), "whoever pays honestly still may"


def test_after_it_expired_nobody_takes_it_whatever_its_clock_says(own_street: Street) -> None:
    street = own_street
    request, payment = asked_bytes(street.dana, PRICE_TIYN)
    token = street.aigul.paid(street.note, request)
    street.village.clock.set(street.aigul.holding(street.note).root.expiry)
    before = street.dana.view.balance()
    assert refusal_of(sent(street.dana, payment, token)) == Code.TOKEN_EXPIRED
    assert street.dana.view.balance() == before


@pytest.mark.row("DT-O-07")
def test_one_note_paid_twice_to_one_payee_is_proved_on_the_spot(own_street: Street) -> None:
    street = own_street
    request, payment = asked_bytes(street.dana, PRICE_TIYN)
    half = PRICE_TIYN // 2
    two = [street.aigul.paid(street.note, request, part) for part in (half, PRICE_TIYN - half + 1)]
    before = street.dana.view.balance()
    assert refusal_of(sent(street.dana, payment, *two)) == Code.FORK_PROVED
    assert street.dana.view.balance() == before, "nothing of it counts"
    (kept,) = street.dana.life.proofs()
    proof = kept.proof
    root_key = street.village.platform.root_key
    assert check_proof(proof, root_key).key == street.aigul.holding(street.note).holder
    assert judge_proof(proof, root_key).key == street.aigul.holding(street.note).holder


@pytest.mark.row("DT-O-11")
@pytest.mark.row("DT-T-01")
def test_coloured_money_outside_its_rule_is_refused_by_payer_and_receiver(tmp_path: Path) -> None:
    village = Village(tmp_path)
    school = village.wallet(SCHOOL, 50_000, single=True, rule=MEALS.to_bytes())
    shop, canteen = village.wallet(MERCHANT), village.wallet(CANTEEN)
    village.line.away = True
    wanted = good(shop.money.request(PRICE_TIYN))
    no = school.money.propose(wanted.message)
    assert isinstance(no, Refusal) and no.code is Code.COLOUR_BROKEN, "the payer signs nothing"
    request, payment = asked_bytes(shop, PRICE_TIYN)
    cheat = Cheat(school)
    told = sent(shop, payment, cheat.paid(cheat.tokens[0], request))
    assert refusal_of(told) == Code.COLOUR_BROKEN, "the receiver looks for itself"
    assert shop.view.balance().spendable_tiyn == 0
    meal = good(canteen.money.request(PRICE_TIYN))
    transfer = approved(school.money, meal.message).messages[0]
    assert good(canteen.money.receive(transfer)).refusal is None
    assert (school.view.balance().spendable_tiyn, canteen.view.balance().spendable_tiyn) == (40_000, 10_000)


def test_a_revoked_device_with_a_modified_app_is_refused_where_the_list_has_arrived(tmp_path: Path) -> None:
    village = Village(tmp_path)
    aigul, dana, merchant = (
        village.wallet(AIGUL, 50_000, single=True),
        village.wallet(DANA),
        village.wallet(MERCHANT),
    )
    cheat = Cheat(aigul)
    bank = village.platform.banks[AIGUL.bank]
    bank.clients.revoke_device(aigul.desk.settings.device, "lost", "stolen", bytes(16))
    good(dana.settling.sync())
    village.line.away = True
    for payee, code in ((dana, Code.CERTIFICATE_REVOKED), (merchant, "")):
        request, payment = asked_bytes(payee, PRICE_TIYN)
        assert refusal_of(sent(payee, payment, cheat.paid(cheat.tokens[0], request))) == code
    village.clock.set(NOW + 8 * DAY_S)
    no = merchant.money.request(1_297_501)
    assert isinstance(no, Refusal) and no.code is Code.LIST_STALE, "an old list means small amounts"
    assert not isinstance(dana.money.request(PRICE_TIYN), Refusal)
    assert isinstance(aigul.money.propose(good(merchant.money.request(PRICE_TIYN)).message), Proposal)
