"""This person's accounts, each at one bank, and their sum (DT-F-11); money between them and the device."""

from collections.abc import Callable, Iterable
from typing import ClassVar

from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from device.service.wallet import Wallet
from faces.amounts import amount_text, moment_text
from faces.language import label
from faces.phrases import phrase
from faces.screens.ask import Ask, Field
from faces.screens.rows import Rows
from faces.words import sentence
from tender.account.client_messages import FROM_DT, TO_DT
from tender.crypto.sealing import Pin
from tender.errors import Refusal
from wallet.tui.looks import AccountLook, look_account
from wallet.tui.page import Page
from wallet.tui.payment_row import fitted

Said = str | Refusal


class Accounts(Page):
    """One line an account; the keys act on the one under the cursor's wallet that is current."""

    DEFAULT_CSS = """
    Accounts #sum { height: auto; padding: 1 2; border-top: solid $panel; }
    Accounts #heads { height: 1; padding: 0; color: $quiet; }
    """
    title_key = "accounts.title"
    keys: ClassVar = (
        ("c", "convert", "key.convert"),
        ("b", "convert_back", "key.convert-back"),
        ("l", "load", "key.load"),
        ("e", "deposit", "key.deposit"),
        ("w", "renew", "key.renew"),
        ("n", "another", "key.another-bank"),
        ("i", "mine_too", "key.mine-too"),
    )

    def __init__(self) -> None:
        super().__init__()
        self._accounts: list[AccountLook] = []
        self._shut: list[tuple[str, Refusal]] = []  # as looked at: one that opens stands until the next look

    def body(self) -> Iterable[Widget]:
        """Heads, rows, the sum."""
        yield Static(id="heads", markup=False)
        yield Rows(self._row, id="accounts")
        yield Static(id="sum", markup=False)

    def on_mount(self) -> None:
        """Look."""
        self.query_one(Rows).focus()
        self._look()

    def on_screen_resume(self) -> None:
        """A new account shows here."""
        self._look()

    def _look(self) -> None:
        if self.wallets.open_wallets:
            self.run_worker(self._looked(), exclusive=True, group="look")

    async def _looked(self) -> None:
        wallets = self.wallets
        everyone = list(wallets.open_wallets.items())
        found = await wallets.attempt(lambda: [look_account(name, one) for name, one in everyone])
        if found is None:
            return
        self._accounts, self._shut = found, list(wallets.shut.items())
        width = self.size.width
        heads = [label(f"accounts.{one}") for one in ("bank", "account", "noncash", "in-hand")]
        self.query_one("#heads", Static).update("".join(text for text, _ in _columns(heads, width)))
        self.query_one(Rows).show(len(found) + len(self._shut), cursor=self.query_one(Rows).cursor)
        sums = [
            ("accounts.sum-account", sum(one.account_tiyn for one in found)),
            ("accounts.sum-hand", sum(one.in_hand_tiyn for one in found)),
            ("accounts.sum-noncash", sum(one.noncash_tiyn for one in found)),
        ]
        total = sum(one.account_tiyn + one.in_hand_tiyn for one in found)
        lines = [
            Content.assemble(f"{label(key):<32}", (f"{amount_text(tiyn):>18}", "$money"))
            for key, tiyn in sums
        ]
        lines.append(
            Content.assemble(
                (f"{label('accounts.sum'):<32}", "bold"), (f"{amount_text(total):>18}", "$money bold")
            )
        )
        told = [one.told_at for one in found if one.told_at]
        if told:
            lines.append(Content.assemble((label("home.as-of", at=moment_text(min(told))), "$quiet")))
        self.query_one("#sum", Static).update(Content("\n").join(lines))

    def _row(self, place: int, width: int) -> list[tuple[str, str]]:
        if place >= len(self._accounts):
            name, why = self._shut[place - len(self._accounts)]
            return [(f"  {name}: ", ""), (sentence(why), "wait")]
        one = self._accounts[place]
        sign = "> " if one.name == self.wallets.current else "  "
        texts = [
            f"{sign}{one.bank or one.name}",
            amount_text(one.account_tiyn),
            amount_text(one.noncash_tiyn),
            amount_text(one.in_hand_tiyn),
        ]
        return _columns(texts, width)

    # --- which wallet

    def on_rows_chosen(self, event: Rows.Chosen) -> None:
        """The screens speak of this one from now on; a shut one is opened with its own PIN."""
        if event.place < len(self._accounts):
            self.wallets.current = self._accounts[event.place].name
            self.wallets.start_over()
        else:
            name, _ = self._shut[event.place - len(self._accounts)]
            self.run_worker(self._open(name), exclusive=True)

    async def _open(self, name: str) -> bool:
        asked = await self.wallets.push_screen_wait(
            Ask(label("unlock.title", name=name), Field("pin", label("field.pin"), "pin"))
        )
        if asked is None:
            return False
        pin = asked["pin"]
        assert isinstance(pin, Pin)
        refused = await self.wallets.unlock(pin, name)
        if refused is not None:
            self.wallets.tell_refusal(refused)
        self._look()
        return refused is None

    def action_another(self) -> None:
        """An account at another bank: a wallet of its own beside this one."""
        from wallet.tui.first_run import ANOTHER, FirstRun

        wallets = self.wallets
        taken = set(wallets.doors.names()) | set(wallets.open_wallets)
        count = next(n for n in range(2, 100) if f"{wallets.doors.name}-{n}" not in taken)
        wallets.push_screen(FirstRun(ANOTHER, name=f"{wallets.doors.name}-{count}"))

    def action_mine_too(self) -> None:
        """A wallet of this machine that is this person's too."""
        self.run_worker(self._mine_too(), exclusive=True)

    async def _mine_too(self) -> None:
        wallets = self.wallets
        known = {wallets.doors.name, *wallets.chosen.others}
        rest = [one for one in wallets.doors.names() if one not in known]
        if not rest:
            wallets.tell(label("accounts.no-more"))
            return
        asked = await wallets.push_screen_wait(
            Ask(
                label("accounts.which", names=", ".join(rest)),
                Field("name", label("accounts.name"), value=rest[0]),
            )
        )
        name = str(asked["name"]) if asked else ""
        if name in rest and await self._open(name):
            wallets.choose(others=(*wallets.chosen.others, name))
        elif name in rest:
            wallets.shut.pop(name, None)

    # --- money

    def action_convert(self) -> None:
        """Ordinary tenge into Digital Tenge."""
        self._move("accounts.convert-ask", _convert(TO_DT))

    def action_convert_back(self) -> None:
        """Digital Tenge into ordinary tenge."""
        self._move("accounts.convert-back-ask", _convert(FROM_DT))

    def action_load(self) -> None:
        """From the account onto this device."""
        self._move("accounts.load-ask", _load)

    def action_deposit(self) -> None:
        """From this device to the account."""
        self._move("accounts.deposit-ask", _deposit, optional=True)

    def action_renew(self) -> None:
        """Money with a purpose, made fresh."""
        self.run_worker(self._do(_renew, 0), exclusive=True)

    def _move(self, words: str, act: Callable[[Wallet, int], Said], *, optional: bool = False) -> None:
        self.run_worker(self._ask_and_do(words, act, optional=optional), exclusive=True)

    async def _ask_and_do(self, words: str, act: Callable[[Wallet, int], Said], *, optional: bool) -> None:
        asked = await self.wallets.push_screen_wait(
            Ask(label(words), Field("amount", label("field.amount"), "amount", optional=optional))
        )
        if asked is not None:
            amount_tiyn = asked["amount"]
            assert isinstance(amount_tiyn, int)
            await self._do(act, amount_tiyn)

    async def _do(self, act: Callable[[Wallet, int], Said], amount_tiyn: int) -> None:
        wallet = self.wallet
        told = await self.wallets.bank(lambda: act(wallet, amount_tiyn))
        if isinstance(told, Refusal):
            self.wallets.tell_refusal(told)
        else:
            self.wallets.tell(told)
        self._look()


