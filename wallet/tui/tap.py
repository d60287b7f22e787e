"""Paying and being paid by tap: two devices held together, the same conversation as over any other line.

Whoever is to be paid has the reader, as a till has; whoever pays is held to it. What is asked is answered on
this screen, before anything is signed.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar, Final

from device.ports import Door, Line
from device.service.money import Proposal, Told
from device.service.tap import Stage as Moment
from device.service.tap import Taps
from faces.screens.tap import TapHost, TapScreen
from faces.screens.tap_look import Done, Found, Pulled, Refused, Stay, TapEnd, Torn, Waiting, Working
from faces.screens.tap_watch import LOOK_UP_S, WAIT_S
from tender.crypto.sealing import Pin
from tender.errors import Code, DeviceError, LinkError, Refusal
from wallet.tui.app import WalletScreen
from wallet.tui.conversation import Stage, asked
from wallet.tui.pay import Decide

OURS: Final = frozenset({"signing", "sent"})
"""The money is signed away, and nobody else can have it."""
NOT_YET: Final = frozenset({Code.CARD_MISSING, Code.PEER_UNREACHABLE, Code.CARD_OUTCOME_UNKNOWN})
"""Nobody is there, or is held so badly that nothing comes through: it is waited on."""


@dataclass
class PatientDoor:
    """A door at which somebody waits who may leave."""

    door: Door
    host: TapHost

    def accept(self, timeout_s: float) -> Line:
        """As the door; raises what it raises once somebody left."""
        left_s = timeout_s
        while True:
            try:
                return self.door.accept(min(LOOK_UP_S, left_s))
            except (DeviceError, LinkError) as error:
                left_s -= LOOK_UP_S
                if error.code not in NOT_YET or left_s <= 0 or self.host.stopped():
                    raise


class Tap(TapScreen, WalletScreen):
    """One side of it; for a subclass."""

    stays_awake: ClassVar[bool] = True
    pays: ClassVar[bool]
    found: ClassVar[str]

    def __init__(self, where: str, *, amount_tiyn: int = 0) -> None:
        super().__init__(where, amount_tiyn=amount_tiyn)
        self._bound = False
        self.told: Told | None = None

    def remember(self, where: str) -> None:
        """Where the next one begins."""
        self.wallets.choose(reader=where)

    def tap(self, host: TapHost) -> TapEnd | Refusal:
        """Wait, meet, and say what is certain when it is torn for good."""
        wallet, self._bound = self.wallet, False

        def progress(done_bytes: int, total_bytes: int) -> None:
            host.tell(Working(done_bytes, total_bytes))

        taps = Taps(wallet.desk, wallet.money, lambda moment: self._watch(host, moment))
        try:
            with self.wallets.doors.tap_door(wallet, self.where, pays=self.pays, progress=progress) as door:
                told = self.meet(taps, PatientDoor(door, host), host)
        except LinkError as error:
            return Pulled(self.certain(str(dict(error.refusal.facts).get("status", ""))))
        except DeviceError as error:
            return Pulled("nothing") if host.stopped() else Refused(error.refusal)
        return told if isinstance(told, Refusal) else self.ended(told)

    def ended(self, told: Told) -> TapEnd:
        """How a conversation came to its end."""
        self.told = told
        return Refused(Refusal(Code.PAYER_DECLINED)) if told.status == "declined" else Done()

    def meet(self, taps: Taps, door: Door, host: TapHost) -> Told | Refusal:
        """The conversation."""
        raise NotImplementedError

    def certain(self, status: str) -> str:
        """What is certain of a payment that stands so."""
        if self.pays:
            return "signed" if status in OURS else "nothing"
        return "maybe" if self._bound else "nothing"

    def _watch(self, host: TapHost, moment: Moment) -> None:
        match moment:
            case Moment.WAITING:
                host.tell(Waiting(self.where))
            case Moment.MET:
                host.tell(Found(self.found))
            case Moment.SIGNED:
                self._bound = True
                host.tell(Stay())
            case Moment.TORN:
                host.tell(Torn(self.certain("sent" if self._bound else "")))

    def finished(self, end: TapEnd) -> None:
        """Done: to its end, as after any payment; else back to where one came from."""
        if isinstance(end, Done) and self.told is not None:
            from wallet.tui.receipt import Ended

            told = self.told
            self.wallets.switch_screen(Ended(Stage(told.payment, told.amount_tiyn, told.status, told.party)))
        else:
            self.wallets.pop_screen()


class TakeByTap(Tap):
    """This device has the reader and asks; the request stands open already."""

    title_key = "tap.title-take"
    pays = False
    found = "phone"

    def __init__(self, stage: Stage, where: str) -> None:
        super().__init__(where, amount_tiyn=stage.amount_tiyn)
        self._stage = stage

    def tap(self, host: TapHost) -> TapEnd | Refusal:
        """Whatever is held there: a device, or else a purse card, which pays alone."""
        end = super().tap(host)
        if not (isinstance(end, Refused) and end.refusal.code is Code.CARD_NOT_PURSE):
            return end
        request = self.wallet.money.requested(self._stage.payment)
        if isinstance(request, Refusal):
            return request
        from wallet.tui.tap_card import take_from_card

        return take_from_card(self, request, host)

    def meet(self, taps: Taps, door: Door, host: TapHost) -> Told | Refusal:
        """Show the request to whoever comes."""
        request = self.wallet.money.requested(self._stage.payment)
        return request if isinstance(request, Refusal) else taps.take_at(door, request, WAIT_S)


class PayByTap(Tap):
    """This device is held to a reader, is asked, and pays."""

    title_key = "tap.title-pay"
    hold_key: ClassVar[str] = "tap.hold-device"
    pays = True
    found = "reader"

    def meet(self, taps: Taps, door: Door, host: TapHost) -> Told | Refusal:
        """Pay whoever asks."""
        return taps.pay_at(door, lambda found: self._decides(host, found), WAIT_S)

    def _decides(self, host: TapHost, found: Proposal) -> bool:
        """Ask the person; a wrong PIN asks again. In the store's own thread."""
        stage = asked(self.wallet, found)
        refused: Refusal | None = None
        host.about(stage.amount_tiyn)
        while True:
            yes = host.ask(self._question(stage, refused))
            if yes is None:
                return False
            try:
                if yes.pin is not None:
                    self.wallet.life.check_pin(yes.pin)
            except DeviceError as error:
                refused = error.refusal
                continue
            host.tell(Stay())
            return True

    def _question(self, stage: Stage, refused: Refusal | None) -> "Callable[[Answered], None]":
        return lambda answer: self._ask(Agree(stage, answer, refused))

    def _ask(self, question: "Agree") -> None:
        self.wallets.push_screen(question)

    def finished(self, end: TapEnd) -> None:
        """Signed away and not acknowledged: the same payment as a code."""
        if isinstance(end, Pulled) and end.certain == "signed":
            self.wallets.start_over()
        else:
            super().finished(end)


@dataclass(frozen=True, slots=True)
class Yes:
    """The person's yes, with the PIN where it was asked for."""

    pin: Pin | None = None


Answered = Callable[[Yes | None], None]


class Agree(Decide):
    """The question in the middle of a tap: it is answered, and the tap goes on by itself."""

    def __init__(self, stage: Stage, answer: Answered, refused: Refusal | None = None) -> None:
        super().__init__(stage)
        self._answer, self._refused = answer, refused

    def on_mount(self) -> None:
        """With what was wrong the last time."""
        super().on_mount()
        if self._refused is not None:
            self.refused(self._refused)

    async def _yes(self) -> None:
        """The tap's own thread looks at the PIN: the screen's would wait for the tap, which waits here."""
        from faces.screens.fields import PinField

        pin = self.query_one(PinField).take() if self.needs_pin else None
        self._end(Yes(pin))

    async def _no(self) -> None:
        self._end(None)

    def _end(self, answer: Yes | None) -> None:
        self.wallets.pop_screen()
        self._answer(answer)
