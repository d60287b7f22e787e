"""Keep or return: a payment without a receipt is handed to the platform, and ends with one owner."""

import pytest

from device.service.wallet import Wallet
from platform_stub.config import PlatformConfig
from tender.account.hand_over_messages import HandOver
from tender.cash.messages import Kind, Return, open_message, unwrap
from tender.errors import Code, LinkError, Refusal
from tests.wallet.village import Village, approved, good, hand_over
from town.balance_sheet import read_balance_sheet
from town.cast import AIGUL, DANA, MERCHANT

LOADED = 100_000
PRICE = 30_000
DAY_S = 86_400
SILENCE_S = (PlatformConfig().token_days + PlatformConfig().claim_window_days) * DAY_S


def undelivered(payer: Wallet, payee: Wallet, amount_tiyn: int = PRICE) -> tuple[bytes, bytes]:
    """Signed, stored, and lost on the way: the payment's id and the message that never came."""
    asked = good(payee.money.request(amount_tiyn))
    return asked.payment, approved(payer.money, asked.message).messages[-1]


def status_of(wallet: Wallet, payment: bytes) -> str:
    return good(wallet.view.payment(payment.hex())).status


def held(*wallets: Wallet) -> list[int]:
    return [one.view.balance().spendable_tiyn for one in wallets]


def outcomes(wallet: Wallet) -> list[str]:
    """What a sync says of payments that were handed over."""
    return [one.outcome for one in good(wallet.settling.sync()).late]


def equation_holds(village: Village) -> None:
    village.platform.tick()
    sheet = read_balance_sheet(village.folder / "platform")
    assert sheet.holds, sheet


def test_a_payee_whose_request_is_open_keeps_it_and_the_receipt_comes_back_through_the_platform(
    village: Village,
) -> None:
    aigul, dana = village.wallet(AIGUL, LOADED), village.wallet(DANA)
    payment, _ = undelivered(aigul, dana)
    told = good(aigul.hand_overs.hand_over(payment))
    assert (told.outcome, status_of(aigul, payment)) == ("asked", "handed-over")
    assert held(aigul, dana) == [LOADED - PRICE, 0], "handing over moves nothing"
    assert outcomes(dana) == ["kept-here"]
    assert held(aigul, dana) == [LOADED - PRICE, PRICE]
    assert outcomes(aigul) == ["kept"]
    assert status_of(aigul, payment) == "paid"
    kind, _ = unwrap(good(aigul.money.receipt(payment)).receipt)
    assert kind is Kind.RECEIPT
    assert good(dana.settling.deposit()).settled_tiyn == PRICE
    equation_holds(village)


def test_a_payee_who_gave_up_waiting_returns_it_and_the_payer_may_spend_it(village: Village) -> None:
    aigul, dana = village.wallet(AIGUL, LOADED), village.wallet(DANA)
    payment, _ = undelivered(aigul, dana)
    good(dana.money.cancel(payment))
    good(aigul.hand_overs.hand_over(payment))
    assert outcomes(dana) == ["given-back"]
    assert outcomes(aigul) == ["returned"]
    assert status_of(aigul, payment) == "returned"
    assert held(aigul, dana) == [LOADED, 0]
    hand_over(aigul, dana, LOADED)
    assert good(dana.settling.deposit()).settled_tiyn == LOADED
    equation_holds(village)


def test_silence_until_the_claim_window_ends_credits_the_payer_and_not_a_second_before(
    village: Village,
) -> None:
    aigul, dana = village.wallet(AIGUL, LOADED, single=True), village.wallet(DANA)
    payment, _ = undelivered(aigul, dana)
    until = good(aigul.hand_overs.hand_over(payment)).until
    village.clock.set(until - 1)
    village.platform.tick()
    assert outcomes(aigul) == ["asked"]
    village.clock.set(until)
    assert outcomes(aigul) == ["silent"]
    assert status_of(aigul, payment) == "returned"
    assert good(aigul.bank.statement()).balances.dt_tiyn == PRICE
    assert outcomes(aigul) == [], "told once"
    equation_holds(village)
    dana.settling.sync()
    assert good(dana.settling.deposit()).settled_tiyn == 0, "the payee comes too late"
    assert good(dana.bank.statement()).balances.dt_tiyn == 0
    equation_holds(village)


