"""A payment between two wallet processes whose wire tears and whose victim is killed; and its repair."""

import shutil
from dataclasses import dataclass
from pathlib import Path

from tender.money import plain_tenge
from town.processes import CommandFailed, Running
from town.purse import Purse, must
from town.stories.stage import Stage
from town.torn_wire import TornWire

PAYER = "payer"
PAYEE = "payee"
WORLD_FAILED = 3
"""Exit code of a command whose other side went away."""


@dataclass(frozen=True)
class TornTap:
    """A payment that was cut: between whom, over which socket, whether the payee still waits there."""

    payer: Purse
    payee: Purse
    socket: Path
    waiting: Running | None
    passed: list[int]
    """Lengths of the messages that got through."""

    def repair(self, stage: Stage | None = None) -> None:
        """What both people are told to do: `recover`, then let the two wallets meet again."""
        listening = self.waiting or self._listen_again(stage)
        self.payer.show(stage, "pay --socket tap.sock")
        paying = self.payer.run("pay", "--yes", "--socket", str(self.socket))
        if paying.code == WORLD_FAILED and listening.ended():
            # The payee had the money already and went away: it is asked to come back for the receipt.
            listening = self._listen_again(stage)
            paying = self.payer.run("pay", "--yes", "--socket", str(self.socket))
        received = listening.finish()
        shutil.rmtree(self.socket.parent, ignore_errors=True)
        must(paying)
        must(received)

    def _listen_again(self, stage: Stage | None) -> Running:
        self.payee.show(stage, "recover --offline")
        self.payee.do("recover", "--offline")
        newest = self.payee.do("history", "--most", "1").told["payments"][0]
        payment = str(newest["payment"])
        self.payee.show(stage, f"receive --payment {payment[:8]} --socket tap.sock")
        self.socket.unlink(missing_ok=True)  # a killed process leaves its socket behind
        listening = self.payee.start("receive", "--payment", payment, "--socket", str(self.socket))
        listening.wait_for(self.socket)
        return listening


def tear(payer: Purse, payee: Purse, amount_tiyn: int, *, tear_before: int, victim: str) -> TornTap:
    """Pay over a wire that tears instead of passing on message ``tear_before``, and kill -9 the victim then.

    The messages of a tap: 1 request, 2 offer, 3 ready, 4 transfer (the money), 5 receipt.
    """
    near = payee.socket_path()
    far = near.with_suffix(".far")
    listening = payee.start("receive", plain_tenge(amount_tiyn), "--purpose", "torn", "--socket", str(far))
    listening.wait_for(far)
    running: dict[str, Running] = {PAYEE: listening}

    def kill() -> None:
        running[victim].kill()

    wire = TornWire(near, far, tear_before, kill).start()
    running[PAYER] = payer.start("pay", "--yes", "--socket", str(near))
    paying = running[PAYER].finish()
    wire.join()
    if victim == PAYEE:
        listening.finish()
    if not wire.torn:
        raise CommandFailed(f"nothing was torn after {wire.passed}\n{paying.describe()}")
    return TornTap(payer, payee, far, None if victim == PAYEE else listening, wire.passed)
