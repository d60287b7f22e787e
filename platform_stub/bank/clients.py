"""Clients: identified first (DT-P-07), then a device, an account, and certificates for one-time keys."""

from collections.abc import Sequence
from dataclasses import replace

from platform_stub.bank.office import LOST, Office, account_label, code_hash, current
from platform_stub.bank.serials import serial_at
from platform_stub.bank.store import BankRows, Client, Device, DeviceKey
from platform_stub.desk import Asked, derive
from platform_stub.ledger.books import entry
from platform_stub.vault import CERTIFICATES
from tender.account.attestation import Attestation, issue_attestation
from tender.account.batch import open_batch
from tender.account.capabilities import Capability
from tender.account.client_messages import (
    AccountOpened,
    Certified,
    Certify,
    Empty,
    Enrol,
    Enrolled,
    LostNoted,
    OpenAccount,
    ReportLost,
    ShowName,
    Stated,
    Statement,
)
from tender.account.eds import key_id
from tender.account.identifiers import check_bin, check_iin, check_phone
from tender.account.participant_messages import LostKey, LostKeys
from tender.account.participants import CERTIFICATION_CENTRE, ID_CENTRE, NBK
from tender.account.service_messages import FIRM, PERSON, Lists, ListsTold, Register, Revoke, Revoked, Serial
from tender.crypto.certificates import DAY_S, issue_device_certificate
from tender.crypto.directory import TIER_SECURE_ELEMENT
from tender.crypto.keys import check_public_key
from tender.errors import Code, Refusal

CODE_LIFE_S = 7 * DAY_S
CODE_DIGITS = 16
"""A guess needs no client's number, so it is made against all open codes at once: ten digits were too few."""
PROFILE_PERSON, PROFILE_ELEMENT, PROFILE_UNIDENTIFIED, PROFILE_FIRM = 1, 2, 3, 4


