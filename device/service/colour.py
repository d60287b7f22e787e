"""Money with a purpose made fresh: handed in, kept by the National Bank with its colour, and loaded again.

Each step stands by itself, so whatever is cut is finished by doing it again (docs/adr/0014).
"""

from dataclasses import dataclass

from device.service.bank import Bank
from device.service.claiming import Claiming
from device.service.desk import Desk
from device.service.settle import Settling
from tender.account.token_messages import Kept, KeptQuestion
from tender.cash.token import Rule
from tender.errors import Code, Refusal


@dataclass(frozen=True, slots=True)
class Renewed:
    """What came back onto the device (tiyn), by purpose; ``stays``: what waits at the National Bank because
    the device may hold no more."""

    sums: tuple[tuple[str, int], ...]
    stays: tuple[tuple[str, int], ...] = ()

    @property
    def amount_tiyn(self) -> int:
        """All purposes together."""
        return sum(tiyn for _, tiyn in self.sums)


class Colours:
    """Use cases of money with a purpose."""

    def __init__(self, desk: Desk, bank: Bank, settling: Settling) -> None:
        self._desk = desk
        self._bank = bank
        self._settling = settling
        self._claiming = Claiming(desk)

    def renew(self, purpose: str = "") -> Renewed | Refusal:
        """Hand in what has this purpose (any, if empty) and load it again: new days, all its hops.

        Of what the device may not hold at once the rest stays where it is, and is loaded when there is room.
        Refused with ``not-enough-money`` when there is nothing of it, here or at the National Bank, and with
        ``limit-holding`` when there is room for none.
        """
        self._desk.check_writable()
        handed_in = self._claiming.hand_in(purpose)
        if isinstance(handed_in, Refusal):
            return handed_in
        home = self._settling.sync()
        if isinstance(home, Refusal):
            return home
        kept = self._bank.line.ask("kept", KeptQuestion())
        if isinstance(kept, Refusal):
            return kept
        assert isinstance(kept, Kept)
        sums: list[tuple[str, int]] = []
        stays: list[tuple[str, int]] = []
        for one in kept.sums:
            named = Rule.from_bytes(one.rule, "kept.rule").purpose
            if purpose not in ("", named) or not one.amount_tiyn:
                continue
            room_tiyn = self._desk.profile().holding_tiyn - self._desk.promised_tiyn()
            part_tiyn = min(one.amount_tiyn, max(room_tiyn, 0))
            if not part_tiyn and not sums:
                part_tiyn = one.amount_tiyn  # no room for anything: the load is refused and says why
            if part_tiyn < one.amount_tiyn:
                stays.append((named, one.amount_tiyn - part_tiyn))
            if not part_tiyn:
                continue
            filled = self._bank.load_kept(part_tiyn, one.rule)
            if isinstance(filled, Refusal):
                return filled
            sums.append((named, filled.amount_tiyn))
        if not sums:
            return Refusal(Code.NOT_ENOUGH_MONEY, "purpose", (("purpose", purpose),))
        return Renewed(tuple(sums), tuple(stays))
