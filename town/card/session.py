"""A recorded session taken apart, line by line."""

from collections.abc import Iterable, Iterator, Mapping

from faces.words import sentence
from tender.card import atr
from tender.errors import Code, Refusal, RemoteProtocolError
from town.card.decoding import Decoder


def told(reader: str, rows: Iterable[Mapping[str, str]]) -> Iterator[str]:
    """What happened, for people; ``RemoteProtocolError`` at ``session[n]`` for what is no such row."""
    yield reader
    decoder = Decoder()
    for number, row in enumerate(rows, start=1):
        try:
            if "connect" in row:
                decoder = Decoder()
                yield _connected(bytes.fromhex(row["connect"]))
            elif "connect-error" in row:
                yield f"! {_error(row['connect-error'])}"
            else:
                yield from decoder.command(row["command"])
                if "error" in row:
                    yield f"< {_error(row['error'])}"
                else:
                    yield from decoder.answer(row["answer"])
        except (KeyError, ValueError) as error:
            raise RemoteProtocolError(Code.FIELD_WRONG, f"session[{number}]") from error


def _error(code: str) -> str:
    return sentence(Refusal(Code(code)))


def _connected(octets: bytes) -> str:
    try:
        says = atr.read(octets)
    except RemoteProtocolError:
        return f"= {octets.hex()}"
    spoken = ", ".join(f"T={protocol}" for protocol in says.protocols)
    return f"= {octets.hex()}  {says.historical!r} {spoken}"