class Clients:
    """Onboarding by the bank's staff, and what devices ask about themselves."""

    def __init__(self, office: Office) -> None:
        self._office = office
        self._desk = office.desk
        self._signer = office.desk.vault.key(CERTIFICATES)
        self._desk.handlers.update(
            {
                "enrol": self._enrol,
                "open-account": self._open_account,
                "certify": self._certify,
                "statement": self._statement,
                "report-lost": self._report_lost,
                "show-name": self._show_name,
            }
        )

    # --- the bank's staff

    def onboard(self, client: Client) -> Client | Refusal:
        """Take somebody on: numbers are checked; ``identified`` says that KYC was done (DT-P-07)."""
        checked = check_bin(client.identifier) if client.kind == FIRM else check_iin(client.identifier)
        phone = check_phone(client.phone)
        for one in (checked, phone):
            if isinstance(one, Refusal):
                return one
        if not client.name or (client.kind == PERSON and not (client.surname and client.first_name)):
            return Refusal(Code.FIELD_WRONG, "client.name")
        with self._desk.store.writing() as rows:
            return rows.add_client(replace(client, phone=str(phone)))

    def activation_code(self, client: int) -> str:
        """A code for one new device of this client, told to the client at the counter."""
        drawn = int.from_bytes(self._desk.entropy.draw(16), "big")
        code = f"{drawn % 10**CODE_DIGITS:0{CODE_DIGITS}d}"
        with self._desk.store.writing() as rows:
            rows.add_code(code_hash(code), client, self._desk.clock.now() + CODE_LIFE_S)
        return code

    def pay_in_cash(self, client: int, amount_tiyn: int, reference: bytes) -> None:
        """Cash over the counter onto the current account."""
        booked = entry(reference, "cash paid in", ("cash", amount_tiyn), (current(client), -amount_tiyn))
        with self._desk.store.writing() as rows:
            if rows.book(booked, self._desk.clock.now()):
                self._office.enter(rows, client, "cash paid in", "noncash", amount_tiyn, reference)

    def show_name(self, client: int, shown: bool) -> Refusal | None:
        """The user decides alone whether counterparties see the name (DT-A-01)."""
        with self._desk.store.writing() as rows:
            rows.show_name(client, shown)
            found = rows.client_by("number", client)
            address = rows.account_of(client)
        if found is None or address is None:
            return None
        return self._register(found, address, self._desk.entropy.draw(16))

    def _show_name(self, asked: Asked, order: ShowName) -> Empty | Refusal:
        with self._desk.store.reading() as rows:
            _, client = self._office.who(rows, asked)
        return self.show_name(client.number, order.shown) or Empty()

    def behind(self, key: bytes, case_reference: str, officers: tuple[str, ...]) -> Client | Refusal:
        """Who stands behind a pseudonym key: only this bank can tell, only for a case, asked by as many
        different officers as the rules want, and always logged (DT-A-02)."""
        enough = len(set(officers) - {""}) >= self._office.config.officers_per_case
        with self._desk.store.writing() as rows:
            found = rows.key(key) if case_reference and enough else None
            device = None if found is None else rows.device_by("number", found.device)
            client = None if device is None else rows.client_by("number", device.client)
            why = f"{case_reference or 'no case'}, {', '.join(officers) or 'nobody'}"[:120]
            rows.log_opening(key, why, client is not None, self._desk.clock.now())
        if not case_reference:
            return Refusal(Code.CASE_REFERENCE_MISSING, "case")
        if not enough:
            facts = (("officers", self._office.config.officers_per_case),)
            return Refusal(Code.NOT_PERMITTED, "officers", facts)
        return client or Refusal(Code.CLIENT_UNKNOWN, "key")

    # --- devices

    def _enrol(self, asked: Asked, order: Enrol) -> Enrolled | Refusal:
        check_public_key(order.identity_key, "enrol.identity_key")
        if asked.signed.order.key_id != key_id(order.identity_key):
            return Refusal(Code.SENDER_UNKNOWN, "enrol.identity_key")
        with self._desk.store.writing() as rows:
            known = rows.device_by("identity", order.identity_key)
            number = known.client if known else rows.use_code(code_hash(order.activation_code), asked.now)
            client = None if number is None else rows.client_by("number", number)
            if client is None:
                return Refusal(Code.ACTIVATION_WRONG, "enrol.activation_code")
            identity = order.identity_key
            device = rows.add_device(client.number, identity, key_id(identity), order.tier, asked.now)
            rows.show_name(client.number, order.name_shown)
            account = rows.account_of(client.number)
        lists = self._desk.inquire(CERTIFICATION_CENTRE, "lists", Lists(0, 0))
        if not isinstance(lists, ListsTold) or lists.directory is None:
            return lists if isinstance(lists, Refusal) else Refusal(Code.DIRECTORY_WRONG, "directory")
        return Enrolled(
            client.number,
            device.number,
            self._office.number,
            client.name,
            account,
            self._desk.trust.root_key,
            lists.directory,
            lists.revocations,
        )

    def _open_account(self, asked: Asked, _order: OpenAccount) -> AccountOpened | Refusal:
        with self._desk.store.reading() as rows:
            _, client = self._office.who(rows, asked)
        return self.open_account(client.number, asked.operation)

    def open_account(self, number: int, operation: bytes) -> AccountOpened | Refusal:
        """A DT account on this bank's node, mapped in the ID centre; one a client (DT-P-13, DT-S-01, -02)."""
        with self._desk.store.reading() as rows:
            client = rows.client_by("number", number)
            opened = rows.setting(f"opened.{operation.hex()}")
        if client is None:
            return Refusal(Code.CLIENT_UNKNOWN, "client")
        if not client.identified:
            return Refusal(Code.KYC_MISSING, "client")
        firm = client.kind == FIRM
        offered = self._office.offered(Capability.ACCOUNT_ENTITY if firm else Capability.ACCOUNT_PERSON)
        if offered is not None:
            return offered
        with self._desk.store.writing() as rows:
            known = rows.account_of(number)
            if opened is None and known is not None:
                return Refusal(Code.ACCOUNT_EXISTS, "account", (("account", known.hex()),))
            address = opened or self._desk.vault.key_in(rows, account_label(number)).public_key
            rows.add_account(address, number, 0, self._desk.clock.now())
            rows.keep_setting(f"opened.{operation.hex()}", address)
            lost = [one for one in rows.devices_of(number) if one.state == LOST]
            homes = [derive(operation, f"lost-keys {one.number}") for one in lost]
            for device, home in zip(lost, homes, strict=True):
                self._post_lost_keys(rows, device, home)
        for home in homes:
            self._desk.deliver(home)
        refused = self._register(client, address, derive(operation, "register"))
        return refused or AccountOpened(address)

    def _register(self, client: Client, address: bytes, message_id: bytes) -> Refusal | None:
        firm = client.kind == FIRM
        entry_made = Register(
            client.kind,
            address,
            client.phone,
            "" if firm else client.identifier,
            client.identifier if firm else "",
            client.surname,
            client.first_name,
            client.patronymic,
            client.name,
            client.name_shown,
        )
        answered = self._desk.ask(ID_CENTRE, "register", entry_made, message_id)
        return answered if isinstance(answered, Refusal) else None

    # --- certificates

    def _certify(self, asked: Asked, order: Certify) -> Certified | Refusal:
        with self._desk.store.reading() as rows:
            device, client = self._office.who(rows, asked)
        batch = open_batch(order.batch, device.identity, self._office.number, order.proofs)
        for place, key in enumerate(batch.keys):
            check_public_key(key, f"batch.keys[{place}]")
        with self._desk.store.writing() as rows:
            known = rows.keys_of(device.number)
            living = {one.key for one in known if one.epoch_day * DAY_S > asked.now}
            most = self._office.config.keys_per_device
            if len(living | set(batch.keys)) > most:
                # Each would stand on the revocation list by itself, at every device's expense.
                return Refusal(Code.KEYS_EXHAUSTED, "certify", (("most", most),))
            made = [
                self._certificate(rows, device, client, key, order.batch, order.attest, asked.now)
                for key in batch.keys
            ]
        if any(one.device != device.number for one in made):
            return Refusal(Code.KEY_UNSAFE, "batch.keys")
        attestations = tuple(one.attestation for one in made if one.attestation is not None)
        return Certified(tuple(one.certificate for one in made), attestations if order.attest else ())

    def _certificate(
        self, rows: BankRows, device: Device, client: Client, key: bytes, batch: bytes, attest: bool, now: int
    ) -> DeviceKey:
        """One key, one certificate, ever: a key that has one keeps it."""
        known = rows.key(key)
        if known is not None:
            return known
        day, grid = now // DAY_S, self._office.config.epoch_days
        epoch_day = (day // grid + 2) * grid
        serial = self._serial(rows, epoch_day)
        firm = client.kind == FIRM
        certificate = issue_device_certificate(
            self._signer,
            issuer=self._office.number,
            epoch_day=epoch_day,
            serial=serial,
            profile=_profile(device, client),
            key=key,
            category=client.category if firm else 0,
            business_number=client.identifier if firm else None,
        )
        attestation = None
        if attest:
            attestation = issue_attestation(Attestation(key, client.name, client.phone), self._signer)
        made = DeviceKey(key, device.number, epoch_day, serial, certificate.packed(), attestation, batch)
        rows.add_key(made)
        return made

    def _serial(self, rows: BankRows, epoch_day: int) -> int:
        """The next of the epoch, under this bank's secret."""
        secret = rows.setting("serial-secret")
        if secret is None:
            secret = self._desk.entropy.draw(32)
            rows.keep_setting("serial-secret", secret)
        return serial_at(rows.keys_in_epoch(epoch_day), epoch_day, secret)

    # --- history and loss

    def _statement(self, asked: Asked, order: Statement) -> Stated:
        with self._desk.store.reading() as rows:
            _, client = self._office.who(rows, asked)
            return Stated(
                client.name,
                rows.account_of(client.number),
                self._office.balances(rows, client.number),
                rows.entries(client.number, order.most),
            )

    def _report_lost(self, asked: Asked, order: ReportLost) -> LostNoted | Refusal:
        with self._desk.store.writing() as rows:
            client = self._reporter(rows, asked, order)
            if client is None:
                return Refusal(Code.ACTIVATION_WRONG, "report-lost.activation_code")
            device = rows.device_by("number", order.device)
            if device is None or device.client != client:
                return Refusal(Code.DEVICE_UNKNOWN, "report-lost.device")
            # With the code used up, all that follows is in the outbox: no cut wire can lose it.
            revoke_id, home_id = (derive(asked.operation, step) for step in ("revoke", "lost-keys"))
            rows.device_now(device.number, state=LOST)
            keys = rows.keys_of(device.number)
            if keys:
                self._desk.post(
                    rows, CERTIFICATION_CENTRE, "revoke", self._revocation(keys, "lost"), revoke_id
                )
            home = self._post_lost_keys(rows, device, home_id)
        revoked = self.revoke_device(device.number, LOST, "lost", revoke_id)
        if home is not None and not isinstance(revoked, Refusal):
            told = self._desk.ask(NBK, "lost-keys", home, home_id)
            if isinstance(told, Refusal):
                return told
        return revoked

    def _reporter(self, rows: BankRows, asked: Asked, order: ReportLost) -> int | None:
        """The client who reports: by a device of theirs or by a code, which stays good for whoever used it to
        report this device and did not hear the answer."""
        key = asked.signed.order.key_id
        asking = rows.device_by("key_id", key)
        if asking is not None:
            return asking.client
        code = code_hash(order.activation_code)
        name = f"reported.{(key + code).hex()}.{order.device}"
        client = rows.use_code(code, asked.now)
        if client is not None:
            rows.keep_setting(name, client.to_bytes(8, "big"))
            return client
        known = rows.setting(name)
        return None if known is None else int.from_bytes(known, "big")

    def _post_lost_keys(self, rows: BankRows, device: Device, message_id: bytes) -> LostKeys | None:
        """Tell the National Bank whose money a lost device holds; None while there is nothing to tell: the
        client has no account yet (opening one tells it), or the device no keys."""
        address = rows.account_of(device.client)
        keys = tuple(LostKey(one.key, one.certificate) for one in rows.keys_of(device.number))
        if address is None or not keys:
            return None
        home = LostKeys(address, keys)
        self._desk.post(rows, NBK, "lost-keys", home, message_id)
        return home

    def _revocation(self, keys: Sequence[DeviceKey], why: str) -> Revoke:
        return Revoke(tuple(Serial(self._office.number, one.epoch_day, one.serial) for one in keys), why)

    def revoke_device(self, number: int, state: str, why: str, message_id: bytes) -> LostNoted | Refusal:
        """Put every living key of a device on the revocation list; it stops the next hop, never the past."""
        with self._desk.store.writing() as rows:
            device = rows.device_by("number", number)
            if device is not None and device.state != LOST:
                rows.device_now(number, state=state)
            keys = rows.keys_of(number)
        if not keys:
            return self._noted(0, 0)
        answered = self._desk.ask(CERTIFICATION_CENTRE, "revoke", self._revocation(keys, why), message_id)
        if isinstance(answered, Refusal):
            return answered
        told: Revoked = answered.body
        return self._noted(len(keys), told.list_number)

    def _noted(self, revoked: int, list_number: int) -> LostNoted:
        trust = self._desk.trust
        return LostNoted(revoked, list_number, trust.root_key, trust.directory.raw)


def _profile(device: Device, client: Client) -> int:
    if client.kind == FIRM:
        return PROFILE_FIRM
    if not client.identified:
        return PROFILE_UNIDENTIFIED
    return PROFILE_ELEMENT if device.tier == TIER_SECURE_ELEMENT else PROFILE_PERSON
