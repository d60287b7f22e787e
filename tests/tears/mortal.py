"""A platform that can be told where to die, and comes back."""

from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType

from tests.tears.seam import Place
from tests.tears.street import Street
from tests.tears.victims import Victim


@dataclass
class Mortal:
    """The platform of a street, as a process; a context ends it."""

    street: Street
    verifiers: int = 0
    lives: int = 0
    life: Victim = field(init=False)
    url: str = field(init=False)
    """Where this life of it listens."""

    def __enter__(self) -> "Mortal":
        self.rise()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if not self.life.ended:
            self.life.kill()
        self.life.wait()

    @property
    def _order(self) -> Path:
        return self.street.folder / f"order-{self.lives}"

    def rise(self) -> None:
        """Start (again), finish what lay open, and listen; places are counted from then on."""
        self.lives += 1
        address = self.street.folder / f"address-{self.lives}"
        words = [str(self.street.folder / "platform"), str(address), str(self.verifiers)]
        self.life = self.street.zygote.start("platform", words, {}, armed_by=self._order)
        self.life.wait_for(address)
        self._order.write_text("")
        self.url = address.read_text()

    def dies_at(self, place: int) -> None:
        """From now on count anew, and die there."""
        self._order.write_text(f"{place}")

    @property
    def places(self) -> list[Place]:
        """Where it could have died in this life."""
        return self.life.places
