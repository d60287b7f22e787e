"""One parser under atheris, in a process of its own: ``python -m tests.fuzz.follow PARSER FOLDER SECONDS``.

The fuzzer must see the money's modules before anybody else imports them, hence this file.
"""

import sys

import atheris

with atheris.instrument_imports(
    include=["tender", "hardware.cards", "hardware.purse_client"], enable_loader_override=False
):
    from tests.fuzz.fuzz import everyone, judge

LONGEST_BYTES = 8_192


def main(name: str, folder: str, seconds: str) -> None:
    """Never returns: libFuzzer ends the process."""
    parser = everyone()[name]
    settings = {"max_total_time": seconds, "max_len": LONGEST_BYTES, "artifact_prefix": f"{folder}/found-"}
    words = [f"-{option}={value}" for option, value in settings.items()]
    atheris.Setup(["follow", folder, *words], lambda data: (judge(parser, data), None)[1])
    atheris.Fuzz()


if __name__ == "__main__":
    main(*sys.argv[1:])