def test_money_that_expired_while_it_was_asked_about_is_kept_and_can_be_deposited(village: Village) -> None:
    aigul, dana = village.wallet(AIGUL, LOADED), village.wallet(DANA)
    payment, _ = undelivered(aigul, dana)
    good(aigul.hand_overs.hand_over(payment))
    village.clock.advance(PlatformConfig().token_days * DAY_S + 1)
    assert outcomes(dana) == ["kept-here"]
    assert good(dana.settling.deposit()).settled_tiyn == PRICE
    assert outcomes(aigul) == ["kept"]
    equation_holds(village)


def test_a_payer_who_hands_over_what_the_payee_had_gets_the_receipt_it_missed(village: Village) -> None:
    aigul, dana = village.wallet(AIGUL, LOADED), village.wallet(DANA)
    payment, transfer = undelivered(aigul, dana)
    good(dana.money.receive(transfer))
    good(aigul.hand_overs.hand_over(payment))
    assert outcomes(dana) == ["kept-here"]
    assert held(aigul, dana) == [LOADED - PRICE, PRICE], "nothing is counted twice"
    assert outcomes(aigul) == ["kept"]
    assert status_of(aigul, payment) in ("paid", "recorded")
    equation_holds(village)


def test_a_payee_who_denies_and_claims_all_the_same_has_given_the_receipt_by_that(village: Village) -> None:
    aigul, dana = village.wallet(AIGUL, LOADED), village.wallet(DANA)
    payment, transfer = undelivered(aigul, dana)
    good(aigul.hand_overs.hand_over(payment))
    good(dana.money.receive(transfer))
    assert good(dana.settling.deposit()).settled_tiyn == PRICE
    village.clock.advance(SILENCE_S + 1)
    assert outcomes(aigul) == ["kept"]
    assert status_of(aigul, payment) == "settled"
    assert good(aigul.bank.statement()).balances.dt_tiyn == 0
    equation_holds(village)


def test_the_same_hand_over_again_and_a_lost_answer_change_nothing(village: Village) -> None:
    aigul, dana = village.wallet(AIGUL, LOADED), village.wallet(DANA)
    payment, _ = undelivered(aigul, dana)
    village.line.lose_answers = 1
    with pytest.raises(LinkError):
        aigul.hand_overs.hand_over(payment)
    for _ in range(2):
        assert good(aigul.hand_overs.hand_over(payment)).outcome == "asked"
    assert len(village.platform.hand_overs.all()) == 1
    assert outcomes(dana) == ["kept-here"]
    assert outcomes(dana) == []
    assert outcomes(aigul) == ["kept"]


def test_a_payees_answer_that_is_lost_is_given_again_in_the_same_bytes(village: Village) -> None:
    aigul, dana = village.wallet(AIGUL, LOADED), village.wallet(DANA)
    payment, _ = undelivered(aigul, dana)
    good(dana.money.cancel(payment))
    good(aigul.hand_overs.hand_over(payment))
    line, sent = village.line, village.line.send

    def cut(path: str, raw: bytes) -> bytes:
        if path.endswith("late-money") and sum(one.endswith("late-money") for one in line.sent) == 1:
            raise LinkError(Code.PLATFORM_UNREACHABLE, "wire")
        return sent(path, raw)

    line.send = cut  # type: ignore[method-assign]
    assert outcomes(dana) == ["given-back"]
    line.send = sent  # type: ignore[method-assign]
    assert outcomes(aigul) == ["asked"], "the answer never arrived"
    assert outcomes(dana) == ["given-back"]
    assert outcomes(aigul) == ["returned"]
    assert held(aigul, dana) == [LOADED, 0]
    equation_holds(village)


def test_nobody_hands_over_what_somebody_else_paid(village: Village) -> None:
    """A modified wallet shows the line that carries another's payment: its bank knows its own devices."""
    aigul, dana, merchant = (village.wallet(one, LOADED) for one in (AIGUL, DANA, MERCHANT))
    asked = good(merchant.money.request(PRICE))
    transfer = open_message(approved(aigul.money, asked.message).messages[-1])
    certificate = open_message(asked.message).request.certificate  # type: ignore[union-attr]
    stolen = HandOver(asked.payment, certificate, transfer.tokens)  # type: ignore[union-attr]
    refused = dana.bank.line.ask("hand-over", stolen)
    assert isinstance(refused, Refusal)
    assert refused.code is Code.NOT_PERMITTED
    assert village.platform.hand_overs.all() == []


