"""What ``tenge bench`` measures, part by part, in its order."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Final

from town.bench.measurement import Measurement


@dataclass(frozen=True, slots=True)
class Part:
    """One part: its name on the command line, what is measured, and ``module:function`` that does it.

    The function takes ``scale`` (whether to run it at its largest) and returns the measurements.
    """

    name: str
    words: str
    place: str

    def measure(self, *, scale: bool) -> list[Measurement]:
        """Run it."""
        module, _, function = self.place.partition(":")
        run: Callable[..., list[Measurement]] = getattr(import_module(module), function)
        return run(scale=scale)


PARTS: Final[Sequence[Part]] = (
    Part("verify", "verifying a 15-hop chain", "town.bench.measure:verifying"),
    Part("sizes", "bytes on the wire", "town.bench.measure:on_the_wire"),
    Part("start", "cold starts", "town.bench.measure:starting"),
    Part("pay", "one payment from hand to hand", "town.bench.pay:paying"),
    Part("settle", "durable settlement by two processes", "town.bench.settle:settling"),
    Part("http", "settlement over HTTP", "town.bench.settle_http:settling_over_http"),
    Part("grow", "settlement beside a million coins", "town.bench.settle_scale:growing"),
    Part("lists", "revocation lists of twenty million devices", "town.bench.lists:listing"),
    Part("screens", "the wallet on the whole terminal", "town.bench.screens:on_screens"),
    Part("qr", "a payment from a screen to a camera", "town.bench.qr:scanning"),
    Part("taps", "a purse card at a reader", "town.bench.taps:tapping"),
    Part("iso", "a card message to bytes and back", "town.bench.iso:messages"),
    Part("emv", "a payment card at a terminal", "town.bench.emv:kernel"),
    Part("instant", "a thousand payments on line", "town.bench.instant:thousand_payments"),
    Part("cards", "card purchases through switch and banks", "town.bench.cards:authorising"),
    Part("clients", "eight clients at once, for a minute", "town.bench.clients:eight_at_once"),
)


def named(wanted: Sequence[str]) -> list[Part]:
    """The parts of these names, all of them for none; KeyError with the first name that there is not."""
    known = {part.name: part for part in PARTS}
    return [known[name] for name in wanted] or list(PARTS)


def measured(parts: Sequence[Part], *, scale: bool) -> Iterator[tuple[Part, list[Measurement]]]:
    """Each part with what it measured, one after the other."""
    for part in parts:
        yield part, part.measure(scale=scale)
