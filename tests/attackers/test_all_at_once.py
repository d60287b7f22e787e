"""Everything at once, over HTTP, against the real platform: one output, one token, one code, many hands."""

import os
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tender.account.client_messages import BY_PHONE, Enrol, Transfer
from tender.account.eds import REPLY
from tender.account.messages import KINDS
from tender.account.participants import ALTYN, NOTARY
from tender.account.service_messages import Notarise
from tender.account.token_messages import SETTLED, ClaimItem, Settle, Settled
from tender.cash.token import Claim
from tender.crypto import envelope
from tender.crypto.directory import TIER_SOFTWARE
from tender.crypto.envelope import Typ, open_envelope
from tender.crypto.keys import SigningKey
from tender.errors import Code
from tests.platform_stub.people import AIGUL, DANA, TENGE, Phone, numbered
from tests.platform_stub.test_doors import Served, served
from tests.settlement.offline import hand_over, holding_of, tenge_of
from town.balance_sheet import read_balance_sheet

__all__ = ["served"]

ATTEMPTS = int(os.environ.get("TENGE_ATTEMPTS", "1000"))
HANDS = 32


def all_at_once(served: Served, path: str, orders: list[bytes]) -> list[tuple[str, bytes]]:
    """Every order from a hand of its own, as near to one moment as threads come; (code, body)."""
    start = threading.Barrier(min(HANDS, len(orders)))

    def post(numbered_order: tuple[int, bytes]) -> tuple[str, bytes]:
        place, raw = numbered_order
        if place < start.parties:
            start.wait(10)
        status, _, body = served.post(path, raw)
        assert status < 500, body
        reply = REPLY.decode(open_envelope(body, Typ.REPLY, "reply").payload, "reply")
        return reply.code, reply.body

    with ThreadPoolExecutor(HANDS) as pool:
        return list(pool.map(post, enumerate(orders)))


@pytest.mark.row("DT-P-26")
@pytest.mark.row("DT-Z-09")
def test_one_output_spent_a_thousand_times_is_notarised_once_and_names_the_winner(served: Served) -> None:
    town = served.town
    altyn = town.platform.banks[ALTYN]
    with altyn.desk.store.reading() as rows:
        (output,) = rows.spendable(altyn.office.inventory.address)
    orders = [
        served.from_bank(
            ALTYN, NOTARY, "notarise", Notarise(numbered(f"{n}"), (output.id,), (numbered(f"out {n}"),))
        )
        for n in range(ATTEMPTS)
    ]
    answers = all_at_once(served, "/platform/v1/notarise", orders)
    assert Counter(code for code, _ in answers) == {"": 1, Code.ALREADY_SPENT: ATTEMPTS - 1}
    won = KINDS["notarise"].reply.decode(next(body for code, body in answers if not code), "notarise")
    with town.platform.notary.desk.store.reading() as rows:
        assert rows.consumer(output.id) == (True, won.transaction), "and everybody was told this one"


@pytest.mark.row("DT-Z-09")
def test_one_token_claimed_from_many_hands_is_credited_once(served: Served) -> None:
    """Each claim is a different order; half name another account, as only a cheat's device would sign."""
    town = served.town
    aigul, dana = town.rich_phone(AIGUL, 100), town.phone(DANA)
    (token,) = aigul.load(100)
    paid, _ = hand_over(aigul, token, dana)
    honest = dana.claim(paid)
    other = Claim(holding_of(dana, paid).output, ALTYN, aigul.address)
    holder = holding_of(dana, paid).holder
    cheat = ClaimItem(
        paid,
        dana.certificates[holder],
        envelope.sign(Typ.CLAIM, other.payload(), dana.keys[holder]).to_bytes(),
    )
    count = max(20, ATTEMPTS // 10)
    orders = [dana.order("settle", Settle((), ((honest, cheat)[n % 2],))) for n in range(count)]
    answers = all_at_once(served, f"/bank/{ALTYN}/v1/settle", orders)
    assert {code for code, _ in answers} == {""}
    for _, body in answers:
        told: Settled = KINDS["settle"].reply.decode(body, "settle")
        assert told.claims[0].state in (SETTLED, "waiting", "refused")
    town.platform.tick()
    # The root pays once; what the second signature claims is drawn from the one who signed twice: from Dana.
    assert tenge_of(town, AIGUL) + tenge_of(town, DANA) == 100
    liability, located = town.equation()
    assert liability == located


def test_one_activation_code_enrols_one_device_however_many_try_at_once(served: Served) -> None:
    town = served.town
    client = town.onboard(AIGUL)
    code = town.platform.banks[ALTYN].clients.activation_code(client)
    thieves = [Phone(town, AIGUL, SigningKey(town.entropy.draw(32))) for _ in range(HANDS)]
    orders = [
        one.order("enrol", Enrol(code, one.identity.public_key, TIER_SOFTWARE, False)) for one in thieves
    ]
    answers = all_at_once(served, f"/bank/{ALTYN}/v1/enrol", orders)
    assert Counter(code for code, _ in answers) == {"": 1, Code.ACTIVATION_WRONG: HANDS - 1}


@pytest.mark.row("DT-Z-01")
def test_two_phones_of_one_client_cannot_spend_one_balance_twice(served: Served) -> None:
    town = served.town
    aigul, dana = town.rich_phone(AIGUL, 1_000), town.phone(DANA)
    orders = [
        aigul.order("transfer", Transfer(BY_PHONE, DANA.phone, 600 * TENGE, f"{n}")) for n in range(HANDS)
    ]
    answers = all_at_once(served, f"/bank/{ALTYN}/v1/transfer", orders)
    codes = Counter(code for code, _ in answers)
    assert codes == {"": 1, Code.FUNDS_INSUFFICIENT: HANDS - 1}
    assert (aigul.balances().dt_tiyn, dana.balances().dt_tiyn) == (400 * TENGE, 600 * TENGE)


def test_one_order_in_many_hands_is_carried_out_once_and_answered_alike(
    served: Served, tmp_path: Path
) -> None:
    town = served.town
    aigul, dana = town.rich_phone(AIGUL, 1_000), town.phone(DANA)
    raw = aigul.order("transfer", Transfer(BY_PHONE, DANA.phone, 10 * TENGE, "once"))
    answers = all_at_once(served, f"/bank/{ALTYN}/v1/transfer", [raw] * (2 * HANDS))
    assert len(set(answers)) == 1 and answers[0][0] == ""
    assert dana.balances().dt_tiyn == 10 * TENGE
    assert read_balance_sheet(tmp_path).holds
