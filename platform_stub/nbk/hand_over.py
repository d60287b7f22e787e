"""Keep or return, at the National Bank (docs/adr/0015).

A payer hands a signed payment over that was never acknowledged. It is recorded, which moves nothing; the
payee's bank is asked; the payee's device keeps it, gives it back by a link, or, where no link could be
verified any more, by a claim in the payer's favour. Silence until expiry and claim window have passed credits
the payer.
"""

from dataclasses import replace
from hashlib import sha256

from platform_stub.desk import Asked, derive
from platform_stub.nbk.national_bank import NationalBank
from platform_stub.nbk.settlement import Examined, examine, post
from platform_stub.nbk.settlement_claims import Effect, Terms
from platform_stub.nbk.settlement_desk import SettlementDesk
from platform_stub.nbk.settlement_refunds import claim_for
from platform_stub.nbk.store import NbkRows
from platform_stub.store.hand_over_rows import HandOverRow
from tender.account.client_messages import Empty
from tender.account.hand_over_messages import (
    ASKED,
    KEPT,
    PASSED_OVER,
    RETURNED,
    SILENT,
    Answer,
    HandedOver,
    KeepOrReturn,
    PassedOver,
)
from tender.account.token_messages import Settle
from tender.cash.chain import Holding, is_return, read_chain
from tender.cash.messages import ReceiptMessage, Return, open_message
from tender.crypto.certificates import DAY_S, DeviceCertificate
from tender.errors import Code, Refusal, RemoteProtocolError

NAMES_MOST = 8
"""How often the same money may be handed over: the payer chooses what it calls a payment, and each name is
another question to its payee."""


