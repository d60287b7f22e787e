"""A platform that can be told where to die."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count

from tests.tears.street import Street
from tests.tears.victims import Victim


@dataclass
class Mortal:
    """The platform of a street as a process that can be told where to die."""

    street: Street
    verifiers: int = 0
    _number: Iterator[int] = field(default_factory=count)

    @contextmanager
    def alive(self, die_at: int | None = None) -> Iterator[tuple[Victim, str]]:
        """The process and its address. It counts from when it listens; ``die_at`` as in the seam."""
        folder = self.street.folder
        armed, address = folder / f"armed-{(n := next(self._number))}", folder / f"address-{n}"
        words = [str(folder / "platform"), str(address), str(self.verifiers)]
        platform = self.street.zygote.start("platform", words, {}, armed_by=armed)
        platform.wait_for(address)
        armed.write_text("" if die_at is None else str(die_at))
        try:
            yield platform, address.read_text()
        finally:
            if not platform.ended:
                platform.kill()
            platform.wait()