def _columns(texts: list[str], width: int) -> list[tuple[str, str]]:
    """The bank and three amounts, as wide as there is room."""
    each = 18
    first = max(16, min(40, width - 3 * each - 2))
    cells = [(f"{fitted(texts[0], first):<{first}}", "bank")]
    return [*cells, *((f"{text:>{each}}", "money") for text in texts[1:])]


def _convert(direction: str) -> Callable[[Wallet, int], Said]:
    def act(wallet: Wallet, amount_tiyn: int) -> Said:
        told = wallet.bank.convert(direction, amount_tiyn)
        if isinstance(told, Refusal):
            return told
        return phrase("converted", dt_tiyn=told.dt_tiyn, noncash_tiyn=told.noncash_tiyn)

    return act


def _load(wallet: Wallet, amount_tiyn: int) -> Said:
    done = wallet.bank.load(amount_tiyn)
    if isinstance(done, Refusal):
        return done
    return phrase(
        "loaded",
        amount_tiyn=done.amount_tiyn,
        pieces=len(done.roots_tiyn),
        account_tiyn=done.account_tiyn,
    )


def _deposit(wallet: Wallet, amount_tiyn: int) -> Said:
    done = wallet.settling.deposit(amount_tiyn or None)
    if isinstance(done, Refusal):
        return done
    parts = [
        phrase(name, **{fact: tiyn}, account_tiyn=done.account_tiyn)
        for name, fact, tiyn in (
            ("deposited", "settled_tiyn", done.settled_tiyn),
            ("deposit-waits", "waiting_tiyn", done.waiting_tiyn),
            ("deposit-refused", "refused_tiyn", done.refused_tiyn),
            ("deposit-barred", "barred_tiyn", done.barred_tiyn),
        )
        if tiyn
    ]
    return " ".join(parts) or phrase("deposit-empty")


def _renew(wallet: Wallet, _: int) -> Said:
    done = wallet.colours.renew()
    if isinstance(done, Refusal):
        return done
    parts = [phrase("renewed", amount_tiyn=tiyn, purpose=named) for named, tiyn in done.sums]
    parts += [phrase("renew-stays", amount_tiyn=tiyn, purpose=named) for named, tiyn in done.stays]
    return " ".join(parts) or phrase("deposit-empty")
