"""A till that loses its power: at every commit of a sale and its refund, and by a kill; it goes on where it
was."""

import json
import os
import subprocess
import sys
from typing import Any

import pytest

from device.service.money import Proposal
from device.service.wallet import Wallet
from pos.service.till import Till
from pos.service.values import BY_RETURN, DT_OFFLINE, Phase
from tests.mint import NOW
from tests.pos.market import Market
from tests.wallet.test_torn import PowerCut, cut_at
from tests.wallet.village import approved, good
from town.cast import AIGUL

COMMITS_MOST = 40
PRICE_TIYN = 5_000


def through(till: Till, payer: Wallet, before: int) -> None:
    """One sale and its refund, as two people do it who know only what the two devices show."""
    while len(till.receipts()) < before + 2:
        sale = till.sale()
        if sale is not None and sale.phase is Phase.PAID:
            good(till.finish())
        elif len(till.receipts()) > before:
            good(till.refund(till.receipts()[0].name, BY_RETURN))
        elif sale is None or not sale.items:
            good(till.add_item("Tea", PRICE_TIYN))
        elif sale.asked is None:
            good(till.begin_payment(DT_OFFLINE))
        else:
            found = payer.money.propose(sale.asked.shown)
            told = good(payer.money.confirm(found) if isinstance(found, Proposal) else found)
            good(till.take(told.messages[0]))


@pytest.mark.parametrize("durable", [False, True], ids=["before it is durable", "after"])
def test_a_cut_at_every_commit_ends_in_one_receipt_and_one_refund(market: Market, durable: bool) -> None:
    payer, till = market.wallet(AIGUL, 400_000), market.till()
    market.line.away = True
    for commit in range(COMMITS_MOST):
        try:
            with cut_at(commit, durable=durable):
                through(till, payer, 2 * commit)
            break
        except PowerCut:
            till = market.restarted(till)
            payer = market.reopen(payer, "aigul", f"life {commit}")
            through(till, payer, 2 * commit)
        standing = till.takings_standing()
        assert (standing.held_tiyn, standing.promised_tiyn, standing.unmatched_tiyn) == (0, 0, 0)
    else:
        raise AssertionError("the sale never came through whole")
    assert commit > 12, "a sale and a refund have more commits than that"
    told = list(reversed(till.receipts()))
    assert [one.number for one in told] == list(range(1, 2 * commit + 3))
    assert [one.kind for one in told] == ["sale", "refund"] * (commit + 1)
    assert good(till.x_report()).net_tiyn == 0


# --- real processes


STORED = """
import sys
from pathlib import Path
from pos.cli.opening import opened
from pos.cli.options import OneTill
with opened(OneTill(as_json=True)) as (voice, till):
    till.take(Path(sys.argv[1]).read_bytes())
    print("stored", flush=True)
    sys.stdin.read()
"""
"""A till that has taken a payment and not handed out the receipt: it waits there until it is killed."""


def start(market: Market, *words: str) -> "subprocess.Popen[str]":
    """One command of the till as a process of its own."""
    return process(market, "-m", "pos", *words, "--json")


def process(market: Market, *words: str) -> "subprocess.Popen[str]":
    """A process at the till's folders, with a gateway where nobody listens."""
    environment = {
        **os.environ,
        "TENGE_HOME": str(market.folder / "home"),
        "TENGE_ELEMENTS": str(market.folder / "elements"),
        "TENGE_GATEWAY": "http://127.0.0.1:1",
        "TENGE_PIN": "4071",
        "TENGE_PIN_COST": "cheap",
        "TENGE_AT": str(NOW),
    }
    return subprocess.Popen(
        [sys.executable, *words],
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def end(process: "subprocess.Popen[str]") -> dict[str, Any]:
    """What it told, after it ended well."""
    out, err = process.communicate(timeout=60)
    assert process.returncode == 0, out + err
    told = json.loads(out)
    assert isinstance(told, dict)
    return told


def test_a_till_killed_in_mid_sale_goes_on_and_counts_the_payment_once(market: Market) -> None:
    payer = market.wallet(AIGUL, 100_000)
    market.till().close()
    request, payment, receipt = (market.folder / one for one in ("request", "payment", "receipt"))
    end(start(market, "sale", "--item", "Tea=500", "--tender", "dt-offline", "--out", str(request)))
    payment.write_bytes(approved(payer.money, request.read_bytes()).messages[0])

    killed = process(market, "-c", STORED, str(payment))
    assert killed.stdout is not None and killed.stdout.readline() == "stored\n"
    killed.kill()
    killed.communicate(timeout=60)
    assert killed.returncode == -9

    assert end(start(market, "status"))["sale"]["phase"] == "paid"
    told = end(start(market, "take", str(payment), "--out", str(receipt)))
    assert told["again"] and told["receipt"]["receipt"] == "1-0001"
    assert good(payer.money.receive(receipt.read_bytes())).status == "paid"
    end(start(market, "finish"))
    standing = end(start(market, "status"))
    assert standing["sale"] is None and standing["standing"]["held_tiyn"] == 50_000
