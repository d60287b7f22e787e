"""Digital Tenge from the account to a phone, an IIN, a BIN or a contact, online (DT-S-08).

Without the bank this way is closed, and the way from hand to hand is offered instead.
"""

from collections.abc import Iterable
from typing import ClassVar

from textual.containers import Vertical
from textual.widget import Widget
from textual.widgets import Input, Static

from device.service.bank import Bank
from device.service.life import Contact
from faces.language import label
from faces.phrases import phrase
from faces.screens.ask import Ask, Field
from faces.screens.confirm import Confirm
from faces.screens.fields import AmountField
from faces.screens.rows import Rows
from tender.account.client_messages import Transferred
from tender.errors import Code, Refusal
from wallet.tui.page import Page
from wallet.tui.pin_above import pin_above


class TransferScreen(Page):
    """Whom, how much, what for; then one question, then the bank. Contacts below fill in the first."""

    DEFAULT_CSS = """
    TransferScreen #form { height: auto; padding: 0 2; }
    TransferScreen #form Static { height: 1; color: $quiet; }
    TransferScreen #contacts { height: 1fr; border: round $panel; min-height: 4;
        border-title-color: $foreground; }
    """
    title_key = "transfer.title"
    keys: ClassVar = (
        ("f2", "send", "key.send"),
        ("f3", "keep", "key.keep-contact"),
        ("f4", "forget", "key.forget-contact"),
    )

    def __init__(self) -> None:
        super().__init__()
        self._contacts: tuple[Contact, ...] = ()

    def body(self) -> Iterable[Widget]:
        """Three fields and the contacts."""
        yield Vertical(
            Static(label("transfer.to"), markup=False),
            Input(id="to", max_length=60),
            Static(label("field.amount"), markup=False),
            AmountField(id="amount"),
            Static(label("transfer.purpose"), markup=False),
            Input(id="purpose", max_length=140),
            id="form",
        )
        rows = Rows(self._row, id="contacts")
        rows.border_title = label("transfer.contacts")
        yield rows

    def on_mount(self) -> None:
        """Whom first."""
        self.query_one("#to").focus()
        self.run_worker(self._look(), exclusive=True, group="look")

    async def _look(self) -> None:
        found = await self.wallets.attempt(self.wallet.life.contacts)
        if found is not None:
            self._contacts = found
            self.query_one(Rows).show(len(found))

    def _row(self, place: int, width: int) -> list[tuple[str, str]]:
        one = self._contacts[place]
        return [(f" {one.name:<30} ", "title"), (one.to, "quiet")]

    def on_rows_chosen(self, event: Rows.Chosen) -> None:
        """This contact."""
        self.query_one("#to", Input).value = self._contacts[event.place].name
        self.query_one("#amount").focus()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """From field to field; the last one sends."""
        following = {"to": "#amount", "amount": "#purpose"}.get(event.input.id or "")
        if following:
            self.query_one(following).focus()
        else:
            self.action_send()

    # --- sending

    def action_send(self) -> None:
        """Ask once more, then send."""
        self.run_worker(self._send(), exclusive=True)

    async def _send(self) -> None:
        wallets, wallet = self.wallets, self.wallet
        to, purpose = (self.query_one(f"#{name}", Input).value.strip() for name in ("to", "purpose"))
        amount_tiyn = self.query_one(AmountField).amount_tiyn()
        if isinstance(amount_tiyn, Refusal):
            wallets.tell_refusal(amount_tiyn)
            return
        contact = await wallets.attempt(wallet.life.whom, to)
        if contact is None:
            return
        words = label(
            "transfer.ask",
            amount_tiyn=amount_tiyn,
            party=contact.name if contact.name == contact.to else f"{contact.name} ({contact.to})",
            purpose=purpose,
        )
        if not await wallets.push_screen_wait(Confirm(words, careful=True)):
            return
        refused = await pin_above(wallets, amount_tiyn)
        if refused is not None:
            wallets.tell_refusal(refused)
            return
        told = await wallets.bank(_sent, wallet.bank, contact, amount_tiyn, purpose)
        if isinstance(told, Transferred):
            wallets.tell(
                phrase(
                    "transferred",
                    amount_tiyn=amount_tiyn,
                    party=told.payee or contact.name,
                    account_tiyn=told.balances.dt_tiyn,
                )
            )
            wallets.pop_screen()
        elif told.code is Code.PLATFORM_UNREACHABLE:
            if not await wallets.unsure():
                await self._offer_hand_to_hand()
        else:
            wallets.tell_refusal(told)

    async def _offer_hand_to_hand(self) -> None:
        question = Confirm(label("transfer.offline"), yes=label("transfer.hand-to-hand"))
        if await self.wallets.push_screen_wait(question):
            self.wallets.pop_screen()
            self.wallets.action_go("pay")

    # --- contacts

    def action_keep(self) -> None:
        """A name for a number."""
        self.run_worker(self._keep(), exclusive=True)

    async def _keep(self) -> None:
        asked = await self.wallets.push_screen_wait(
            Ask(
                label("transfer.keep"),
                Field("name", label("transfer.contact-name")),
                Field("number", label("transfer.to"), value=self.query_one("#to", Input).value),
            )
        )
        if asked is None:
            return
        name, number = str(asked["name"]), str(asked["number"])
        if await self.wallets.attempt(lambda: self.wallet.life.add_contact(name, number)) is not None:
            self.wallets.tell(phrase("contact-kept", name=name))
            await self._look()

    def action_forget(self) -> None:
        """The contact under the cursor."""
        self.run_worker(self._forget(), exclusive=True)

    async def _forget(self) -> None:
        if not self._contacts:
            return
        one = self._contacts[self.query_one(Rows).cursor]
        if await self.wallets.push_screen_wait(
            Confirm(label("transfer.forget", name=one.name), careful=True)
        ):
            refused = await self.wallets.outcome(lambda: self.wallet.life.forget_contact(one.name))
            if isinstance(refused, Refusal):
                self.wallets.tell_refusal(refused)
            await self._look()


def _sent(bank: Bank, contact: Contact, amount_tiyn: int, purpose: str) -> Transferred | Refusal:
    return bank.transfer(contact.by, contact.to, amount_tiyn, purpose)
