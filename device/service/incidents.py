"""What was refused is written down: whoever met false money, or a false list, must be able to say which."""

from typing import Final

from device.core.model import Incident
from device.service.desk import Desk
from tender.errors import Refusal

INCIDENTS_MOST: Final = 200


def note(desk: Desk, payment: bytes, refusal: Refusal) -> None:
    """Keep a refusal with the payment it belongs to (16 bytes, or none), for the oldest of too many."""
    known = desk.store.all(Incident)
    facts = ", ".join(f"{name} {value}" for name, value in refusal.facts)
    with desk.commit() as changes:
        if len(known) >= INCIDENTS_MOST:
            changes.drop(min(known, key=lambda one: one.number))
        number = max((one.number for one in known), default=0) + 1
        changes.put(
            Incident(number, desk.now(), payment, refusal.code.value, refusal.field[:160], facts[:400])
        )
