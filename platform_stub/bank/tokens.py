"""Offline tokens through the bank: load, settle, sync. The bank vouches for its device and passes on."""

from collections.abc import Sequence
from dataclasses import replace

from platform_stub.bank.office import Office
from platform_stub.bank.store import BankRows, DeviceKey
from platform_stub.desk import Asked, derive
from tender.account.participant_messages import (
    Fate,
    FateQuestion,
    LoadRoots,
    Movement,
    RootFor,
    RootsMade,
)
from tender.account.participants import CERTIFICATION_CENTRE, NBK
from tender.account.service_messages import Lists, ListsTold
from tender.account.token_messages import (
    ItemState,
    Load,
    Loaded,
    Notice,
    RootWanted,
    Settle,
    Settled,
    Sync,
    Synced,
)
from tender.account.transaction import Payee, Purpose
from tender.cash.revocation import open_list
from tender.cash.revocation_step import open_step
from tender.cash.token import Claim, Rule
from tender.crypto.certificates import DAY_S, DeviceCertificate
from tender.crypto.envelope import Typ, open_envelope
from tender.errors import Code, Refusal, RemoteProtocolError

LOAD_SLACK_DAYS = 2
LATE_MONEY_NOTICE = "late-money"
"""Payments to this device were handed over and wait for its answer."""


