"""The people at a till: who may sell, with a code of their own, and who is signed on."""

from dataclasses import replace

from pos.core.model import NAME_MOST, Cashier, CodeTries, cashier_row
from pos.service.desk import TillDesk
from tender.crypto.sealing import Pin
from tender.crypto.tries import Tries
from tender.errors import Code, DeviceError, Refusal


class People:
    """Use cases of cashiers."""

    def __init__(self, desk: TillDesk) -> None:
        self._desk = desk

    def add(self, name: str, code: Pin) -> Refusal | None:
        """See :meth:`pos.service.till.Till.add_cashier`."""
        desk = self._desk
        named = name.strip()
        if not named or len(named) > NAME_MOST or not named.isprintable():
            return Refusal(Code.NAME_WRONG, "cashier")
        if code.too_short:
            return Refusal(Code.PIN_TOO_SHORT, "code", (("least", Pin.LEAST_DIGITS),))
        if desk.store.all(Cashier) and not desk.settings.cashier:
            return Refusal(Code.CASHIER_MISSING, "cashier")
        with desk.commit() as changes:
            changes.put(Cashier(named, self._proof(named, code)))
        return None

    def sign_on(self, name: str, code: Pin) -> str | Refusal:
        """See :meth:`pos.service.till.Till.sign_on`. A try is counted before it is looked at, so that ending
        the process in between gains nothing."""
        desk = self._desk
        found = desk.store.get(Cashier, cashier_row(name))
        if found is None:
            return Refusal(Code.CASHIER_WRONG, "cashier")
        now = desk.now()
        counted = desk.store.get(CodeTries, cashier_row(found.name)) or CodeTries(found.name)
        tries = Tries(counted.wrong, counted.last)
        try:
            tries.check(now)
        except DeviceError as error:
            return error.refusal
        another = tries.another(now)
        with desk.commit() as changes:
            changes.put(CodeTries(found.name, another.wrong, another.last))
        if found.proof != self._proof(found.name, code):
            return Refusal(Code.CASHIER_WRONG, "cashier")
        with desk.commit() as changes:
            changes.drop(counted)
            changes.put(replace(desk.settings, cashier=found.name))
        return found.name

    def sign_off(self) -> None:
        """See :meth:`pos.service.till.Till.sign_off`."""
        with self._desk.commit() as changes:
            changes.put(replace(self._desk.settings, cashier=""))

    def _proof(self, name: str, code: Pin) -> bytes:
        salt = self._desk.proof.digest(cashier_row(name), 16)
        return code.key(salt, self._desk.device.desk.pin_cost).digest(b"cashier")
