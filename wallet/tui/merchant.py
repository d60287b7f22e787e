"""A merchant's code: what it says, what it takes, and one payment through the bank (DT-C-07)."""

from collections.abc import Iterable

from textual.widget import Widget
from textual.widgets import Input, Static

from device.service.payment_codes import Offer, asks_amount, asks_reference
from faces.language import current, label
from faces.merchant_codes import code_lines, payee_text
from faces.screens.confirm import Confirm
from faces.screens.fields import AmountField
from faces.words import sentence
from tender.account.merchant_messages import REFERENCE_MOST, MerchantPaid
from tender.errors import Code, Refusal
from tender.qr.payment_code import PaymentCode
from wallet.tui.conversation import Stage
from wallet.tui.pin_above import pin_above
from wallet.tui.question import Question


class PayMerchant(Question):
    """Online, from the account. What the code leaves to the payer is asked for; without a network it says how
    the same till is paid offline."""

    def __init__(self, code: PaymentCode) -> None:
        super().__init__(needs_pin=False)
        self._code = code

    def asked(self) -> Iterable[Widget]:
        """What the code says, and fields for what it leaves open."""
        code = self._code
        party = payee_text(code)
        title = "merchant.title-open" if code.amount_tiyn is None else "merchant.title"
        amount_tiyn = code.amount_tiyn or 0
        fee_tiyn = 0 if code.fee is None else code.fee.of(amount_tiyn)
        yield Static(label(title, amount_tiyn=amount_tiyn + fee_tiyn, party=party), id="asked", markup=False)
        lines = code_lines(code, code.amount_tiyn, fee_tiyn)
        yield Static("\n".join(f"{name}: {told}" for name, told in lines), id="facts", markup=False)
        if asks_amount(code):
            yield AmountField(id="amount")
        if asks_reference(code):
            yield Input(placeholder=label("paycode.ask-reference"), max_length=REFERENCE_MOST, id="reference")

    async def said_yes(self) -> None:
        """Once; a code that was paid before is paid again only when that is said."""
        offer = self._offer()
        if isinstance(offer, Refusal):
            self.refused(offer)
            return
        found = await self.wallets.outcome(lambda: self.wallet.codes.offer(self._code, *offer))
        if isinstance(found, Refusal):
            self.refused(found)
            return
        again = found.before is not None
        if found.before is not None:
            facts = (("amount_tiyn", found.before.amount_tiyn), ("at", found.before.time))
            words = sentence(Refusal(Code.CODE_PAID, "code", facts))
            if not await self.wallets.push_screen_wait(Confirm(words, careful=True)):
                await self._no()
                return
        if found.fee_tiyn and asks_amount(self._code):
            # The fee was not known when the question was asked.
            party = payee_text(self._code)
            words = label("paycode.confirm", amount_tiyn=found.total_tiyn, party=party)
            if not await self.wallets.push_screen_wait(Confirm(words, careful=True)):
                await self._no()
                return
        refused = await pin_above(self.wallets, found.total_tiyn)
        if refused is not None:
            self.refused(refused)
            return
        told = await self.wallets.bank(lambda: self.wallet.codes.pay(found, again=again))
        if isinstance(told, Refusal):
            self.refused(told)
            away = told.code is Code.PLATFORM_UNREACHABLE
            if away and self._code.offline and not await self.wallets.unsure():
                self.say(f"{sentence(told)} {label('merchant.offline-too')}")
            return
        self._paid(found, told)

    def _offer(self) -> tuple[int | None, str] | Refusal:
        amount = self.query_one(AmountField).amount_tiyn() if asks_amount(self._code) else None
        if isinstance(amount, Refusal):
            return amount
        reference = self.query_one("#reference", Input).value if asks_reference(self._code) else ""
        return amount, reference.strip()

    def _paid(self, offer: Offer, told: MerchantPaid) -> None:
        from wallet.tui.receipt import Ended

        party = told.payee or self._code.name_in(current())
        words = "paycode.converted" if told.converted else "paycode.paid"
        said = label(words, amount_tiyn=offer.total_tiyn, party=party, account_tiyn=told.balances.dt_tiyn)
        stage = Stage(told.transaction[:16], offer.total_tiyn, "settled", party, offer.reference)
        self.wallets.switch_screen(Ended(stage, said))