class HandOverDesk:
    """Answers ``hand-over-tokens`` and ``kept-or-returned``."""

    def __init__(self, bank: NationalBank, settlement: SettlementDesk) -> None:
        self._nbk = bank
        self._settlement = settlement
        bank.desk.handlers.update({"hand-over-tokens": self._hand_over, "kept-or-returned": self._answered})

    # --- the payer's bank

    def _hand_over(self, asked: Asked, order: PassedOver) -> HandedOver | Refusal:
        trust = self._nbk.desk.trust
        examined, _ = examine(Settle(order.tokens, ()), trust)
        holdings: list[Holding] = []
        for one in examined:
            if one.holding is None:
                return one.refusal or Refusal(Code.FIELD_WRONG, "hand-over.tokens")
            holdings.append(one.holding)
        payee = _payee(order, holdings, asked.sender)
        payee.check(trust.bank(payee.issuer, "hand-over.certificate").key, "hand-over.certificate")
        until = max(one.root.expiry for one in holdings) + self._window_s
        row = HandOverRow(
            reference_of(order.payment_id, holdings),
            asked.sender,
            order.address,
            payee.issuer,
            payee.key,
            order.payment_id,
            PASSED_OVER.encode(order),
            until,
            ASKED,
            b"",
        )
        with self._nbk.desk.store.writing() as rows:
            told, effects = post(rows, (examined, ()), trust, asked.now, self._terms)
            unknown = next((one for one in told.records if one.code), None)
            if unknown is not None:
                return Refusal(Code(unknown.code), "hand-over.tokens")
            self._settlement.follow(rows, effects)
            known = _kept(rows, row.key)
            before = [known[one.output] for one in holdings if one.output in known]
            if len(before) == len(holdings):
                # Acknowledged for good, whatever its payer calls it the next time.
                return HandedOver(KEPT, until, tuple({one.answer for one in before}))
            if rows.hand_over(row.reference) is None and _names_of(rows, row.key, holdings) >= NAMES_MOST:
                return Refusal(Code.REQUEST_REPLAYED, "hand-over.payment_id", (("most", NAMES_MOST),))
            if rows.add_hand_over(row, asked.now) and not _claimed(rows, holdings):
                body = _question(row, order.tokens, holdings, payee)
                self._nbk.desk.post(
                    rows, payee.issuer, "keep-or-return", body, derive(row.reference, "keep-or-return")
                )
        self._settlement.tick()
        self.tick()
        return self._state(row.reference, holdings)

    def _state(self, reference: bytes, holdings: list[Holding]) -> HandedOver:
        with self._nbk.desk.store.reading() as rows:
            row = rows.hand_over(reference)
            assert row is not None
            # The payee's own claim counts as its receipt.
            state = KEPT if row.state == ASKED and _claimed(rows, holdings) else row.state
        return HandedOver(state, row.until, (row.answer,) if row.answer else ())

    @property
    def _window_s(self) -> int:
        return self._nbk.config.claim_window_days * DAY_S

    @property
    def _terms(self) -> Terms:
        return Terms(self._window_s, self._nbk.config.review_above_tiyn)

    # --- the payee's bank

    def _answered(self, asked: Asked, answer: Answer) -> Empty | Refusal:
        with self._nbk.desk.store.reading() as rows:
            row = rows.hand_over(answer.reference)
        if row is None or row.payee_bank != asked.sender:
            return Refusal(Code.NOT_PERMITTED, "kept-or-returned.reference")
        holdings = [read_chain(packed) for packed in _tokens(row)]
        if not answer.claims and answer.message and isinstance(open_message(answer.message), ReceiptMessage):
            _check_receipt(answer.message, row, holdings)
            with self._nbk.desk.store.writing() as rows:
                rows.turn_hand_over(row.reference, KEPT, answer.message)
            return Empty()
        return self._returned(asked, answer, row, {one.output for one in holdings})

    def _returned(
        self, asked: Asked, answer: Answer, row: HandOverRow, outputs: set[bytes]
    ) -> Empty | Refusal:
        trust = self._nbk.desk.trust
        tokens: tuple[bytes, ...] = ()
        if answer.message:
            message = open_message(answer.message)
            if not isinstance(message, Return):
                return Refusal(Code.FIELD_WRONG, "kept-or-returned.message")
            tokens = message.tokens
        records, claims = examine(Settle(tokens, answer.claims), trust)
        back = {_given_back(one) for one in records} | {_claimed_for(one, row) for one in claims}
        if back != outputs:
            return Refusal(Code.AMOUNT_MISMATCH, "kept-or-returned")
        # An account has no colour: what a claim brings back keeps its own (docs/adr/0014).
        claims = [
            replace(one, rule=one.holding.rule.to_bytes()) if one.holding and one.holding.rule else one
            for one in claims
        ]
        with self._nbk.desk.store.writing() as rows:
            _, effects = post(rows, (records, claims), trust, asked.now, self._terms)
            self._settlement.follow(rows, effects)
            rows.turn_hand_over(row.reference, RETURNED, answer.message)
        self._settlement.tick()
        return Empty()

    # --- silence

    def tick(self) -> None:
        """Credit the payer for what nobody kept and nobody claimed in time. Safe to repeat."""
        now = self._nbk.desk.clock.now()
        with self._nbk.desk.store.reading() as rows:
            if not rows.hand_overs_unanswered(now):
                return
        with self._nbk.desk.store.writing() as rows:
            for row in rows.hand_overs_unanswered(now):
                self._settlement.follow(rows, _credit_payer(rows, row, now))
                rows.turn_hand_over(row.reference, SILENT, b"")
        self._settlement.tick()

    def all(self) -> list[HandOverRow]:
        """Every hand-over, oldest first, for the operator."""
        with self._nbk.desk.store.reading() as rows:
            return rows.hand_overs()


def reference_of(payment_id: bytes, holdings: list[Holding]) -> bytes:
    """Names a hand-over by the payment and the outputs it made (32 bytes)."""
    outputs = sorted(one.output for one in holdings)
    return sha256(b"dt-hand-over.v1" + payment_id + b"".join(outputs)).digest()


