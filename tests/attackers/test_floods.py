"""Floods: strangers' megabytes, half-open lines, keys and orphans without end, guesses, old orders again."""

import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from platform_stub.bank.clients import CODE_DIGITS, CODE_LIFE_S
from platform_stub.compose import build_platform
from platform_stub.config import PlatformConfig
from platform_stub.desk import Desk
from platform_stub.nbk.hand_over import NAMES_MOST
from platform_stub.store.token_rows import READY
from tender.account.batch import BATCH_MAX_KEYS
from tender.account.client_messages import BY_PHONE, Statement, Transfer
from tender.account.description import example
from tender.account.eds import REPLY, Order, key_id, make_order, open_order
from tender.account.hand_over_messages import HandOver
from tender.account.messages import KINDS, permitted
from tender.account.participants import ALTYN, CERTIFICATION_CENTRE, EURASIAN, ID_CENTRE, NBK, NOTARY
from tender.account.token_messages import REFUSED, WAITING, ClaimItem, Settle, Settled
from tender.cash.token import Claim, Root, issue_root
from tender.crypto import envelope
from tender.crypto.envelope import Typ, open_envelope
from tender.crypto.keys import SigningKey
from tender.errors import Code, Refusal
from tests.platform_stub.people import AIGUL, BOLAT, DANA, TENGE, Town, numbered, open_town, refused
from tests.platform_stub.test_doors import Served, served
from tests.settlement.offline import hand_over, holding_of, settle
from tests.wallet.village import Village, good
from town.cast import AIGUL as AIGUL_AT_HOME

__all__ = ["served"]


def test_a_strangers_megabytes_are_answered_and_not_kept(town: Town) -> None:
    stranger = SigningKey(numbered("a stranger"))
    sent = 0
    for place in range(8):
        order = Order(
            "settle", 0, ALTYN, key_id(stranger.public_key), bytes((place,)) * 16, 0, bytes(900_000)
        )
        raw = make_order(order, stranger)
        town.platform.gateway.bank(ALTYN, "settle", raw)
        sent += len(raw)
    kept = 0
    for store in town.platform.stores.values():
        with store.reading() as rows:
            kept += sum(
                len(one.order_raw) + len(one.reply_raw) for one in rows.evidence("settle", most=10_000)
            )
    assert kept < sent // 1_000, f"{kept} of {sent} bytes"


def test_half_open_lines_keep_nobody_waiting(served: Served) -> None:
    """Three hundred callers who begin a request and never end it; an honest client is served meanwhile."""
    aigul = served.town.phone(AIGUL)
    held = []
    try:
        for place in range(300):
            line = socket.create_connection(("127.0.0.1", served.port), timeout=5)
            line.sendall(b"POST /bank/949/v1/statement HTTP/1.1\r\nHost: x\r\n")
            if place % 2:
                line.sendall(b"Content-Length: 1000000\r\n\r\n" + bytes(100))
            held.append(line)
        answered = [
            served.code(f"/bank/{ALTYN}/v1/statement", aigul.order("statement", Statement(1)))
            for _ in range(5)
        ]
        assert answered == [(200, "")] * 5
    finally:
        for line in held:
            line.close()


def test_one_device_gets_no_more_keys_than_the_list_can_bear(tmp_path: Path) -> None:
    town = open_town(tmp_path, keys_per_device=2 * BATCH_MAX_KEYS)
    aigul, dana = town.phone(AIGUL), town.phone(DANA)
    for _ in range(2):
        aigul.certify(BATCH_MAX_KEYS)
    with pytest.raises(AssertionError, match=Code.KEYS_EXHAUSTED.value):
        aigul.certify(1)
    assert aigul.enrolled is not None
    with town.platform.banks[ALTYN].desk.store.reading() as rows:
        assert len(rows.keys_of(aigul.enrolled.device)) == 2 * BATCH_MAX_KEYS
    assert len(dana.certify(1)) == 1, "nobody else is the poorer for it"
    town.clock.set(town.clock.now() + 200 * 86_400)
    assert len(aigul.certify(1)) == 1, "certificates that have ended count no more"
    town.platform.close()


