"""Belonging to a bank: enrol a device, have its keys certified, open the account, report a device lost."""

from dataclasses import replace
from typing import Any, Final

from device.core.model import KEY_BLOCKED, KEY_FRESH, KEY_NEW, KEY_USED, KeyEntry, Settings, Signed
from device.service.bank_line import BankLine, read_reply
from device.service.desk import DIRECTORY, REVOCATIONS, Desk
from tender.account import eds
from tender.account.batch import BATCH_MAX_KEYS
from tender.account.client_messages import (
    AccountOpened,
    Certified,
    Certify,
    Enrol,
    Enrolled,
    LostNoted,
    OpenAccount,
    ReportFound,
    ReportLost,
)
from tender.account.eds import ORDER, Order
from tender.account.messages import kind_named
from tender.account.participants import DEVICE
from tender.crypto.certificates import DeviceCertificate
from tender.crypto.directory import Trust, open_directory
from tender.crypto.envelope import Typ, open_envelope
from tender.errors import Code, DeviceError, Refusal, RemoteProtocolError

KEYS_KEPT: Final = 32
"""Fresh certified keys a device likes to have before it goes offline."""


class Membership:
    """Use cases that make this device a client's, and unmake it."""

    def __init__(self, desk: Desk, line: BankLine) -> None:
        self._desk = desk
        self._line = line

    # --- becoming a client's device

    def enrol(
        self, bank: int, code: str, *, shown: bool, root_key: bytes | None = None
    ) -> Settings | Refusal:
        """Tie this device to a client by the bank's activation code, and get keys certified.

        With ``root_key`` (the scheme's, from a paper or the shop) the bank is checked against it; without,
        the first answer is believed once, as with any new app. A device whose bank was withdrawn may go to
        another one and take its money along: old certificates still prove who holds it.
        """
        desk = self._desk
        settings = desk.settings
        if settings.enrolled:
            if bank == settings.bank or settings.bank not in desk.trust.directory.body.withdrawn:
                return Refusal(Code.ACCOUNT_EXISTS, "wallet")
            root_key = settings.root_key
        # People copy a long code in groups; the gaps are not the code.
        body = Enrol("".join(code.split()), desk.element.identity, settings.tier, shown)
        raw = self._first_order("enrol", body, bank)
        wire = desk.wire(settings.gateway)
        answer = wire.send(f"/bank/{bank:03d}/v1/enrol", raw)
        told = self._first_answer("enrol", answer, raw, bank, root_key)
        if isinstance(told, Refusal):
            return told
        assert isinstance(told, Enrolled)
        enrolled = replace(
            settings,
            bank=bank,
            client=told.client,
            device=told.device,
            owner=told.name,
            account=told.account,
            root_key=told.root_key,
            name_shown=shown,
        )
        with desk.commit() as changes:
            changes.put(enrolled)
            for entry in desk.own_keys(KEY_FRESH):
                changes.put(desk.used(entry))  # certified by a bank whose signatures nobody takes any more
            changes.put(Signed(DIRECTORY, told.directory))
            if told.revocations is not None:
                changes.put(Signed(REVOCATIONS, told.revocations))
        refused = self.certify()
        return refused if refused is not None else desk.settings

    def _first_order(self, kind: str, body: Any, bank: int) -> bytes:
        desk = self._desk
        order = Order(
            kind,
            DEVICE,
            bank,
            eds.key_id(desk.element.identity),
            desk.entropy.draw(eds.MESSAGE_ID_BYTES),
            desk.clock_now(),
            kind_named(kind).order.encode(body),
        )
        payload = ORDER.encode(order)
        return eds.seal_order(payload, desk.element.sign_order(payload))

    @staticmethod
    def _first_answer(
        kind: str, answer: bytes, raw: bytes, bank: int, root_key: bytes | None
    ) -> Enrolled | LostNoted | Refusal:
        """The bank's key stands in the directory that the answer itself brings: read, then verify.

        A refusal brings no directory and is believed as it is: it says only that nothing was done.
        """
        reply = eds.REPLY.decode(open_envelope(answer, Typ.REPLY, "reply").payload, "reply")
        told = read_reply(kind, reply)
        if isinstance(told, Refusal):
            return told
        assert isinstance(told, Enrolled | LostNoted)
        if root_key is not None and told.root_key != root_key:
            raise RemoteProtocolError(Code.DIRECTORY_WRONG, "reply.root_key")
        trust = Trust(told.root_key, open_directory(told.directory, told.root_key))
        eds.open_reply(answer, raw, bank, trust.messages_key(bank, "reply.sender"))
        return told

    def certify(self, wanted: int = KEYS_KEPT) -> Refusal | None:
        """Bring the stock of fresh certified keys up to ``wanted``; keys forgotten by a crash come first."""
        desk = self._desk
        self._set_blocked_aside()
        have = len(desk.fresh_keys())
        if have >= wanted:
            return None
        known = {entry.key for entry in desk.own_keys()}
        lost = [key for key in desk.element.money_keys() if key not in known]
        new = [entry.key for entry in desk.own_keys(KEY_NEW)] + lost
        missing = wanted - have - len(new)
        if missing > 0:
            new += desk.element.make_keys(missing)
        first = max((entry.number for entry in desk.own_keys()), default=0) + 1
        with desk.commit() as changes:
            for place, key in enumerate(one for one in new if one not in known):
                changes.put(KeyEntry(key, KEY_NEW, first + place))
        for at in range(0, len(new), BATCH_MAX_KEYS):
            refused = self._certify_batch(tuple(new[at : at + BATCH_MAX_KEYS]))
            if refused is not None:
                return refused
        return None

    def _set_blocked_aside(self) -> None:
        """Nothing more is asked for with keys that our own list names."""
        desk = self._desk
        listed = desk.trust.revocations
        named = []
        for entry in (*desk.own_keys(KEY_FRESH), *desk.own_keys(KEY_USED)):
            one = DeviceCertificate.unpack(entry.certificate, entry.key, "certificate")
            if listed.names(one.issuer, one.epoch_day, one.serial):
                named.append(entry)
        if named:
            with desk.commit() as changes:
                for entry in named:
                    changes.put(replace(entry, state=KEY_BLOCKED))

    def tidy(self) -> int:
        """Erase keys that nothing can rest on any more; returns how many. Never a reason to fail."""
        desk = self._desk
        erased = []
        held = set(desk.element.money_keys())
        for entry in desk.worn_out():
            try:
                if entry.key in held:  # else the power went between the element and the file
                    desk.element.erase_key(entry.key)
            except DeviceError as error:
                if error.code is not Code.ELEMENT_REFUSED:
                    raise
                continue  # something of it is open or unacknowledged in the element: next time
            erased.append(entry)
        if erased:
            with desk.commit() as changes:
                for entry in erased:
                    changes.drop(entry)
        return len(erased)

    def _certify_batch(self, keys: tuple[bytes, ...]) -> Refusal | None:
        desk = self._desk
        bank = desk.settings.bank
        batch = desk.element.sign_batch(keys, bank, desk.clock_now())
        proofs = tuple(desk.element.sign_possession(key, bank) for key in keys)
        told = self._line.ask("certify", Certify(batch, proofs, attest=True))
        if isinstance(told, Refusal):
            return told
        assert isinstance(told, Certified)
        names = told.attestations or (b"",) * len(keys)
        self._check_certified(keys, told.certificates, names)
        with desk.commit() as changes:
            for key, certificate, name in zip(keys, told.certificates, names, strict=True):
                entry = desk.key(key)
                number = entry.number if entry is not None else 0
                changes.put(KeyEntry(key, KEY_FRESH, number, certificate, name))
        certified = dict(zip(keys, told.certificates, strict=True))
        desk.element.learn(desk.trust.directory.raw, certified)
        return None

    def _check_certified(
        self, keys: tuple[bytes, ...], certificates: tuple[bytes, ...], names: tuple[bytes, ...]
    ) -> None:
        """One good certificate for each key: money that came to a key without one could never move again.

        Raises ``field-wrong``, ``certificate-wrong``.
        """
        if not len(keys) == len(certificates) == len(names):
            raise RemoteProtocolError(Code.FIELD_WRONG, "reply.certificates")
        number = self._desk.settings.bank
        bank = self._desk.trust.bank(number, "reply.bank")
        for place, (key, packed) in enumerate(zip(keys, certificates, strict=True)):
            field = f"reply.certificates[{place}]"
            certificate = DeviceCertificate.unpack(packed, key, field)
            if certificate.issuer != number:
                raise RemoteProtocolError(Code.CERTIFICATE_WRONG, field)
            certificate.check(bank.key, field)

    def open_account(self) -> bytes | Refusal:
        """The client's one DT account at this bank (DT-P-13); its 32-byte address."""
        if not self._desk.settings.enrolled:
            return Refusal(Code.NOT_ENROLLED, "wallet")
        told = self._line.ask("open-account", OpenAccount())
        if isinstance(told, Refusal):
            address = _existing(told)
            if address is None or self._desk.settings.account == address:
                return told
        else:
            assert isinstance(told, AccountOpened)
            address = told.account
        with self._desk.commit() as changes:
            changes.put(replace(self._desk.settings, account=address))
        return address

    # --- a lost device

    def report_lost(
        self, device: int, code: str = "", *, bank: int = 0, root_key: bytes | None = None
    ) -> LostNoted | Refusal:
        """Have a device's keys put on the revocation list: from another device of the same client, or, from a
        wallet that is not enrolled, with a fresh activation code.

        A wallet that is not enrolled checks who answered as :meth:`enrol` does: against ``root_key`` (32
        bytes) if it has one. Raises ``directory-wrong``, ``certificate-wrong``, ``signature-wrong``,
        ``receipt-wrong``.
        """
        settings = self._desk.settings
        body = ReportLost(device, code, self._desk.element.identity)
        if settings.enrolled:
            return self._line.ask("report-lost", body)
        if not bank:
            return Refusal(Code.NOT_ENROLLED, "wallet")
        raw = self._first_order("report-lost", body, bank)
        answer = self._desk.wire(settings.gateway).send(f"/bank/{bank:03d}/v1/report-lost", raw)
        told = self._first_answer("report-lost", answer, raw, bank, root_key)
        assert not isinstance(told, Enrolled)
        return told

    def report_found(self, code: str) -> Refusal | None:
        """This device was reported lost and is back: with a fresh activation code the bank hears it again.
        Its old keys stay blocked; what rests on them can be deposited (docs/adr/0017)."""
        told = self._line.ask("report-found", ReportFound(code))
        return told if isinstance(told, Refusal) else None


def _existing(refusal: Refusal) -> bytes | None:
    """The account the bank says is there already: an answer that was lost, or another device's doing."""
    found = dict(refusal.facts).get("account")
    return bytes.fromhex(found) if refusal.code is Code.ACCOUNT_EXISTS and isinstance(found, str) else None
