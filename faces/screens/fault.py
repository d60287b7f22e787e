"""A fault of our own: what is written down of it holds no value of any variable, and no message."""

from pathlib import Path
from traceback import extract_tb

FAULT_FILE = "fault.txt"
EXIT_FAULT = 3


def write_fault(error: BaseException, folder: Path) -> str:
    """Where it was written: the kinds of the errors and the lines they passed, each cause before its effect;
    "" when it cannot be. Messages stay out, since some repeat what was typed."""
    lines: list[str] = []
    told: BaseException | None = error
    while told is not None:
        frames = extract_tb(told.__traceback__).format()
        lines = [f"{type(told).__module__}.{type(told).__qualname__}\n", *frames, "\n", *lines]
        told = getattr(told, "error", None) or told.__cause__ or told.__context__
    file = folder / FAULT_FILE
    try:
        file.write_text("".join(lines), encoding="utf-8")
        file.chmod(0o600)
    except OSError:
        return ""
    return str(file)
