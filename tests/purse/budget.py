"""The tables of docs/protocol/purse-card.md, computed: ``python -m tests.purse.budget`` prints them."""

from collections.abc import Callable, Iterator

from hardware.airtime import MODELS, TimedReader
from hardware.cards.chip import RAM_SECTIONS
from hardware.cards.memory_map import EEPROM_BYTES, Map
from hardware.field import reader_of
from hardware.purse_client import PurseClient
from tender.purse.commands import STATUS_OF, Ins, cla_of
from tests.mint import Mint
from tests.purse.bench import Tapped, request_by, signed_by, tapped
from tests.purse.test_being_paid import asked, passed, receipt_of

AMOUNT_TIYN = 100_000


def ram_rows() -> list[str]:
    """RAM, part by part."""
    rows = [f"| {name} | {count:,} |" for name, count in RAM_SECTIONS.items()]
    return [*rows, f"| **all** | **{sum(RAM_SECTIONS.values()):,}** |"]


def eeprom_rows() -> list[str]:
    """EEPROM, part by part."""
    chip_map = Map(tapped(Mint()).card.chip.eeprom)
    sections = chip_map.sections()
    assert sum(sections.values()) == EEPROM_BYTES
    counts = {
        name: getattr(chip_map, name) for name in ("keys", "requests", "spent", "kept", "tokens", "log")
    }
    rows = []
    for name, size in sections.items():
        table = counts.get(name)
        how = f"{table.count} of {table.slot_bytes}" if table is not None else ""
        rows.append(f"| {name} | {how} | {size:,} |")
    return [*rows, f"| **all** | | **{EEPROM_BYTES:,}** |"]


def command_rows() -> list[str]:
    """Each instruction's bytes."""
    return [f"| {ins.name.replace('_', ' ')} | {cla_of(ins):02X} {ins:02X} |" for ins in Ins]


def status_rows() -> list[str]:
    """Each refusal's status word."""
    return [f"| {sw:04X} | `{code.value}` |" for code, sw in STATUS_OF.items()]


def _paid(hops: int) -> tuple[Tapped, Callable[[PurseClient], object]]:
    mint = Mint()
    here = tapped(mint)
    request = asked(here, AMOUNT_TIYN)
    packed = passed(mint, hops, AMOUNT_TIYN, request.key)

    def act(client: PurseClient) -> object:
        return client.sign_receipt(receipt_of(request, client.put_token(packed)))

    return here, act


def _pays(hops: int) -> tuple[Tapped, Callable[[PurseClient], object]]:
    mint = Mint()
    here, shop = tapped(mint), mint.device("shop")
    if hops == 1:
        output = here.load(AMOUNT_TIYN)
    else:
        key = here.key()
        output = here.client.put_token(passed(mint, hops - 1, AMOUNT_TIYN, key))
    message = signed_by(shop, request_by(shop, AMOUNT_TIYN))

    def act(client: PurseClient) -> object:
        client.present_request(message)
        history = client.token(output)
        return client.sign_payment([(output, AMOUNT_TIYN)]), history

    return here, act


def tap_rows() -> Iterator[str]:
    """What a tap costs: APDUs, bytes, the chip's work, and the seconds each model gives it."""
    for what, prepare in (("the card pays", _pays), ("the card is paid", _paid)):
        for hops in (1, 15):
            here, act = prepare(hops)
            took: dict[str, float] = {}
            cells = ""
            for name, model in MODELS.items():
                copy = here.copy()
                seconds: list[float] = []
                before = copy.card.work
                work = (before.signatures, before.verifications, before.eeprom_bytes)
                reader = TimedReader(reader_of(copy.card), model, seconds.append, copy.card.chip.work)
                act(PurseClient.opened(reader))
                after = copy.card.work
                cells = (
                    f"| {reader.commands} | {reader.octets:,} | {after.signatures - work[0]} "
                    f"| {after.verifications - work[1]} | {after.eeprom_bytes - work[2]:,} "
                )
                took[name] = sum(seconds)
            times = " | ".join(f"{seconds:.2f}" for seconds in took.values())
            yield f"| {what}, {hops} hop{'s' if hops > 1 else ''} {cells}| {times} |"


if __name__ == "__main__":
    for rows in (ram_rows(), eeprom_rows(), list(tap_rows()), command_rows(), status_rows()):
        print("\n".join(rows), end="\n\n")