def test_a_false_name_of_the_payment_makes_no_payee_give_back_what_it_keeps(village: Village) -> None:
    """A modified payer hands a kept payment over under another id, hoping that the payee does not know it."""
    aigul, dana = village.wallet(AIGUL, LOADED), village.wallet(DANA)
    payment, transfer = undelivered(aigul, dana)
    good(dana.money.receive(transfer))
    asked = good(dana.money.requested(payment))
    certificate = open_message(asked.message).request.certificate  # type: ignore[union-attr]
    tokens = open_message(transfer).tokens  # type: ignore[union-attr]
    good(aigul.bank.line.ask("hand-over", HandOver(bytes(16), certificate, tokens)))
    assert outcomes(dana) == ["kept-here"]
    assert held(dana) == [PRICE]
    assert [one.state for one in village.platform.hand_overs.all()] == ["kept"]


def test_what_is_acknowledged_not_signed_or_unknown_cannot_be_handed_over(village: Village) -> None:
    aigul, dana = village.wallet(AIGUL, LOADED), village.wallet(DANA)
    paid = hand_over(aigul, dana, PRICE)
    asked = good(dana.money.request(PRICE))
    aigul.money.propose(asked.message)
    codes = [aigul.hand_overs.hand_over(one) for one in (paid, asked.payment, bytes(16))]
    assert [one.code for one in codes if isinstance(one, Refusal)] == [
        Code.HAND_OVER_NEEDLESS,
        Code.HAND_OVER_NEEDLESS,
        Code.PAYMENT_UNKNOWN,
    ]


def test_money_without_a_hop_left_comes_back_by_a_claim_to_the_payers_account(village: Village) -> None:
    village = Village(village.folder / "one-hop", hops_max=1)
    aigul, dana = village.wallet(AIGUL, LOADED, single=True), village.wallet(DANA)
    payment, _ = undelivered(aigul, dana, LOADED)
    good(dana.money.cancel(payment))
    good(aigul.hand_overs.hand_over(payment))
    assert outcomes(dana) == ["given-back"]
    assert outcomes(aigul) == ["returned"]
    assert status_of(aigul, payment) == "returned"
    assert aigul.view.balance().account_tiyn == LOADED
    equation_holds(village)


def test_a_payee_that_may_not_hold_so_much_is_told_and_keeps_it_after_a_deposit(village: Village) -> None:
    aigul, dana = village.wallet(AIGUL, LOADED), village.wallet(DANA)
    good(dana.bank.convert("to-dt", dana.desk.profile().holding_tiyn))
    good(dana.bank.load(dana.desk.profile().holding_tiyn))
    returned, sent = undelivered(dana, aigul)
    payment, _ = undelivered(aigul, dana)
    good(aigul.money.cancel(returned))
    good(dana.money.receive(good(aigul.money.receive(sent)).messages[-1]))
    good(aigul.hand_overs.hand_over(payment))
    waits = good(dana.settling.sync()).late
    assert [(one.outcome, one.code) for one in waits] == [("waits", Code.LIMIT_HOLDING.value)]
    assert outcomes(aigul) == ["asked"]
    good(dana.settling.deposit())
    assert outcomes(dana) == ["kept-here"]
    assert outcomes(aigul) == ["kept"]


def test_a_return_is_a_link_to_whoever_paid(village: Village) -> None:
    aigul, dana = village.wallet(AIGUL, LOADED), village.wallet(DANA)
    payment, _ = undelivered(aigul, dana)
    good(dana.money.cancel(payment))
    good(aigul.hand_overs.hand_over(payment))
    dana.settling.sync()
    (row,) = village.platform.hand_overs.all()
    message = open_message(row.answer)
    assert isinstance(message, Return)
    back = aigul.desk.holding(message.tokens[0])
    assert back.spends[-2].signer == back.holder
