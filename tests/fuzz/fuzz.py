"""``make fuzz``: let atheris follow the branches of every parser, from a corpus that is kept.

    make fuzz                                all parsers, a minute each
    make fuzz ARGS='token --seconds 600'     one of them, longer
    make fuzz ARGS='--list'                  their names

An input is an error when reading it raises anything but a refusal with code and field, or when something
that is signed was changed and is taken all the same. What breaks is written to
``tests/fuzz/corpus/PARSER-….bin`` and is replayed by every ``make test`` from then on (``test_corpus.py``),
without atheris.
"""

import argparse
import hashlib
import subprocess
import sys
import tempfile
from pathlib import Path

from tender.errors import RemoteProtocolError, StoreError
from tests.fuzz.cards import cards
from tests.fuzz.emv import emv
from tests.fuzz.iso8583 import iso8583
from tests.fuzz.orders import bodies, enveloped
from tests.fuzz.purse import purse
from tests.fuzz.scanned import scanned
from tests.fuzz.targets import Parser, parsers

CORPUS = Path(__file__).with_name("corpus")


def everyone() -> dict[str, Parser]:
    """Every parser by a name that a file can have."""
    return {
        file_name(one.name): one
        for one in (*parsers(), *enveloped(), *bodies(), *scanned(), *cards(), *purse(), *iso8583(), *emv())
    }


def file_name(name: str) -> str:
    """``settle?`` → ``settle-asked``."""
    return name.replace("?", "-asked").replace("!", "-answered").replace(" ", "-")


def judge(parser: Parser, data: bytes) -> bool:
    """Whether it was taken. Anything but a typed refusal escapes."""
    try:
        parser.read(data)
    except RemoteProtocolError as error:
        assert error.code and error.field, "a refusal names its code and field"
        return False
    except StoreError:
        assert parser.name == "state"
        return False
    assert not parser.sealed or data in parser.samples, "taken although it was changed"
    return True


def explore(name: str, seconds: int) -> str | None:
    """Fuzz one parser in a process of its own; the kept file when something broke."""
    with tempfile.TemporaryDirectory(prefix="fuzz-") as here:
        folder = Path(here)
        for place, sample in enumerate(everyone()[name].samples):
            (folder / f"sample-{place}").write_bytes(sample)
        for file in CORPUS.glob(f"{name}-*.bin"):
            (folder / file.name).write_bytes(file.read_bytes())
        command = [sys.executable, "-m", "tests.fuzz.follow", name, str(folder), str(seconds)]
        ended = subprocess.run(command, capture_output=True, text=True, check=False)
        broken = [*folder.glob("found-crash-*"), *folder.glob("found-timeout-*"), *folder.glob("found-oom-*")]
        if not broken:
            if ended.returncode:
                sys.exit(f"atheris did not run:\n{ended.stderr[-2000:]}")
            return None
        data = broken[0].read_bytes()
        kept = CORPUS / f"{name}-{hashlib.sha256(data).hexdigest()[:12]}.bin"
        kept.write_bytes(data)
        print(ended.stderr[-1500:])
        return kept.name


def main() -> int:
    """The command."""
    reader = argparse.ArgumentParser(prog="make fuzz", description=__doc__)
    reader.add_argument("parsers", nargs="*", help="only these")
    reader.add_argument("--seconds", type=int, default=60, help="for each")
    reader.add_argument("--list", action="store_true")
    given = reader.parse_args()
    there_are = everyone()
    if unknown := set(given.parsers) - set(there_are):
        reader.error(f"no parser: {', '.join(sorted(unknown))}; --list names them")
    if given.list:
        print("\n".join(there_are))
        return 0
    broken = 0
    for name in given.parsers or there_are:
        kept = explore(name, given.seconds)
        broken += kept is not None
        print(f"{name:<28}{'broke; kept as ' + kept if kept else 'only refusals'}", flush=True)
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
