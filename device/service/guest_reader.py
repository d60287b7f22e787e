"""From a reader to a guest: whatever purse card lies there, opened for one tap."""

from typing import Final

from hardware.card_element import CardElement

from device.service.desk import Desk
from device.service.guest import Guest
from device.service.guest_card import CardInReader
from hardware.purse_client import PurseClient
from tender.ports import CardReader

WAIT_S: Final = 30.0
"""How long a card is waited for, unless somebody says otherwise."""


def guest_at(reader: CardReader, host: Desk, timeout_s: float = WAIT_S) -> Guest:
    """Wait for a purse card. Raises ``DeviceError``: ``card-missing``, ``card-not-purse``, ``reader-taken``
    and what else a reader says."""
    client = PurseClient.opened(reader, timeout_s)
    return Guest(CardInReader(client, client.status()), CardElement(client), host)
