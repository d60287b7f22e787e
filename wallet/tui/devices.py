"""This device and its limits; and what to do when another one of one's own is lost."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar

from textual.containers import VerticalScroll
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from device.service.wallet import Wallet
from faces.amounts import amount_text, day_text, moment_text
from faces.language import label
from faces.phrases import phrase
from faces.screens.ask import Ask, Field
from tender.account.participants import name_of
from tender.crypto.directory import Profile
from tender.errors import Refusal
from wallet.tui.page import Page

BAR = 20


@dataclass(frozen=True, slots=True)
class DeviceLook:
    """What the device is, and where it stands against its limits (tiyn)."""

    facts: tuple[tuple[str, str], ...]
    profile: Profile | None
    holding_tiyn: int
    paid_since_sync_tiyn: int


def look_device(wallet: Wallet) -> DeviceLook:
    """In the store's own thread."""
    desk = wallet.desk
    settings = desk.settings
    enrolled = settings.enrolled
    trust = desk.trust if enrolled else None
    facts = (
        ("device.owner", settings.owner),
        ("device.bank", name_of(settings.bank) if enrolled else ""),
        ("device.number", str(settings.device) if enrolled else ""),
        ("device.tier", label(f"tier.{settings.tier}")),
        ("device.keys", str(len(desk.fresh_keys()))),
        ("device.list", str(trust.revocations.number) if trust else ""),
        ("device.list-date", day_text(trust.list_date) if trust and trust.list_date else ""),
        ("device.synced", moment_text(settings.synced_at) if settings.synced_at else ""),
    )
    holding_tiyn = sum(coin.amount_tiyn for coin in desk.spendable())
    profile = desk.profile() if enrolled else None
    return DeviceLook(facts, profile, holding_tiyn, settings.paid_since_sync_tiyn)


class Devices(Page):
    """Facts, limits as figures and bars."""

    DEFAULT_CSS = """
    Devices VerticalScroll { padding: 1 2; }
    Devices Static { height: auto; margin-bottom: 1; }
    """
    title_key = "device.title"
    keys: ClassVar = (("x", "report_lost", "key.report-lost"), ("f", "report_found", "key.report-found"))

    def body(self) -> Iterable[Widget]:
        """Two blocks of lines."""
        with VerticalScroll():
            yield Static(id="facts", markup=False)
            yield Static(id="limits", markup=False)

    def on_mount(self) -> None:
        """Look."""
        self.run_worker(self._look(), exclusive=True, group="look")

    async def _look(self) -> None:
        look = await self.wallets.attempt(look_device, self.wallet)
        if look is None:
            return
        self.query_one("#facts", Static).update(
            Content("\n").join(
                Content.assemble((f"{label(key):<34}", "$quiet"), told) for key, told in look.facts if told
            )
        )
        self.query_one("#limits", Static).update(Content("\n").join(_limits(look)))

    def action_report_lost(self) -> None:
        """Another device of this person."""
        self.run_worker(self._report_lost(), exclusive=True)

    async def _report_lost(self) -> None:
        asked = await self.wallets.push_screen_wait(
            Ask(label("device.lost-ask"), Field("number", label("device.number")))
        )
        number = str(asked["number"]) if asked else ""
        if not number.isdecimal():
            return
        told = await self.wallets.bank(lambda: self.wallet.membership.report_lost(int(number)))
        if isinstance(told, Refusal):
            self.wallets.tell_refusal(told)
        else:
            self.wallets.tell(phrase("lost-reported", revoked=told.revoked, list_number=told.list_number))

    def action_report_found(self) -> None:
        """This device was reported lost and is back."""
        self.run_worker(self._report_found(), exclusive=True)

    async def _report_found(self) -> None:
        asked = await self.wallets.push_screen_wait(
            Ask(label("device.found-ask"), Field("code", label("device.code")))
        )
        if asked is None:
            return
        code = str(asked["code"])
        refused = await self.wallets.bank(lambda: self.wallet.membership.report_found(code))
        if isinstance(refused, Refusal):
            self.wallets.tell_refusal(refused)
        else:
            self.wallets.tell(phrase("found"))


def _limits(look: DeviceLook) -> list[Content]:
    """What may be paid and held, and how much of it is used."""
    profile = look.profile
    if profile is None:
        return []
    used = (
        ("limit.holding", look.holding_tiyn, profile.holding_tiyn),
        ("limit.since-sync", look.paid_since_sync_tiyn, profile.since_sync_tiyn),
    )
    plain = (
        ("limit.per-payment", profile.per_payment_tiyn),
        ("limit.without-pin", profile.without_pin_tiyn),
        ("limit.old-list", profile.old_list_tiyn),
    )
    lines = [Content.assemble((label("limit.title"), "bold"))]
    for key, now_tiyn, most_tiyn in used:
        full = min(BAR, BAR * now_tiyn // most_tiyn) if most_tiyn else BAR  # an empty bar may hide a little
        style = "$wait" if full > BAR * 3 // 4 else "$good"
        lines.append(Content.assemble((f"{label(key):<34}", "$quiet"), f"{amount_text(most_tiyn):>18}"))
        lines.append(
            Content.assemble(
                (f"  {label('limit.used')} {amount_text(now_tiyn)}".ljust(34), "$quiet"),
                ("█" * full, style),
                ("░" * (BAR - full), "$quiet"),
            )
        )
    lines += [
        Content.assemble((f"{label(key):<34}", "$quiet"), f"{amount_text(tiyn):>18}") for key, tiyn in plain
    ]
    return lines