def test_a_flood_of_orphans_leaves_sixteen(town: Town) -> None:
    """Roots that never were, signed by an issuer's key that was stolen: nobody's money, and not much room."""
    aigul = town.phone(AIGUL)
    (key,) = aigul.certify(1)
    issuer = town.platform.nbk.desk.vault.key("issuer")
    most = PlatformConfig().orphans_per_device
    states: list[str] = []
    for batch in range(2):
        items = []
        for place in range(24):
            expiry = town.clock.now() + 30 * 86_400
            root = Root(NBK, numbered(f"{batch} {place}")[:16], 100, key, 15, expiry)
            items.append(aigul.claim(issue_root(root, issuer)))
        states += [one.state for one in settle(aigul, items).claims]
    assert (states.count(WAITING), states.count(REFUSED)) == (most, len(states) - most)
    assert aigul.balances().dt_tiyn == 0


def test_a_bank_does_not_raise_the_number_of_orphans_by_its_word(town: Town) -> None:
    aigul = town.phone(AIGUL)
    (key,) = aigul.certify(1)
    issuer = town.platform.nbk.desk.vault.key("issuer")
    items = []
    for place in range(40):
        root = Root(NBK, numbered(f"{place}")[:16], 100, key, 15, town.clock.now() + 30 * 86_400)
        items.append(aigul.claim(issue_root(root, issuer)))
    told = town.platform.banks[ALTYN].desk.inquire(NBK, "settle-tokens", Settle((), tuple(items), 0, 10_000))
    assert isinstance(told, Settled)
    assert [one.state for one in told.claims].count(WAITING) == PlatformConfig().orphans_per_device


def test_claims_for_an_account_that_is_nowhere_are_not_tried_for_ever(town: Town) -> None:
    """Each would be a movement that its bank refuses, at each tick again, at everybody's expense."""
    aigul = town.rich_phone(AIGUL, 100)
    tokens = aigul.load(*[1] * 5)
    items = []
    for place, token in enumerate(tokens):
        holding = holding_of(aigul, token)
        claim = Claim(holding.output, ALTYN, numbered(f"nowhere {place}"))
        signed = envelope.sign(Typ.CLAIM, claim.payload(), aigul.keys[holding.holder]).to_bytes()
        items.append(ClaimItem(token, aigul.certificates[holding.holder], signed))
    assert refused(aigul.ask("settle", Settle((), tuple(items))), Code.ACCOUNT_UNKNOWN)
    with town.platform.nbk.desk.store.reading() as rows:
        assert rows.claims_in(READY) == []
    assert settle(aigul, tokens[:1]).claims[0].amount_tiyn == TENGE, "and what is hers she may still claim"


def test_one_payment_under_many_names_asks_its_payee_a_few_times(town: Town) -> None:
    aigul, bolat = town.rich_phone(AIGUL, 100), town.phone(BOLAT)
    (token,) = aigul.load(100)
    paid, _ = hand_over(aigul, token, bolat)
    certificate = bolat.certificates[holding_of(bolat, paid).holder]
    answers = [
        aigul.ask("hand-over", HandOver(place.to_bytes(16, "big"), certificate, (paid,)))
        for place in range(NAMES_MOST + 3)
    ]
    assert sum(isinstance(one, Refusal) for one in answers) == 3
    assert refused(answers[-1], Code.REQUEST_REPLAYED)
    assert not isinstance(aigul.ask("hand-over", HandOver(bytes(16), certificate, (paid,))), Refusal)


def test_a_giant_upload_is_judged_in_the_time_of_its_signatures(town: Town) -> None:
    """As much history as one order can carry: each token on its own, none twice, and others are served."""
    aigul, bolat = town.rich_phone(AIGUL, 100), town.phone(BOLAT)
    (token,) = aigul.load(100)
    for hop in range(15):
        payer, payee = (aigul, bolat) if hop % 2 == 0 else (bolat, aigul)
        token, _ = hand_over(payer, token, payee)
    told = settle(bolat, [], [token] * 200)
    assert [one.state for one in told.records].count("recorded") == 1
    assert len(told.records) == 200
    assert settle(bolat, [token]).claims[0].amount_tiyn == 100 * TENGE


