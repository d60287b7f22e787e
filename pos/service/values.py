"""The values a till's front ends are handed: they may enter ``service`` and not ``core``, so each is named
here."""

from pos.core.card_batch import BatchClosing
from pos.core.card_pin import PinEnded
from pos.core.card_settings import CardSettings
from pos.core.card_tender import IN_DT, VOID_REFUSED, BatchTotals, CardPayment, CardPhase
from pos.core.forwarding import Room, Standing
from pos.core.model import (
    BY_CARD,
    BY_CASH,
    BY_RETURN,
    BY_TRANSFER,
    CORRECTION,
    REFUND,
    SALE,
    VOID,
    Asked,
    GivingBack,
    Item,
    Paid,
    Phase,
    Receipt,
    Sale,
    Shift,
    Stray,
    TillSettings,
)
from pos.core.tenders import CARD, CASH, DT_CONVERTED, DT_OFFLINE, DT_ONLINE, Choice
from pos.core.totals import Report, TenderTotal
from pos.service.card_takings import NO_CARDS, ShiftCards, TakenDay
from pos.service.giving_back import GaveBack, converted_alone
from pos.service.online import Taken

__all__ = [
    "BY_CARD",
    "BY_CASH",
    "BY_RETURN",
    "BY_TRANSFER",
    "CARD",
    "CASH",
    "CORRECTION",
    "DT_CONVERTED",
    "DT_OFFLINE",
    "DT_ONLINE",
    "IN_DT",
    "NO_CARDS",
    "REFUND",
    "SALE",
    "VOID",
    "VOID_REFUSED",
    "Asked",
    "BatchClosing",
    "BatchTotals",
    "CardPayment",
    "CardPhase",
    "CardSettings",
    "Choice",
    "GaveBack",
    "GivingBack",
    "Item",
    "Paid",
    "Phase",
    "PinEnded",
    "Receipt",
    "Report",
    "Room",
    "Sale",
    "Shift",
    "ShiftCards",
    "Standing",
    "Stray",
    "Taken",
    "TakenDay",
    "TenderTotal",
    "TillSettings",
    "converted_alone",
]
