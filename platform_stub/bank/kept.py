"""Money that keeps its colour, through the bank: what waits at the National Bank, and loading it again.

No account has a colour, so a coloured claim by somebody the rule does not name credits none. The bank only
passes on; the National Bank keeps the sum for the client's address (docs/adr/0014).
"""

from platform_stub.bank.office import Office
from platform_stub.bank.tokens import Tokens
from platform_stub.desk import Asked, derive
from tender.account.participant_messages import KeptOf, KeptRoots, RootsMade
from tender.account.participants import NBK
from tender.account.token_messages import Kept, KeptQuestion, Loaded, LoadKept
from tender.cash.token import Rule
from tender.errors import Code, Refusal


class KeptMoney:
    """Answers ``kept`` and ``load-kept``."""

    def __init__(self, office: Office, tokens: Tokens) -> None:
        self._office = office
        self._desk = office.desk
        self._tokens = tokens
        self._desk.handlers.update({"kept": self._kept, "load-kept": self._load})

    def _kept(self, asked: Asked, _question: KeptQuestion) -> Kept | Refusal:
        _, account = self._office.client_and_account(asked)
        told = self._desk.inquire(NBK, "kept-of", KeptOf(account.address))
        return told if isinstance(told, Kept | Refusal) else Refusal(Code.FIELD_WRONG, "kept")

    def _load(self, asked: Asked, order: LoadKept) -> Loaded | Refusal:
        client, account = self._office.client_and_account(asked)
        Rule.from_bytes(order.rule, "load-kept.rule")
        message_id = derive(asked.operation, "kept-roots")
        with self._desk.store.reading() as rows:
            begun = rows.sent(message_id) is not None
        roots = self._tokens.roots(asked, order.roots, begun=begun)
        if isinstance(roots, Refusal):
            return roots
        made = self._desk.ask(NBK, "kept-roots", KeptRoots(account.address, roots, order.rule), message_id)
        if isinstance(made, Refusal):
            return made
        told: RootsMade = made.body
        with self._desk.store.reading() as rows:
            return Loaded(told.tokens, self._office.balances(rows, client.number))
