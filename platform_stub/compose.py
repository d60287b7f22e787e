"""Puts the platform together: five banks, the National Bank, notary, ID centre and certification centre, each
with a store and keys of its own, all behind one gateway. Everything is passed in; nothing is global.

A first start is the founding: every participant makes its keys, the Certification Centre certifies them (the
one moment when keys are handed over and not sent) and signs the first directory and revocation list.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from hardware.disks import open_disk, sqlite_url
from hardware.workers import Workers
from platform_stub.api_gateway import ApiGateway
from platform_stub.bank.bank import Bank
from platform_stub.bank.store import TABLES as BANK_TABLES
from platform_stub.bank.store import BankRows
from platform_stub.certification.centre import DIRECTORY, CertificationCentre
from platform_stub.certification.store import TABLES as CERTIFICATION_TABLES
from platform_stub.certification.store import CertificationRows
from platform_stub.config import PlatformConfig
from platform_stub.desk import Desk
from platform_stub.id_centre.centre import IdCentre
from platform_stub.id_centre.store import TABLES as ID_TABLES
from platform_stub.id_centre.store import OwnerRows
from platform_stub.nbk.card_settlement import CardSettlementDesk
from platform_stub.nbk.hand_over import HandOverDesk
from platform_stub.nbk.kept import KeptDesk
from platform_stub.nbk.national_bank import NationalBank
from platform_stub.nbk.noncash import NoncashDesk
from platform_stub.nbk.orphans import OrphanDesk
from platform_stub.nbk.reviews import ReviewDesk
from platform_stub.nbk.roots import RootMaker
from platform_stub.nbk.settlement import examine
from platform_stub.nbk.settlement_desk import SettlementDesk
from platform_stub.nbk.settlement_refunds import RefundDesk
from platform_stub.nbk.settler_verifier import MODULE as VERIFIER
from platform_stub.nbk.settler_verifier import FarExaminer
from platform_stub.nbk.store import TABLES as NBK_TABLES
from platform_stub.nbk.store import NbkRows
from platform_stub.notary.notary import Notary
from platform_stub.notary.store import TABLES as NOTARY_TABLES
from platform_stub.notary.store import NotaryRows
from platform_stub.ports import Exchange, Receiver
from platform_stub.store.base import Store
from platform_stub.store.desk_rows import DeskRows
from platform_stub.store.gateway_tables import TABLES as GATEWAY_TABLES
from platform_stub.store.gateway_tables import GatewayRows
from platform_stub.turns import every
from platform_stub.vault import CERTIFICATES, ISSUER, MESSAGES, KeyVault
from tender.account.participants import BANKS, CERTIFICATION_CENTRE, ID_CENTRE, NBK, NOTARY
from tender.account.service_messages import UNKNOWN, StatusQuestion, StatusTold
from tender.crypto.certificates import Kind
from tender.crypto.sealing import KEY_BYTES, SealingKey
from tender.ports import Clock, Entropy

R = TypeVar("R", bound=DeskRows)


class SameProcess:
    """The exchange of participants that live in one process: straight through the gateway, as bytes."""

    def __init__(self) -> None:
        self.gateway: ApiGateway | None = None

    def send(self, kind: str, raw: bytes) -> bytes:
        """Deliver through the gateway."""
        assert self.gateway is not None
        return self.gateway.platform(kind, raw)


@dataclass(frozen=True, slots=True)
class Platform:
    """Everybody, wired."""

    gateway: ApiGateway
    certification: CertificationCentre
    nbk: NationalBank
    settlement: SettlementDesk
    hand_overs: HandOverDesk
    refunds: RefundDesk
    orphans: OrphanDesk
    reviews: ReviewDesk
    notary: Notary
    id_centre: IdCentre
    banks: Mapping[int, Bank]
    stores: Mapping[str, Store[DeskRows]]
    verifiers: Workers | None = None

    @property
    def root_key(self) -> bytes:
        """The one key a device is born with (32 bytes)."""
        return self.certification.root_key

    def tick(self) -> None:
        """Let everybody finish what was interrupted; what goes wrong with one bank stops no other."""
        self.nbk.tick()
        self.settlement.tick()
        # Before refunds: what was handed over goes to its payer and not to a payee's lost device.
        self.hand_overs.tick()
        self.refunds.tick()
        self.orphans.tick()
        every((f"bank {number}", bank.tick) for number, bank in self.banks.items())

    def withdraw(self, participant: int) -> None:
        """Take a participant out of the scheme, and have everybody hear of it."""
        self.certification.withdraw(participant)
        self.refresh()

    def refresh(self) -> None:
        """Everybody who has an older directory fetches the newest. Nobody asks for what it has: this is done
        every few seconds, and each question is evidence at three desks."""
        self.gateway.forget_status()
        newest = self.certification.directory_number
        desks: list[Desk[Any]] = [self.nbk.desk, self.notary.desk, self.id_centre.desk]
        desks += [bank.desk for bank in self.banks.values()]
        for desk in desks:
            if desk.trust.directory.number < newest:
                desk.refresh()

    def close(self) -> None:
        """Give the disks back."""
        if self.verifiers is not None:
            self.verifiers.close()
        for store in self.stores.values():
            store.close()


def build_platform(
    folder: Path,
    config: PlatformConfig,
    clock: Clock,
    entropy: Entropy,
    database: str | None = None,
    exchange: Exchange | None = None,
) -> Platform:
    """Open the platform in a folder, founding it on the first start.

    ``database``: an SQLAlchemy URL with ``{name}`` for the store's name (PostgreSQL); SQLite files in the
    folder otherwise. The sealing keys always lie in the folder, readable by its owner only. ``exchange``
    replaces the way between participants, for instance to cut it in a test.
    """
    folder.mkdir(parents=True, exist_ok=True)
    room = _Room(folder, config, clock, entropy, database)
    same = SameProcess()
    between = exchange or same
    certification = CertificationCentre(
        room.desk("certification", CERTIFICATION_CENTRE, CERTIFICATION_TABLES, CertificationRows, between),
        config,
    )
    nbk = NationalBank(room.desk("nbk", NBK, NBK_TABLES, NbkRows, between), config)
    KeptDesk(nbk, RootMaker(nbk))
    NoncashDesk(nbk)
    CardSettlementDesk(nbk)
    verifiers = Workers(VERIFIER, config.verifiers) if config.verifiers else None
    settlement = SettlementDesk(nbk, examine if verifiers is None else FarExaminer(verifiers.ask))
    hand_overs = HandOverDesk(nbk, settlement)
    refunds = RefundDesk(nbk, settlement)
    orphans = OrphanDesk(nbk, settlement)
    reviews = ReviewDesk(nbk, settlement)
    notary = Notary(room.desk("notary", NOTARY, NOTARY_TABLES, NotaryRows, between))
    id_centre = IdCentre(room.desk("id-centre", ID_CENTRE, ID_TABLES, OwnerRows, between), config)
    banks = {
        number: Bank(room.desk(f"bank-{number}", number, BANK_TABLES, BankRows, between), config)
        for number in BANKS
    }

    def status(participant: int) -> str:
        told = nbk.desk.inquire(CERTIFICATION_CENTRE, "status", StatusQuestion(participant))
        return told.state if isinstance(told, StatusTold) else UNKNOWN

    gateway = ApiGateway(
        room.store("gateway", GATEWAY_TABLES, GatewayRows),
        clock,
        nbk.desk.vault.key(MESSAGES),
        lambda: nbk.desk.trust,
        status,
        config.status_age_s,
    )
    same.gateway = gateway
    for number, bank in banks.items():
        bank.cards.blocked = partial(gateway.blocked, number)
    participants: dict[int, Receiver] = {
        CERTIFICATION_CENTRE: certification.desk,
        NBK: nbk.desk,
        NOTARY: notary.desk,
        ID_CENTRE: id_centre.desk,
        **{number: bank.desk for number, bank in banks.items()},
    }
    gateway.connect(participants)
    platform = Platform(
        gateway,
        certification,
        nbk,
        settlement,
        hand_overs,
        refunds,
        orphans,
        reviews,
        notary,
        id_centre,
        banks,
        dict(room.stores),
        verifiers,
    )
    _found(platform)
    return platform


def _found(platform: Platform) -> None:
    """Certify everybody on the first start; on later ones, trust what was signed then."""
    centre = platform.certification
    directory = centre.newest(DIRECTORY)
    desks: list[Desk[Any]] = [platform.nbk.desk, platform.notary.desk, platform.id_centre.desk]
    if not directory:
        centre.certify(Kind.ISSUER, NBK, platform.nbk.desk.vault.public(ISSUER))
        for desk in (centre.desk, *desks):
            centre.certify(Kind.MESSAGES, desk.number, desk.vault.public(MESSAGES))
        for bank in platform.banks.values():
            centre.certify(Kind.MESSAGES, bank.number, bank.desk.vault.public(MESSAGES))
            centre.certify(Kind.BANK, bank.number, bank.desk.vault.public(CERTIFICATES))
        directory = centre.publish_directory()
        centre.publish_revocations()
    centre.desk.found(centre.root_key, directory)
    for desk in desks:
        desk.found(centre.root_key, directory)
    for bank in platform.banks.values():
        bank.desk.found(centre.root_key, directory)


class _Room:
    """Opens stores, vaults and desks."""

    def __init__(
        self, folder: Path, config: PlatformConfig, clock: Clock, entropy: Entropy, database: str | None
    ) -> None:
        self._folder = folder
        self._config = config
        self._clock = clock
        self._entropy = entropy
        self._database = database
        self.stores: dict[str, Store[DeskRows]] = {}

    def store(self, name: str, tables: Any, rows: type[R]) -> Store[R]:
        """A store of its own."""
        if self._database is not None:
            url = self._database.format(name=name.replace("-", "_"))
        else:
            url = sqlite_url(self._folder / f"{name}.db")
        disk = open_disk(url, name, durable=self._config.durable)
        made: Store[R] = Store(disk, tables, rows)
        self.stores[name] = made
        return made

    def desk(self, name: str, number: int, tables: Any, rows: type[R], exchange: Exchange) -> Desk[R]:
        """A desk over a store and a vault of its own."""
        store = self.store(name, tables, rows)
        vault = KeyVault(store, self._sealing(name), self._entropy)
        return Desk(number, store, vault, self._clock, self._entropy, exchange)

    def _sealing(self, name: str) -> SealingKey:
        """The key that seals a participant's keys, in a file only its owner may read."""
        keys = self._folder / "keys"
        keys.mkdir(mode=0o700, exist_ok=True)
        file = keys / f"{name}.key"
        if not file.exists():
            file.touch(mode=0o600)
            file.write_bytes(self._entropy.draw(KEY_BYTES))
        return SealingKey(file.read_bytes())
