"""Messages that tests speak of: one of each kind, with every element real traffic has."""

from dataclasses import dataclass
from typing import Final

from tender.card.iso8583.dialects import MASTERCARD_STYLE, VISA_STYLE, Dialect
from tender.card.iso8583.message import AdditionalAmount, Message, Original, amount_text
from town.bench.iso import PLACE, full_request

__all__ = ["CHIP", "NUMBERS", "PLACE", "TRANSMITTED", "Sample", "purchase", "reversal", "samples"]

CHIP: Final = bytes.fromhex(
    "9F2608AABBCCDDEEFF00119F2701809F100706010A03A0A8009F3704112233449F36020001950500000000009A03261121"
    "9C01009F02060000003779005F2A02039882023C009F1A0203989F03060000000000009F3303E0F8C89F34034203009F350122"
    "9F1E0831323334353637388407A0000000031010"
)
TRANSMITTED: Final = "1121165500"
NUMBERS: Final = {VISA_STYLE: "4444441234567892", MASTERCARD_STYLE: "5555551234567891"}


@dataclass(frozen=True)
class Sample:
    """A message of a dialect, with the name a test shows."""

    name: str
    dialect: Dialect
    message: Message

    def __str__(self) -> str:
        return f"{self.dialect.name} {self.name}"


def purchase(dialect: Dialect) -> Message:
    """A full 0100 as it reaches the network: chip, PIN, place; 3 779 tenge."""
    return full_request(dialect, NUMBERS[dialect], CHIP)


def reversal(dialect: Dialect, *, repeat: bool = False) -> Message:
    """A 0400 (0401) of that purchase that leaves 1 000 tenge of it standing."""
    asked = purchase(dialect)
    kept = {n: asked.fields[n] for n in (2, 3, 4, 11, 32, 37, 41, 42, 49)}
    original = Original("0100", "000001", TRANSMITTED, "400001", "")
    message = Message(
        "0401" if repeat else "0400",
        kept | {7: "1121165530", 90: original.to_text(), 95: amount_text(100_000) + "0" * 30},
    )
    return dialect.with_life_cycle_id(message, dialect.life_cycle_id(asked))


def samples() -> list[Sample]:
    """One of each kind in both dialects."""
    found = []
    for dialect in (VISA_STYLE, MASTERCARD_STYLE):
        asked = purchase(dialect)
        script = bytes.fromhex("910AAABBCCDDEEFF00113030720E9F1804000000018605842400000100")
        balances = "".join(
            one.to_text()
            for one in (AdditionalAmount("00", "02", "398", 5), AdditionalAmount("00", "01", "398", -7))
        )
        typed = dialect.with_cvv2(asked.without(35, 52, 55).having({22: "010", 25: "59"}), "123")
        echo = Message("0800", {7: TRANSMITTED, 11: "000009", 70: dialect.network_codes.echo[0]})
        found += [
            Sample("purchase", dialect, asked),
            Sample("approval", dialect, asked.answer("00", {38: "A1B2C3", 55: script})),
            Sample("balance", dialect, asked.answer("00", {54: balances})),
            Sample("electronic commerce", dialect, typed),
            Sample("its answer", dialect, dialect.with_cvv2_result(typed.answer("00"), "M")),
            Sample("reversal", dialect, reversal(dialect)),
            Sample("reversal again", dialect, reversal(dialect, repeat=True)),
            Sample("echo", dialect, echo),
            Sample("its answer", dialect, echo.answer("00")),
        ]
    return found
