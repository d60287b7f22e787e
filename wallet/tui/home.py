"""Home: what is had, what waits and since when, the newest payments; every other screen is one key away."""

from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.content import Content
from textual.widgets import Static

from faces.amounts import amount_text, moment_text
from faces.language import label
from faces.phrases import phrase
from faces.screens.foot import Foot
from faces.screens.rows import Rows
from faces.screens.theme import purpose_look
from wallet.tui.looks import HomeLook, look_home
from wallet.tui.page import Page
from wallet.tui.payment_row import fitted, payment_cells

if TYPE_CHECKING:
    from device.service.status import Thing

THINGS_SHOWN = 4


class Home(Page):
    """The first screen. It shows what is known without asking anybody; ``y`` asks the bank."""

    DEFAULT_CSS = """
    Home { layout: vertical; }
    Home #who { height: 1; background: $panel; padding: 0 1; }
    Home #top { height: 8; }
    Home #hand, Home #accounts { border: round $panel; padding: 0 1; height: 8; width: 1fr; }
    Home #open { border: round $panel; padding: 0 1; height: auto; max-height: 6; }
    Home #newest { border: round $panel; height: 1fr; min-height: 4; }
    Home #hand, Home #accounts, Home #open, Home #newest { border-title-color: $foreground; }
    Home #newest:focus { border: round $primary; }
    """

    keys: ClassVar = (
        ("p", "app.go('pay')", "key.pay"),
        ("r", "app.go('request')", "key.request"),
        ("s", "app.go('scan')", "key.scan"),
        ("t", "app.go('transfer')", "key.transfer"),
        ("a", "app.go('accounts')", "key.accounts"),
        ("h", "app.go('history')", "key.history"),
        ("y", "app.go('sync')", "key.sync"),
        ("d", "app.go('devices')", "key.devices"),
        ("o", "app.go('settings')", "key.settings"),
    )
    back: ClassVar = (("q", "app.quit", "key.quit"),)

    def __init__(self) -> None:
        super().__init__()
        self._bindings.bind("g", "go_on", show=False)
        self.look: HomeLook | None = None

    def compose(self) -> ComposeResult:
        """One line of who, two boxes of money, what is open, the newest payments."""
        yield Static(id="who", markup=False)
        with Horizontal(id="top"):
            yield Static(id="hand", markup=False)
            yield Static(id="accounts", markup=False)
        yield Static(id="open", markup=False)
        newest = Rows(self._row, id="newest")
        newest.border_title = label("home.newest")
        yield newest
        yield Foot([(key, action, label(words)) for key, action, words in self.foot()])

    def on_mount(self) -> None:
        """The list has the keys."""
        self.query_one("#hand").border_title = label("home.in-hand")
        self.query_one("#accounts").border_title = label("home.accounts")
        self.query_one("#newest").focus()
        self.show_anew()

    def on_screen_resume(self) -> None:
        """Whatever was done elsewhere shows here."""
        if self.look is not None:
            self.show_anew()

    def show_anew(self) -> None:
        """Look again, without waiting for it."""
        if self.wallets.current in self.wallets.open_wallets:
            self.run_worker(self._look(), exclusive=True, group="look")

    async def _look(self) -> None:
        wallets = self.wallets
        everyone = tuple(wallets.open_wallets.items())
        for whole in (True,) if self.look is not None else (False, True):
            told = await wallets.attempt(look_home, wallets.wallet, everyone, whole=whole)
            if told is not None:
                self.look = told
                self._show(told)

    # --- what is shown

    def _show(self, look: HomeLook) -> None:
        self.query_one("#who", Static).update(self._who(look))
        self.query_one("#hand", Static).update(self._hand(look))
        self.query_one("#accounts", Static).update(self._accounts(look))
        box = self.query_one("#open", Static)
        box.border_title = label("home.open", count=len(look.things))
        box.update(self._open(look))
        box.border_subtitle = label("home.go-on") if self._unfinished() else ""
        box.display = bool(look.things)
        newest = self.query_one("#newest", Rows)
        newest.show(len(look.newest), cursor=newest.cursor)

    def _who(self, look: HomeLook) -> Content:
        whose = " · ".join(one for one in (look.owner, look.bank) if one) or label("home.nobody")
        if self.wallets.offline_since:
            line = (label("home.offline", since=moment_text(self.wallets.offline_since)), "$wait")
        elif look.synced_at:
            line = (label("home.synced", at=moment_text(look.synced_at)), "$quiet")
        else:
            line = (label("home.never-synced"), "$quiet")
        gap = max(2, self.size.width - 2 - len(whose) - len(line[0]))
        return Content.assemble((whose, "bold"), " " * gap, line)

    def _hand(self, look: HomeLook) -> Content:
        found = look.balance
        lines: list[Content] = [Content.assemble((amount_text(found.spendable_tiyn), "$money bold"))]
        dark = self.wallets.look == "dark"
        purposes = sorted(one for one in found.by_purpose if one)
        if purposes:
            lines += [
                _coloured(label("home.everything"), found.by_purpose.get("", 0), 0, dark=dark),
                *(
                    _coloured(one, found.by_purpose[one], place, dark=dark)
                    for place, one in enumerate(purposes[:2], 1)
                ),
            ]
            more = purposes[2:]
            if more:
                rest_tiyn = sum(found.by_purpose[one] for one in more)
                lines.append(_coloured(label("home.other-purposes"), rest_tiyn, 3, dark=dark))
        for key, tiyn in (
            ("home.pending", found.pending_tiyn),
            ("home.on-its-way", found.waiting_tiyn),
            ("home.refused", found.refused_tiyn),
            ("home.only-deposit", found.last_hop_tiyn),
        ):
            if tiyn and len(lines) < 6:
                lines.append(Content.assemble((f"… {label(key)} ", "$wait"), (amount_text(tiyn), "$wait")))
        if found.behind and len(lines) < 6:
            lines.append(Content.assemble((label("home.behind"), "$bad")))
        return Content("\n").join(lines)

    def _accounts(self, look: HomeLook) -> Content:
        lines: list[Content] = []
        for one in look.accounts:
            here = one.name == self.wallets.current and len(look.accounts) > 1
            name = f"{'> ' if here else ''}{one.bank or one.name}"
            lines.append(_pair(fitted(name, 18), amount_text(one.account_tiyn), "$money"))
        for name in self.wallets.shut:
            lines.append(Content.assemble((label("home.shut", name=name), "$quiet")))
        lines = lines[:3]
        known = [one for one in look.accounts if one.told_at]
        noncash_tiyn = sum(one.noncash_tiyn for one in look.accounts)
        lines.append(_pair(label("home.noncash"), amount_text(noncash_tiyn), ""))
        lines.append(_pair(label("home.sum"), amount_text(look.sum_tiyn), "$money bold"))
        if known:
            at = moment_text(min(one.told_at for one in known))
            lines.append(Content.assemble((label("home.as-of", at=at), "$quiet")))
        return Content("\n").join(lines)

    def _open(self, look: HomeLook) -> Content:
        shown = look.things[:THINGS_SHOWN]
        width = max(20, self.size.width - 4)
        return Content("\n").join(_thing(one, width) for one in shown)

    def _row(self, place: int, width: int) -> list[tuple[str, str]]:
        return payment_cells(self.look.newest[place], width) if self.look is not None else []

    def _unfinished(self) -> str:
        """The first payment that was left in the middle, by the beginning of its number."""
        things = self.look.things if self.look is not None else ()
        return next((one.name for one in things if one.name and one.kind in ("payment", "request")), "")

    def action_go_on(self) -> None:
        """To the code of a payment that was left in the middle: the other side still waits for it."""
        from wallet.tui.handing import open_again

        if self._unfinished():
            self.run_worker(open_again(self, self._unfinished()), exclusive=True, group="go-on")

    def on_rows_chosen(self, event: Rows.Chosen) -> None:
        """A payment's whole way."""
        if self.look is not None:
            from wallet.tui.payment import show_payment

            self.run_worker(show_payment(self.wallets, self.look.newest[event.place]))

    def on_resize(self) -> None:
        """The same in another width."""
        if self.look is not None:
            self._show(self.look)


def _coloured(name: str, amount_tiyn: int, place: int, *, dark: bool) -> Content:
    """Money of one purpose: sign and colour of its own, and its name."""
    sign, colour = purpose_look(place, dark=dark)
    return Content.assemble((f"{sign} {fitted(name, 18):<18} ", colour), (amount_text(amount_tiyn), colour))


def _pair(name: str, amount: str, style: str) -> Content:
    """A name and its amount."""
    return Content.assemble(f"{fitted(name, 18):<18} ", (f"{amount:>15}", style))


def _thing(one: "Thing", width: int) -> Content:
    """What is certain first, then what waits, and since when."""
    what = phrase(
        f"thing-{one.kind}", name=one.name, amount_tiyn=one.amount_tiyn, party=one.party, code=one.code
    )
    certain, waits = phrase(one.certain, kind=one.code), phrase(one.waits)
    since = label("home.since", at=moment_text(one.since)) if one.since else ""
    head = fitted(f"… {what}", width)
    tail = " · ".join(part for part in (certain, label("home.waits", waits=waits), since) if part)
    return Content.assemble((head, "$wait"), (f"  {fitted(tail, max(0, width - len(head) - 2))}", "$quiet"))