def _payee(order: PassedOver, holdings: list[Holding], sender: int) -> DeviceCertificate:
    """The payee's certificate; all tokens are its, and all were signed by devices of the asking bank.

    What gives money back answers no request: its receiver may hold it, and would be asked to sign it away.
    """
    keys = {one.holder for one in holdings}
    if len(keys) != 1 or len({one.output for one in holdings}) != len(holdings):
        raise RemoteProtocolError(Code.FIELD_WRONG, "hand-over.tokens")
    for one in holdings:
        last = one.last
        if last is None or last.continues_on_change or last.device_certificate().issuer != sender:
            raise RemoteProtocolError(Code.NOT_PERMITTED, "hand-over.tokens")
        if not (last.nonce or one.came_by_payment):
            raise RemoteProtocolError(Code.REQUEST_NOT_OURS, "hand-over.tokens")
    return DeviceCertificate.unpack(order.certificate, keys.pop(), "hand-over.certificate")


def _question(
    row: HandOverRow, tokens: tuple[bytes, ...], holdings: list[Holding], payee: DeviceCertificate
) -> KeepOrReturn:
    """The payer's account is named only where no link of the payee's could be verified any more."""
    no_link = any(
        one.hops_left < 1
        or payee.expiry < one.root.expiry
        or not (one.rule is None or one.rule.allows(payee.category, payee.business_number))
        for one in holdings
    )
    return KeepOrReturn(
        row.reference,
        row.payment_id,
        row.key,
        tokens,
        row.until,
        row.bank,
        row.address if no_link else None,
    )


def _claimed(rows: NbkRows, holdings: list[Holding]) -> bool:
    return all(rows.claims_on(one.output) for one in holdings)


def _kept(rows: NbkRows, key: bytes) -> dict[bytes, HandOverRow]:
    """Each output that the payee with this key has acknowledged, under whatever name it was handed over."""
    kept = [one for one in rows.hand_overs_to(key) if one.state == KEPT]
    return {read_chain(packed).output: one for one in kept for packed in _tokens(one)}


def _names_of(rows: NbkRows, key: bytes, holdings: list[Holding]) -> int:
    """Under how many names some of these outputs were handed over."""
    outputs = {one.output for one in holdings}
    return sum(
        any(read_chain(packed).output in outputs for packed in _tokens(one))
        for one in rows.hand_overs_to(key)
    )


def _tokens(row: HandOverRow) -> tuple[bytes, ...]:
    order: PassedOver = PASSED_OVER.decode(row.passed, "hand-over")
    return order.tokens


def _check_receipt(data: bytes, row: HandOverRow, holdings: list[Holding]) -> None:
    """A receipt of the payee's own for all these outputs; raises ``receipt-wrong``."""
    message = open_message(data)
    assert isinstance(message, ReceiptMessage)
    message.envelope.check(row.key, "kept-or-returned.receipt")
    # What a payer calls the payment proves nothing; the outputs are what it paid.
    if not {one.output for one in holdings} <= set(message.receipt.outputs):
        raise RemoteProtocolError(Code.RECEIPT_WRONG, "kept-or-returned.receipt")


def _given_back(one: Examined) -> bytes:
    """The output that a record's last link gives back whole; raises ``field-wrong`` for anything else."""
    spends = one.holding.spends if one.holding is not None else ()
    if len(spends) < 2 or not is_return(spends[-1], spends[-2]):
        raise RemoteProtocolError(Code.FIELD_WRONG, "kept-or-returned.tokens")
    return spends[-1].parent


def _claimed_for(one: Examined, row: HandOverRow) -> bytes:
    """The output that a claim brings to the payer's account; raises ``not-permitted`` for any other's."""
    claim = one.claim
    if claim is None or (claim.bank, claim.address) != (row.bank, row.address):
        raise RemoteProtocolError(Code.NOT_PERMITTED, "kept-or-returned.claims")
    return one.output


def _credit_payer(rows: NbkRows, row: HandOverRow, now: int) -> list[Effect]:
    """As if the payer had claimed what its payee neither kept, spent nor claimed; somebody paid from the same
    root before has been paid, and nobody answers for that."""
    effects: list[Effect] = []
    acknowledged = _kept(rows, row.key)
    for packed in _tokens(row):
        holding = read_chain(packed)
        output = holding.output
        node = rows.token_output(output)
        if node is None or output in acknowledged or rows.spends_of(output) or rows.claims_on(output):
            continue
        effects += claim_for(rows, node, (row.bank, row.address), holding.rule, now)
    return effects
