"""A torn payment of another amount, finished by a tap and told by a command; the new one has its own yes."""

from typing import TYPE_CHECKING, Any, TypeVar

import typer

from device.cli.speaking import EXIT_REFUSED, Voice
from faces.amounts import moment_text
from faces.words import as_json
from tender.errors import Refusal
from wallet.cli.hand_to_hand import agreed

if TYPE_CHECKING:
    from device.service.earlier import Finished

T = TypeVar("T")


class ToldEarlier:
    """:class:`device.service.earlier.Earlier` at a keyboard. ``rows``: what it was told, for programs."""

    def __init__(self, voice: Voice, amount_tiyn: int, *, yes: bool = False) -> None:
        self._voice = voice
        self._amount_tiyn = amount_tiyn
        self._yes = yes
        self.rows: list[dict[str, Any]] = []

    def finished(self, one: "Finished") -> None:
        """Said at once."""
        name = one.payment.hex()
        self.rows.append({"payment": name, "amount_tiyn": one.amount_tiyn, "begun_at": one.begun_at})
        begun_at = moment_text(one.begun_at)
        self._voice.aside(
            "earlier-finished", amount_tiyn=one.amount_tiyn, begun_at=begun_at, payment=name[:8]
        )

    def goes_on(self) -> bool:
        """``--yes``, or a yes that is typed; a program has said ``--yes`` or nothing."""
        if self._yes or self._voice.as_json:
            return self._yes
        self._voice.aside("earlier-and", amount_tiyn=self._amount_tiyn)
        try:
            return agreed(from_stdin=False)
        except typer.Abort:
            return False  # nobody is there

    def need(self, outcome: T | Refusal) -> T:
        """The outcome; programs are told what was finished beside a refusal, too."""
        if self.rows and isinstance(outcome, Refusal) and self._voice.as_json:
            self._voice.tell(**as_json(outcome), earlier=self.rows)
            raise typer.Exit(EXIT_REFUSED)
        return self._voice.need(outcome)
