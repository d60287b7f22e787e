"""Conversations by terminal: to close one terminal's batch, no other's are looked at."""

from random import Random

from card_switch.core.conversations import Conversations
from card_switch.core.rows import Conversation, State, key_of, packed
from tender.card.iso8583.message import Message

TERMINALS = ("60100001", "A/B/C", "X", "60100002")


def one(terminal: str, stan: int, time_ms: int = 0) -> Conversation:
    request = Message(
        "0100", {3: "000000", 7: "1231235959", 11: f"{stan:06}", 32: "601", 41: f"{terminal:<8}"}
    )
    return Conversation(key_of(request), "t", b"", packed(request), "", State.APPROVED, time_ms)


def test_the_index_says_what_a_look_at_all_of_them_says() -> None:
    chance, held = Random(7), Conversations()
    for step in range(2_000):
        made = one(chance.choice(TERMINALS), chance.randrange(60), step)
        if made.key in held and chance.random() < 0.5:
            del held[made.key]
        else:
            held[made.key] = made
        if step % 50 == 0:
            for terminal in (*TERMINALS, "unknown"):
                found = list(held.of_terminal(terminal))
                assert {id(known) for known in found} == {
                    id(known) for known in held.values() if known.terminal == terminal
                }
                assert len(found) == len({known.key for known in found})


def test_a_terminals_batch_asks_nothing_of_the_others() -> None:
    held = Conversations()
    for stan in range(1_000):
        held[one("60100002", stan).key] = one("60100002", stan)
    mine = one("60100001", 1)
    held[mine.key] = mine
    looked: list[str] = []

    class Watched(Conversations):
        def __getitem__(self, key: str) -> Conversation:
            looked.append(key)
            return super().__getitem__(key)

    watched = Watched()
    for known in held.values():
        watched[known.key] = known
    assert list(watched.of_terminal("60100001")) == [mine] and looked == [mine.key]
