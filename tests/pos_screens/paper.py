"""A receipt printer that is no printer: it reads ESC/POS bytes and says what stands on the paper."""

from dataclasses import dataclass, field

CODECS = {17: "cp866", 53: "kz1048"}


@dataclass
class Paper:
    """Lines of text, each with its code page; pictures as (width in dots, bits); cuts; drawer kicks."""

    text: list[tuple[str, int]] = field(default_factory=list)
    pictures: list[tuple[int, bytes]] = field(default_factory=list)
    cuts: int = 0
    kicks: int = 0

    def grey(self, at: int) -> tuple[bytes, int, int]:
        """A picture as one byte a dot (0 is black), with its width and height."""
        width, bits = self.pictures[at]
        grey = bytes(0 if byte >> bit & 1 else 255 for byte in bits for bit in range(7, -1, -1))
        return grey, width, len(grey) // width


def read(data: bytes) -> Paper:
    """What a printer does with these bytes; a command it does not know fails the test."""
    paper, at, page, line = Paper(), 0, 0, b""
    while at < len(data):
        two, three = data[at : at + 2], data[at : at + 3]
        if two == b"\x1b@":
            at += 2
        elif two == b"\x1bp":
            paper.kicks += 1
            at += 5
        elif two == b"\x1bt":
            page = data[at + 2]
            at += 3
        elif two in (b"\x1bE", b"\x1bd"):
            at += 3
        elif two == b"\x1dV":
            paper.cuts += 1
            at += 4 if data[at + 2] in (65, 66) else 3
        elif three == b"\x1dv0":
            row, rows = (int.from_bytes(data[at + n : at + n + 2], "little") for n in (4, 6))
            paper.pictures.append((row * 8, data[at + 8 : at + 8 + row * rows]))
            at += 8 + row * rows
        elif data[at] == 0x0A:
            if line:
                paper.text.append((line.decode(CODECS[page]), page))
            line = b""
            at += 1
        else:
            assert data[at] >= 0x20, f"a command nobody meant: {data[at : at + 4].hex()}"
            line += data[at : at + 1]
            at += 1
    assert not line, "a line that was never ended is never printed"
    return paper
