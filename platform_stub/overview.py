"""What an operator wants to see of the whole platform, read from its participants' stores."""

from collections.abc import Sequence
from dataclasses import dataclass

from platform_stub.compose import Platform
from platform_stub.desk import operation_of
from platform_stub.nbk.national_bank import DT_LIABILITY, correspondent
from platform_stub.store.desk_rows import Evidence, Outgoing
from tender.account.eds import REPLY, open_order
from tender.account.participant_messages import MOVEMENT
from tender.account.participants import BANKS, NBK, name_of
from tender.crypto.envelope import Typ, open_envelope


@dataclass(frozen=True, slots=True)
class BankLine:
    """One bank at a glance (tiyn)."""

    number: int
    name: str
    correspondent_tiyn: int
    inventory_tiyn: int
    accounts_tiyn: int
    clients: int


@dataclass(frozen=True, slots=True)
class Equation:
    """The liability account, and where the money is: accounts, devices, in transit (tiyn)."""

    liability_tiyn: int
    accounts_tiyn: int
    devices_tiyn: int
    in_transit_tiyn: int

    @property
    def holds(self) -> bool:
        """To the tiyn."""
        return self.liability_tiyn == self.accounts_tiyn + self.devices_tiyn + self.in_transit_tiyn


def banks(platform: Platform) -> list[BankLine]:
    """All banks."""
    lines = []
    for number, bank in platform.banks.items():
        with platform.nbk.desk.store.reading() as rows:
            stands = rows.account(correspondent(number))
        with bank.desk.store.reading() as own:
            inventory = own.balance(bank.office.inventory.address)
            lines.append(
                BankLine(
                    number, BANKS[number], stands, inventory, own.total() - inventory, len(own.clients())
                )
            )
    return lines


def equation(platform: Platform) -> Equation:
    """The platform's own view of the equation; `tenge audit` recomputes it by other means."""
    accounts = 0
    travelling: dict[bytes, tuple[int, int]] = {}
    for bank in platform.banks.values():
        with bank.desk.store.reading() as rows:
            accounts += rows.total()
            travelling.update({output: (to, amount) for output, to, amount in rows.open_transit()})
    with platform.nbk.desk.store.reading() as nbk:
        liability = nbk.account(DT_LIABILITY)
        devices = nbk.on_devices_tiyn()
        in_transit = nbk.total() + nbk.claimed_on_the_way_tiyn() + nbk.minting_tiyn()
        travelling.update({output: (to, amount) for output, to, amount in nbk.open_transit()})
        travelling.update(_in_answers(platform, nbk.outgoing()))
        known = {output for output in travelling if nbk.output_state(output) is not None}
    for number, bank in platform.banks.items():
        with bank.desk.store.reading() as rows:
            known |= {
                output
                for output, (to, _) in travelling.items()
                if to == number and rows.output_state(output) is not None
            }
    in_transit += sum(amount for output, (_, amount) in travelling.items() if output not in known)
    return Equation(liability, accounts, devices, in_transit)


def _in_answers(platform: Platform, unanswered: Sequence[Outgoing]) -> dict[bytes, tuple[int, int]]:
    """What a cheat's bank drew travels in its answer to the draw, which may be lost: output → (NBK, tiyn)."""
    found: dict[bytes, tuple[int, int]] = {}
    for draw in unanswered:
        bank = platform.banks.get(draw.peer)
        if draw.kind != "draw" or bank is None:
            continue
        with bank.desk.store.reading() as rows:
            row = rows.movement(operation_of(open_order(draw.order_raw)))
        if row is not None and row.movement is not None:
            outputs = MOVEMENT.decode(row.movement, "movement").signed.transaction.outputs()
            found.update({one.id: (NBK, one.amount_tiyn) for one in outputs if one.bank == NBK})
    return found


@dataclass(frozen=True, slots=True)
class Step:
    """One exchange in the life of a payment: who heard of it, from whom, how it was answered."""

    time: int
    where: str
    way: str
    peer: str
    kind: str
    answer: str


def explain(platform: Platform, needle: bytes) -> list[Step]:
    """Every exchange whose bytes mention an id (a transaction, an output, an account), in order."""
    found: list[tuple[str, Evidence]] = []
    for name, store in platform.stores.items():
        if name == "gateway":
            continue
        with store.reading() as rows:
            found += [
                (name, one) for one in rows.evidence(most=100_000) if needle in one.order_raw + one.reply_raw
            ]
    return sorted((_step(name, one) for name, one in found), key=lambda step: step.time)


def _step(name: str, one: Evidence) -> Step:
    reply = REPLY.decode(open_envelope(one.reply_raw, Typ.REPLY, "reply").payload, "reply")
    peer = name_of(one.peer) if one.peer else "client"
    return Step(one.time, name, one.way, peer, one.kind, reply.code or "done")
