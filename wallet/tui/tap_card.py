"""A purse card alone at this wallet's reader: paid onto, or paying what this wallet asks for."""

from collections.abc import Callable
from typing import ClassVar

from device.service.guest import Guest
from device.service.hold_again import held
from device.service.money import Requested, Told
from device.service.tap import Stage as Moment
from device.service.tap_card import CardIsPaid, CardPays
from faces.screens.tap import TapHost
from faces.screens.tap_look import Pulled, Refused, TapEnd, Torn
from faces.screens.tap_watch import TORN, WAIT_S, Pace, WatchedReader
from tender.errors import Code, DeviceError, LinkError, Refusal
from wallet.tui.tap import PayByTap, Tap


def at_card(screen: Tap, host: TapHost, use: Callable[[Guest, WatchedReader], Told | Refusal]) -> TapEnd:
    """Wait for a card at the screen's reader, and again for the same one that was taken away too early."""
    doors, wallet = screen.wallets.doors, screen.wallet
    bound = False
    try:
        reader = WatchedReader(doors.open_reader(screen.where), host, lambda what: Pace(*doors.pace(what)))
        try:
            told = held(
                lambda: doors.guest(wallet, reader, WAIT_S),
                lambda guest: use(guest, reader),
                lambda: host.tell(Torn(_certain(screen, bound=reader.bound))),
            )
        finally:
            bound = reader.bound
            reader.disconnect()
    except (DeviceError, LinkError) as error:
        told = error.refusal
    if isinstance(told, Told):
        return screen.ended(told)
    torn = told.code in TORN or (bound and told.code is Code.CARD_MISSING)
    return Pulled(_certain(screen, bound=bound)) if torn else Refused(told)


def _certain(screen: Tap, *, bound: bool) -> str:
    """Who pays knows what it signed; of a card only the card does."""
    if not bound:
        return "nothing"
    return "signed" if screen.pays else "maybe"


def take_from_card(screen: Tap, asked: Requested, host: TapHost) -> TapEnd:
    """The card pays the request, with its PIN where it wants one."""
    pays = CardPays(screen.wallet.desk, screen.wallet.money)
    return at_card(screen, host, lambda guest, _: pays.take(guest, asked, host.ask_pin))


class PayOntoCard(PayByTap):
    """The card asks for what was typed here; the yes and the PIN are this wallet's, as for any payment."""

    title_key = "tap.title-card"
    hold_key: ClassVar[str] = "tap.hold"

    def tap(self, host: TapHost) -> TapEnd | Refusal:
        """From the card's request to its receipt."""

        def use(guest: Guest, reader: WatchedReader) -> Told | Refusal:
            def watch(moment: Moment) -> None:
                if moment is Moment.SIGNED:
                    reader.bind()

            paid = CardIsPaid(self.wallet.desk, self.wallet.money, watch)
            return paid.pay(guest, self._amount_tiyn, lambda found: self._decides(host, found))

        return at_card(self, host, use)

    def finished(self, end: TapEnd) -> None:
        """A card reads no code: what is signed and not acknowledged goes on where the card is held again."""
        Tap.finished(self, end)
