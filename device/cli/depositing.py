"""A deposit on the command line, of whoever holds the money."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from device.cli.speaking import Voice
from tender.errors import Code, LinkError, Refusal

if TYPE_CHECKING:
    from device.service.settle import Deposited


def show_deposit(voice: Voice, deposit: "Callable[[], Deposited | Refusal]") -> None:
    """Do it and say what became of it; without a network, also that it is sent at the next sync."""
    try:
        done = voice.need(deposit())
    except LinkError as error:
        if error.code is Code.PLATFORM_UNREACHABLE:
            voice.aside("deposit-later")
        raise
    if done.settled_tiyn:
        voice.say("deposited", settled_tiyn=done.settled_tiyn, account_tiyn=done.account_tiyn)
    if done.waiting_tiyn:
        voice.say("deposit-waits", waiting_tiyn=done.waiting_tiyn)
    if done.refused_tiyn:
        voice.say("deposit-refused", refused_tiyn=done.refused_tiyn)
    if done.barred_tiyn:
        voice.say("deposit-barred", barred_tiyn=done.barred_tiyn)
    if not (done.settled_tiyn or done.waiting_tiyn or done.refused_tiyn or done.barred_tiyn):
        voice.say("deposit-empty")
    voice.tell(
        settled_tiyn=done.settled_tiyn,
        waiting_tiyn=done.waiting_tiyn,
        refused_tiyn=done.refused_tiyn,
        barred_tiyn=done.barred_tiyn,
        codes=list(done.codes),
        account_tiyn=done.account_tiyn,
    )