def test_guessing_activation_codes_online_takes_longer_than_they_live() -> None:
    """A thousand guesses a second against a thousand open codes: the chance of one hit while they live."""
    guesses = 1_000 * CODE_LIFE_S
    assert guesses * 1_000 < 10**CODE_DIGITS // 10_000
    page = (Path(__file__).resolve().parents[2] / "docs" / "threat-model.md").read_text(encoding="utf-8")
    assert f"{CODE_DIGITS} digits" in page


ALL = (ALTYN, EURASIAN, NBK, NOTARY, ID_CENTRE, CERTIFICATION_CENTRE)


def wrong_ways() -> Iterator[tuple[str, int, int]]:
    """Every kind from everybody who may not send it, to whoever answers it and to one who does not."""
    for kind in KINDS.values():
        for sender in ALL:
            answers = [to for to in ALL if permitted(kind, sender, to)]
            others = [to for to in ALL if to not in answers]
            for to in others[:1]:
                yield kind.name, sender, to


@pytest.mark.row("DT-P-12")
def test_no_participant_asks_for_what_is_not_its_own_to_ask(town: Town) -> None:
    platform = town.platform
    desks: dict[int, Desk[Any]] = {
        NBK: platform.nbk.desk,
        NOTARY: platform.notary.desk,
        ID_CENTRE: platform.id_centre.desk,
        CERTIFICATION_CENTRE: platform.certification.desk,
        **{number: bank.desk for number, bank in platform.banks.items()},
    }
    tried = 0
    for name, sender, to in wrong_ways():
        key = desks[sender].vault.key("messages")
        body = open_order(example(KINDS[name])).order.body
        order = Order(name, sender, to, key_id(key.public_key), town.entropy.draw(16), town.clock.now(), body)
        answer = platform.gateway.platform(name, make_order(order, key))
        code = REPLY.decode(open_envelope(answer, Typ.REPLY, "reply").payload, "reply").code
        assert code == Code.NOT_PERMITTED, (name, sender, to)
        tried += 1
    assert tried > 200


@pytest.mark.row("DT-Z-01")
def test_orders_from_before_a_restart_move_nothing_after_it(tmp_path: Path) -> None:
    first = open_town(tmp_path)
    first.stock(ALTYN, 1_000)
    aigul, dana = first.rich_phone(AIGUL, 100), first.phone(DANA)
    (token,) = aigul.load(40)
    paid, _ = hand_over(aigul, token, dana)
    orders = [
        ("transfer", aigul.order("transfer", Transfer(BY_PHONE, DANA.phone, 10 * TENGE, "once"))),
        ("settle", dana.order("settle", Settle((), (dana.claim(paid),)))),
    ]
    answers = [(aigul if kind == "transfer" else dana).send(kind, raw) for kind, raw in orders]
    assert not [one for one in answers if isinstance(one, Refusal)]
    balances = aigul.balances().dt_tiyn, dana.balances().dt_tiyn
    first.platform.close()
    again = open_town_again(tmp_path, first)
    for phone, (kind, raw), answer in zip((aigul, dana), orders, answers, strict=True):
        phone.town = again
        assert phone.send(kind, raw) == answer, "the answer of then, and no second deed"
    assert (aigul.balances().dt_tiyn, dana.balances().dt_tiyn) == balances == (50 * TENGE, 50 * TENGE)
    liability, located = again.equation()
    assert liability == located
    again.platform.close()


def open_town_again(folder: Path, before: Town) -> Town:
    """The same stores after everybody's processes ended."""
    config = PlatformConfig(durable=False)
    return Town(build_platform(folder, config, before.clock, before.entropy), before.clock, before.entropy)


def test_a_second_window_on_one_wallet_waits_and_pays_nothing_twice(village: Village) -> None:
    """Two tabs: the second opener is told that the wallet is in use, and the first one works on."""
    aigul = village.wallet(AIGUL_AT_HOME, 50_000, single=True)
    with pytest.raises(Exception) as busy:
        village.reopen(None, AIGUL_AT_HOME.name)
    assert getattr(busy.value, "code", None) is Code.STORE_BUSY
    assert good(aigul.settling.deposit()).settled_tiyn == 50_000