class Tokens:
    """What a device asks about its tokens."""

    def __init__(self, office: Office) -> None:
        self._office = office
        self._desk = office.desk
        self._node = office.node
        self._desk.handlers.update({"load": self._load, "settle": self._settle, "sync": self._sync})

    def _load(self, asked: Asked, order: Load) -> Loaded | Refusal:
        client, account = self._office.client_and_account(asked)
        if order.rule is not None:
            Rule.from_bytes(order.rule, "load.rule")
        total_tiyn = sum(one.amount_tiyn for one in order.roots)
        with self._desk.store.reading() as rows:
            begun = rows.movement(asked.operation) is not None
        roots = self.roots(asked, order.roots, begun=begun)
        if isinstance(roots, Refusal):
            return roots
        vault = self._office.vault()
        if isinstance(vault, Refusal):
            return vault

        def finish(rows: BankRows, movement: Movement) -> None:
            reference = movement.signed.transaction.id
            self._office.enter(rows, client.number, "load", "dt", -total_tiyn, reference, status="on device")

        payees = (Payee(NBK, vault.load, total_tiyn),)
        refused = self._node.prepare(asked.operation, Purpose.LOAD, account, payees, asked)
        if refused is not None:
            return refused
        carried = self._node.carry(asked.operation, finish)
        if isinstance(carried, Refusal):
            return carried
        body = LoadRoots(carried, roots, order.rule)
        made = self._desk.ask(NBK, "load-roots", body, derive(asked.operation, "load-roots"))
        if isinstance(made, Refusal):
            return made
        told: RootsMade = made.body
        with self._desk.store.writing() as rows:
            rows.arrived(carried.signed.transaction.id, NBK)
            return Loaded(told.tokens, self._office.balances(rows, client.number))

    def roots(
        self, asked: Asked, wished: Sequence[RootWanted], *, begun: bool
    ) -> tuple[RootFor, ...] | Refusal:
        """Each root for a certified key of the asking device, for longer than a token lives.

        A load that had ``begun`` passed both checks then; it is finished, however late.
        """
        total_tiyn = sum(one.amount_tiyn for one in wished)
        with self._desk.store.reading() as rows:
            device, _ = self._office.who(rows, asked)
            keys = [rows.key(one.key) for one in wished]
        made: list[RootFor] = []
        outlives = asked.now + (self._office.config.token_days + LOAD_SLACK_DAYS) * DAY_S
        for place, (wanted, key) in enumerate(zip(wished, keys, strict=True)):
            field = f"load.roots[{place}].key"
            if key is None or key.device != device.number:
                return Refusal(Code.CERTIFICATE_MISSING, field)
            certificate = _certificate(key)
            if not begun and certificate.expiry < outlives:
                return Refusal(Code.CERTIFICATE_TOO_SHORT, field)
            most = self._desk.trust.profile(certificate.profile, field).holding_tiyn
            if not begun and total_tiyn > most:
                return Refusal(Code.LIMIT_HOLDING, "load", (("most_tiyn", most),))
            made.append(RootFor(wanted.key, key.certificate, wanted.amount_tiyn))
        return tuple(made)

    def _settle(self, asked: Asked, order: Settle) -> Settled | Refusal:
        with self._desk.store.reading() as rows:
            device, _ = self._office.who(rows, asked)
            waiting = rows.orphans_of(device.number)
            nowhere = self._nowhere(rows, order)
        if nowhere is not None:
            return nowhere
        # Which list the device knew when it took this money is the bank's word, not the device's; and so is
        # how many orphans it has left already: the National Bank cannot tell one device from another.
        left = max(0, self._office.config.orphans_per_device - len(waiting))
        passed_on = replace(order, list_number=device.list_number, orphans_most=left)
        answered = self._desk.ask(NBK, "settle-tokens", passed_on, derive(asked.operation, "settle"))
        if isinstance(answered, Refusal):
            return answered
        told: Settled = answered.body
        orphans = {one.output for one in told.claims if one.code == Code.CLAIM_ORPHAN}
        found = {one.output for one in told.claims if one.output in waiting} - orphans
        if found or orphans - waiting:
            with self._desk.store.writing() as rows:
                rows.note_orphans(device.number, orphans - waiting, found)
        return told

    def _nowhere(self, rows: BankRows, order: Settle) -> Refusal | None:
        """Why a claim for an account that is not here goes no further: it could never be credited, and would
        be tried again for ever. What cannot be read is refused by itself, at the National Bank."""
        here: set[bytes] = set()
        for place, item in enumerate(order.claims):
            field = f"settle.claims[{place}]"
            try:
                payload = open_envelope(item.claim, Typ.CLAIM, field).payload
                claim = Claim.from_payload(payload, field)
            except RemoteProtocolError:
                continue
            if claim.bank != self._office.number or claim.address in here:
                continue
            if rows.owner_of(claim.address) is None:
                return Refusal(Code.ACCOUNT_UNKNOWN, f"{field}.address")
            here.add(claim.address)
        return None

    def _sync(self, asked: Asked, order: Sync) -> Synced | Refusal:
        notices: list[Notice] = []
        with self._desk.store.writing() as rows:
            device, client = self._office.who(rows, asked)
            if order.counter < device.counter:
                # An older copy of this device is running somewhere: both copies will be told.
                code = Code.STORE_BEHIND.value
                notices.append(Notice("counter", bytes(32), code, 0, asked.now, None))
            rows.device_now(device.number, counter=max(order.counter, device.counter))
        lists = self._desk.inquire(
            CERTIFICATION_CENTRE,
            "lists",
            Lists(order.directory_number, order.list_number, order.correction_number),
        )
        if not isinstance(lists, ListsTold):
            return lists if isinstance(lists, Refusal) else Refusal(Code.LIST_WRONG, "lists")
        items: tuple[ItemState, ...] = ()
        if order.outputs:
            fate = self._desk.inquire(NBK, "token-fate", FateQuestion(order.outputs))
            if isinstance(fate, Refusal):
                return fate
            told: Fate = fate
            items = told.items
            notices.extend(told.notices)
        with self._desk.store.reading() as rows:
            late = rows.late_money_waits(device.number)
        if late:
            notices.append(Notice(LATE_MONEY_NOTICE, bytes(32), "", 0, asked.now, None))
        newest = order.list_number
        if lists.revocations is not None:
            newest = open_list(lists.revocations, self._desk.trust.root_key).number
        elif lists.steps:
            newest = open_step(lists.steps[-1], self._desk.trust.root_key).number
        with self._desk.store.writing() as rows:
            rows.device_now(device.number, list_number=max(newest, device.list_number))
            balances = self._office.balances(rows, client.number)
        return Synced(
            lists.directory,
            lists.revocations,
            asked.now,
            items,
            tuple(notices),
            balances,
            lists.steps,
            lists.correction,
        )


def _certificate(key: DeviceKey) -> DeviceCertificate:
    return DeviceCertificate.unpack(key.certificate, key.key, "certificate")
