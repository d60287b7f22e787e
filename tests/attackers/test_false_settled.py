"""A bank that says *settled* and credits nothing: its own signature is left in its client's hand."""

from pathlib import Path
from typing import Any

import pytest

from device.core.model import BankReply, Payment
from device.service import evidence
from device.service.evidence import replies_about
from device.service.wallet import Wallet
from platform_stub.desk import Asked
from tender import canon
from tender.account.eds import REPLY
from tender.account.token_messages import ALREADY, SETTLED, SETTLED_REPLY, ItemState, Settle, Settled
from tender.cash.token import Claim
from tender.crypto.envelope import Typ, open_envelope
from tender.errors import Code, Refusal
from tests.wallet.test_commands import Desk
from tests.wallet.village import Village, good, hand_over
from town.cast import AIGUL, DANA


def lie(village: Village, word: str) -> None:
    """Aigul's bank answers every claim so and passes nothing on to the National Bank."""

    def settle(_asked: Asked, order: Settle) -> Settled:
        signed = [open_envelope(one.claim, Typ.CLAIM, "claim") for one in order.claims]
        claims = [Claim.from_payload(one.payload, "claim") for one in signed]
        return Settled((), tuple(ItemState(one.parent, word, "", 10_000) for one in claims))

    village.platform.banks[AIGUL.bank].desk.handlers["settle"] = settle


def saved(file: Path) -> list[tuple[bytes, list[bytes]]]:
    """The file, read as its docstring says."""
    found: Any = canon.decode(file.read_bytes())
    return [(raw, claims) for raw, claims in found]


def deposit_of(wallet: Wallet) -> Payment:
    (found,) = [one for one in wallet.view.history() if one.channel == "deposit"]
    return found


@pytest.mark.parametrize("word", [SETTLED, ALREADY])
def test_a_bank_that_says_settled_and_credits_nothing_has_signed_it(village: Village, word: str) -> None:
    aigul = village.wallet(AIGUL, 10_000, single=True)
    (coin,) = aigul.view.coins()
    lie(village, word)
    assert good(aigul.settling.deposit()).settled_tiyn == 10_000
    assert (aigul.view.coins(), good(aigul.bank.statement()).balances.dt_tiyn) == ((), 0), "the lie"
    (kept,) = good(replies_about(aigul.desk, deposit_of(aigul)))
    signed = open_envelope(kept.raw, Typ.REPLY, "reply")
    signed.check(aigul.desk.trust.messages_key(AIGUL.bank, "bank"), "reply")
    told = SETTLED_REPLY.decode(REPLY.decode(signed.payload, "reply").body, "settled")
    assert [(one.output, one.state) for one in told.claims] == [(coin.output, word)]
    (claim,) = kept.claims
    named = open_envelope(claim, Typ.CLAIM, "claim")
    named.check(coin.holder, "claim")
    assert Claim.from_payload(named.payload, "claim").parent == coin.output


def test_an_honest_word_is_kept_too_and_a_payment_never_claimed_has_none(village: Village) -> None:
    aigul, dana = village.wallet(AIGUL, 10_000), village.wallet(DANA)
    payment = hand_over(aigul, dana, 10_000)
    paid = dana.desk.store.get(Payment, payment)
    assert paid is not None
    assert replies_about(dana.desk, paid) == Refusal(Code.PAYMENT_UNKNOWN, "receipt")
    good(dana.settling.deposit())
    assert len(good(replies_about(dana.desk, paid))) == 1, "found from the payment as from the deposit"


def test_what_is_kept_is_bounded(village: Village, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(evidence, "REPLIES_MOST", 3)
    aigul = village.wallet(AIGUL, 50_000)
    for _ in range(5):
        village.clock.advance(60)
        good(aigul.settling.deposit(10_000))
    kept = aigul.desk.store.all(BankReply)
    assert sorted(one.time for one in kept) == [village.clock.now() - 60 * place for place in (2, 1, 0)]


def test_the_owner_takes_it_away_as_a_file(
    village: Village, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    desk = Desk(village, monkeypatch)
    desk.moves_in(AIGUL, "100")
    lie(village, SETTLED)
    desk.does("deposit", "--all", "-w", AIGUL.name)
    (line,) = [
        one for one in desk.told("history", "-w", AIGUL.name)["payments"] if one["channel"] == "deposit"
    ]
    out = tmp_path / "bank.cbor"
    told = desk.told("receipt", line["payment"], "--bank", "--out", str(out), "-w", AIGUL.name)
    assert [[bytes.fromhex(one["reply"]), *one["claims"]] for one in told["replies"]] == [
        [raw, *(claim.hex() for claim in claims)] for raw, claims in saved(out)
    ]
    ((raw, _),) = saved(out)
    assert desk.does("receipt", line["payment"], "--bank", "-w", AIGUL.name).startswith(raw.hex())
