"""What the certification centre keeps: certificates, the directories and lists it signed, revoked serials."""

from sqlalchemy import Column, Integer, LargeBinary, MetaData, String, Table, func, select

from platform_stub.store.desk_rows import DeskRows, desk_tables

TABLES = MetaData()
desk_tables(TABLES)

AUTHORITIES = Table(
    "authorities",
    TABLES,
    Column("kind", Integer, primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("name", String(60), nullable=False),
    Column("certificate", LargeBinary, nullable=False),
)
PUBLISHED = Table(
    "published",
    TABLES,
    Column("what", String(12), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("date", Integer, nullable=False),
    Column("raw", LargeBinary, nullable=False),
)
REVOKED = Table(
    "revoked",
    TABLES,
    Column("bank", Integer, primary_key=True),
    Column("epoch_day", Integer, primary_key=True),
    Column("serial", Integer, primary_key=True),
    Column("reason", String(60), nullable=False),
    Column("time", Integer, nullable=False),
)
WITHDRAWN = Table(
    "withdrawn",
    TABLES,
    Column("number", Integer, primary_key=True),
    Column("time", Integer, nullable=False),
)


class CertificationRows(DeskRows):
    """Queries of the certification centre."""

    tables = TABLES

    def keep_authority(self, kind: int, number: int, name: str, certificate: bytes) -> bool:
        """One certificate a kind and participant."""
        return self.add_once(
            AUTHORITIES, {"kind": kind, "number": number, "name": name, "certificate": certificate}
        )

    def authorities(self) -> tuple[bytes, ...]:
        """All of them, in a fixed order."""
        query = select(AUTHORITIES.c.certificate).order_by(AUTHORITIES.c.kind, AUTHORITIES.c.number)
        return tuple(bytes(row[0]) for row in self.connection.execute(query))

    def publish(self, what: str, number: int, date: int, raw: bytes) -> None:
        """Keep what the root signed."""
        self.add(PUBLISHED, {"what": what, "number": number, "date": date, "raw": raw})

    def newest(self, what: str) -> tuple[int, bytes]:
        """(number, raw) of the newest of its kind; (0, b"") before the first."""
        row = self.connection.execute(
            select(PUBLISHED.c.number, PUBLISHED.c.raw)
            .where(PUBLISHED.c.what == what)
            .order_by(PUBLISHED.c.number.desc())
            .limit(1)
        ).first()
        return (0, b"") if row is None else (int(row[0]), bytes(row[1]))

    def dated(self, what: str) -> int:
        """When the newest of its kind was signed; 0 before the first."""
        query = select(PUBLISHED.c.date).where(PUBLISHED.c.what == what).order_by(PUBLISHED.c.number.desc())
        row = self.connection.execute(query.limit(1)).first()
        return 0 if row is None else int(row[0])

    def signed_after(self, what: str, number: int) -> tuple[bytes, ...]:
        """All of its kind with a higher number, oldest first."""
        query = (
            select(PUBLISHED.c.raw)
            .where(PUBLISHED.c.what == what, PUBLISHED.c.number > number)
            .order_by(PUBLISHED.c.number)
        )
        return tuple(bytes(row[0]) for row in self.connection.execute(query))

    def revoke(self, bank: int, epoch_day: int, serial: int, reason: str, now: int) -> bool:
        """Put a serial on the list; False when it is there."""
        values = {"bank": bank, "epoch_day": epoch_day, "serial": serial, "reason": reason, "time": now}
        return self.add_once(REVOKED, values)

    def revoked(self, first_day: int) -> dict[tuple[int, int], list[int]]:
        """Serials by bank and epoch; epochs that ended before ``first_day`` need no list any more."""
        groups: dict[tuple[int, int], list[int]] = {}
        query = select(REVOKED.c.bank, REVOKED.c.epoch_day, REVOKED.c.serial).where(
            REVOKED.c.epoch_day >= first_day
        )
        for bank, epoch_day, serial in self.connection.execute(query):
            groups.setdefault((bank, epoch_day), []).append(serial)
        return groups

    def withdraw(self, number: int, now: int) -> bool:
        """Take a participant out of the scheme."""
        return self.add_once(WITHDRAWN, {"number": number, "time": now})

    def withdrawn(self) -> tuple[int, ...]:
        """Who was taken out."""
        return tuple(int(row[0]) for row in self.connection.execute(select(WITHDRAWN.c.number)))

    def knows(self, number: int) -> bool:
        """Whether anything was certified for this number."""
        query = select(func.count()).select_from(AUTHORITIES).where(AUTHORITIES.c.number == number)
        return bool(self.scalar(query))
