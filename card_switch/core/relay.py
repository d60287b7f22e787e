"""What acquirers and networks have in common: a request goes on, its answer comes back, once.

===========  ==========================  =================================================================
state        event                       becomes
===========  ==========================  =================================================================
(none)       request                     asked (passed on) or declined (nowhere to go, refused by a rule)
asked        answer 00, 10, 85, 87       approved: answered back
asked        any other answer            declined: answered back
asked        deadline                    given up: answered 91; a reversal is owed onwards
asked        10 or 87, more than asked   given up: answered 91; a reversal is owed onwards
asked        reversal                    given up: acknowledged; the reversal is owed onwards
approved     reversal                    reversed, or less stands: acknowledged; the reversal is owed
approved     a void, given back          as it was: 12 (DE 95: what stands); of another card, shop or bank: 25
reversed     10, 12 to its reversal      as much stands as the far side says (DE 95)
given up     answer                      as it was: thrown away; the reversal is on its way already
(none)       reversal                    barred: the original is refused if it ever comes
any          the same request again      as it was: the same answer, byte for byte
any          another under the same key  as it was: 94
===========  ==========================  =================================================================

An owed reversal is a row before it is sent, and it is said again (0401, 0421) until the other side has taken
it (00), or has never seen (25) what nobody here heard a yes to. A terminal hears at once that it is taken (a
void at the bank's own till: what its issuer said of it, if that says so in time); another host hears what
the far side said. Taken in part (10) stays owed: credits stand against it, and DE 95
says how much of it stands for that. A no that says what stands (12 with DE 95) ends it. Any other no is told
(``reversal-refused``) and ends nothing.

A void (DE 39 = 17, the customer's own) of what a credit stands against is refused: the credit is undone
first. Every other reversal (DE 39 = 68, or none: no answer came, the power went) is always taken. A credit of
what is taken back here is refused (25).

A reversal takes back only what its own card and shop (DE 2, 42) and, but for terminals, its own link asked
for, and only requests for money (DE 90 of class 1 or 2). Rules of one kind of host (where to, what to add)
are its :class:`~card_switch.core.relay_rules.Rules`.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from card_switch.core.conversations import Conversations
from card_switch.core.node import OWN_ISSUER, TERMINAL, Command, Keep, Row, Send, Tell
from card_switch.core.outside import Outside
from card_switch.core.relay_rules import (
    APPROVALS,
    DONE,
    DUPLICATE,
    FORMAT_ERROR,
    INVALID,
    NO_ANSWER,
    NO_MONEY,
    NOT_FOUND,
    PARTIAL,
    Onward,
    Rules,
    believed,
    in_tenge,
)
from card_switch.core.returns import Returns, credit_word
from card_switch.core.reversals import Reversals
from card_switch.core.rows import (
    CONVERSATION,
    CONVERSATIONS,
    OWED,
    Conversation,
    State,
    fingerprint,
    key_of,
    names,
    original_keys,
    packed,
    storable,
)
from card_switch.core.waiting import Waiting
from tender.card.iso8583.message import Message, replacement_text
from tender.card.response_codes import ANSWER_LATE, is_void
from tender.errors import LocalProtocolError, RemoteProtocolError, TenderError


class Relay:
    """One host that passes requests on. See the table above."""

    def __init__(self, name: str, rules: Rules, again_ms: int, outside: Outside | None = None) -> None:
        """``again_ms``: how long to wait for the acknowledgement of a reversal."""
        self.name = name
        self._outside = outside or Outside()
        self.conversations = Conversations(self._outside.names)
        self.reversals = Reversals(again_ms)
        self._again_ms = again_ms
        self._returns = Returns(self.conversations)
        self._rules = rules
        self._up: set[str] = set()
        self._waiting = Waiting(self.conversations)
        self._handlers = {
            "010": self._requested,
            "020": self._requested,
            "040": self._taken_back,
            "042": self._taken_back,
        }

    # --- what happens

    def heard(self, link: str, message: Message, now_ms: int) -> Sequence[Command]:
        """A request of the near side or an answer of the far one."""
        try:
            if not message.is_request:
                return self._answered(link, message, now_ms)
            message = self._rules.completed(link, message, now_ms)
            handle = self._handlers.get(message.mti[:3])
            if handle is None:
                told = self._rules.other(link, message, now_ms)
                return told if told is not None else [Send(link, message.answer(INVALID))]
            key = key_of(message)
            return self._known(key, link, message) or handle(key, link, message, now_ms)
        except (RemoteProtocolError, LocalProtocolError) as error:
            # Also what the next dialect has no words for (a country it does not know): the sender's to mend.
            return self._unreadable(link, message, error)

    def _unreadable(self, link: str, message: Message, error: TenderError) -> Sequence[Command]:
        told = Tell("unreadable", (("link", link), ("field", error.field)))
        return [told, Send(link, message.answer(FORMAT_ERROR))] if message.is_request else [told]

    def _known(self, key: str, link: str, message: Message) -> list[Command]:
        """What is to be said to a request whose key is known; nothing for a new one."""
        known = self.conversations.get(key)
        if known is None:
            return []
        if known.state is State.BARRED:
            return [Tell("barred", (("key", key),)), Send(link, message.answer(INVALID))]
        if known.fingerprint != fingerprint(message):
            return [Tell("duplicate-differs", (("key", key),)), Send(link, message.answer(DUPLICATE))]
        answer = known.answer
        if answer is not None:
            return [Tell("repeated", (("key", key),)), Send(link, answer)]
        # Still on its way; the answer goes to where it was asked last.
        self.conversations[key] = moved = replace(known, link=link)
        return [Tell("repeated", (("key", key),)), self._kept(moved)]

    def _requested(self, key: str, link: str, message: Message, now_ms: int) -> list[Command]:
        onward = NOT_FOUND if self._returns.gone(message) else self._rules.onward(link, message, now_ms)
        code = onward if isinstance(onward, str) else "" if onward.link in self._up else NO_ANSWER
        if code or isinstance(onward, str):
            answer = message.answer(code)
            return [
                self._new(key, link, message, now_ms, State.DECLINED, answer=answer),
                Send(link, answer),
            ]
        if (self.name, onward.link) in self._outside:
            onward = in_tenge(onward)
        asked = self._new(key, link, message, now_ms, State.ASKED, onward=onward)
        return [asked, Send(onward.link, onward.message)]

    def _answered(self, link: str, answer: Message, now_ms: int) -> Sequence[Command]:
        key = key_of(answer)
        if answer.mti[1] == "4":
            return self._acknowledged(key, link, answer)
        known = self.conversations.get(key)
        if known is None or known.onward != link or known.state is not State.ASKED:
            # Too late, twice, or never asked: whatever it approves is being reversed, or was answered.
            return [Tell("late", (("link", link), ("code", answer.code)))]
        approved = answer.code in APPROVALS
        request = known.request
        answer = believed(request, answer)
        if answer.code in PARTIAL and answer.amount_tiyn > request.amount_tiyn:
            # More than was asked is no part of it: as good as no answer, and taken back.
            return [Tell("more-than-asked", (("link", link), ("key", key))), *self._given_up(known, now_ms)]
        stands = answer if answer.code in PARTIAL else request
        moves = approved and request.kind not in NO_MONEY
        told = self._rules.life_cycle(known, answer)
        life_cycle = self._outside.name((self.name, link), told, key) or known.life_cycle
        said = self._rules.backward(known, answer)
        done = self.conversations[key] = known.answered(
            State.APPROVED if approved else State.DECLINED,
            said,
            stands_tiyn=stands.amount_tiyn if moves else 0,
            life_cycle=life_cycle,
        )
        return [self._kept(done), Send(done.link, said)]

    # --- reversals

    def _taken_back(self, key: str, link: str, message: Message, now_ms: int) -> list[Command]:
        originals = original_keys(message)
        found = (self.conversations[one] for one in originals if one in self.conversations)
        known = next((one for one in found if one.state is not State.BARRED), None)
        if known is None:
            return self._barred(originals[0], key, link, message, now_ms)
        strange = not link.startswith(TERMINAL) and known.link != link
        if strange or not names(message, known.request):
            # Of another card, of another shop, or said by another bank than asked: nothing is touched.
            return [Tell("not-of-this", (("key", known.key),)), Send(link, message.answer(NOT_FOUND))]
        if is_void(message) and self._returns.stand(known):
            # What is given back stands at the issuer by now: both together would pay the customer twice.
            stays = message.answer(INVALID, {95: replacement_text(known.stands_tiyn)})
            return [Tell("given-back", (("key", known.key),)), Send(link, stays)]
        left = message.replacement_tiyn or 0
        if left and (known.state is State.ASKED or left > known.request.amount_tiyn):
            # More than there ever was, or a part of what nobody has approved yet.
            return [Send(link, message.answer(FORMAT_ERROR))]
        owes = known.state is State.ASKED or (known.state is State.APPROVED and left < known.stands_tiyn)
        if known.state is State.APPROVED and known.request.kind in NO_MONEY:
            owes = False
        # Another host hears the end of it, a terminal goes away: it waits a while, for its own bank alone.
        waits = owes and known.state is State.APPROVED and known.onward == OWN_ISSUER and is_void(message)
        here = Onward("", message, self._again_ms) if waits and link.startswith(TERMINAL) else None
        answer = None if here or (owes and not link.startswith(TERMINAL)) else message.answer(DONE)
        commands: list[Command] = [
            self._new(key, link, message, now_ms, State.TAKEN, answer=answer, onward=here)
        ]
        if owes:
            if known.state is State.ASKED and is_void(message):  # nobody may refuse what nobody has heard of
                message = message.having({39: ANSWER_LATE})
            known = self._unanswered(known) if known.state is State.ASKED else self._standing(known, left)
            said = self._rules.identified(known, self._rules.reversal(known, message))
            commands += [self._changed(known), *self.reversals.owe(said, known, now_ms, self._up)]
        return [*commands, *([Send(link, answer)] if answer else [])]

    def _barred(self, original: str, key: str, link: str, message: Message, now_ms: int) -> list[Command]:
        """Its original is not here: when it comes, it is refused. Only in the sender's own name, and nothing
        that is known becomes another thing for it."""
        answer = message.answer(NOT_FOUND)
        commands: list[Command] = []
        if original not in self.conversations:
            commands.append(self._new(original, link, message, now_ms, State.BARRED))
        taken = self._new(key, link, message, now_ms, State.TAKEN, answer=answer)
        return [*commands, taken, Tell("unknown-original", (("key", original),)), Send(link, answer)]

    def _acknowledged(self, key: str, link: str, answer: Message) -> list[Command]:
        """What the far side says to a reversal: from now on as much stands here as there."""
        owed = self.reversals.owed.get(key)
        commands, stands_tiyn = self.reversals.acknowledged(key, link, answer, self._was_approved)
        if owed is None or stands_tiyn is None:
            return commands
        known = self.conversations.get(owed.of)
        if known is not None and known.state in (State.APPROVED, State.REVERSED):
            most_tiyn = known.stands_tiyn if answer.code == DONE else known.request.amount_tiyn
            stands_tiyn = min(stands_tiyn, most_tiyn)
            if stands_tiyn != known.stands_tiyn:
                commands.append(self._changed(self._standing(known, stands_tiyn)))
        asked = self.conversations.get(key)
        if asked is not None and asked.waits_for_its_end:
            if key in self.reversals.owed and asked.link.startswith(TERMINAL):
                return commands  # no end yet, and a terminal hears one answer
            more = {95: answer.fields[95]} if 95 in answer.fields else {}
            said = asked.request.answer(answer.code, more)
            if key not in self.reversals.owed:
                commands.append(self._changed(asked.answered(State.TAKEN, said)))
            commands.append(Send(asked.link, said))
        return commands

    def _standing(self, known: Conversation, stands_tiyn: int) -> Conversation:
        state = State.APPROVED if stands_tiyn else State.REVERSED
        return replace(known, state=state, stands_tiyn=stands_tiyn)

    def _given_up(self, known: Conversation, now_ms: int) -> list[Command]:
        given_up = self._unanswered(known)
        commands: list[Command] = [Tell("time-out", (("link", known.onward), ("key", known.key)))]
        commands += [self._changed(given_up), *self._say(given_up)]
        request = known.request
        if request.kind not in NO_MONEY:
            said = self._rules.identified(given_up, self.reversals.own(request))
            commands += self.reversals.owe(said, given_up, now_ms, self._up)
        return commands

    def _was_approved(self, key: str) -> bool:
        """Whether the far side has said yes to this once: then it knows it, whatever it says."""
        known = self.conversations.get(key)
        return known is not None and known.state in (State.APPROVED, State.REVERSED)

    def _unanswered(self, known: Conversation) -> Conversation:
        """Given up: whoever asked hears that nobody answered."""
        answer = self._rules.backward(known, known.request.answer(NO_ANSWER))
        return known.answered(State.GIVEN_UP, answer)

    # --- time and links

    def link_changed(self, link: str, up: bool, now_ms: int) -> Sequence[Command]:
        """A link up is one that owed reversals go over at once."""
        if not up:
            self._up.discard(link)
            return []
        self._up.add(link)
        return self.reversals.over(link, now_ms)

    def due(self, now_ms: int) -> Sequence[Command]:
        """Give up what waited too long; say again what is not acknowledged."""
        commands: list[Command] = []
        while (known := self._waiting.over(now_ms)) is not None:
            if known.state is State.ASKED:
                commands += self._given_up(known, now_ms)
            else:
                done = known.answered(State.TAKEN, known.request.answer(DONE))
                commands += [self._changed(done), *self._say(done)]
        return [*commands, *self.reversals.due(now_ms, self._up)]

    def next_deadline(self) -> int | None:
        """The earliest of all."""
        both = (self._waiting.next_deadline(), self.reversals.next_deadline())
        return min((one for one in both if one is not None), default=None)

    def bank_said(self, operation: str, reply: bytes, now_ms: int) -> Sequence[Command]:
        """A host that passes messages on asks no bank."""
        return []

    def restore(self, rows: Iterable[Row], now_ms: int) -> Sequence[Command]:
        """What waited goes on waiting for the rest of its time."""
        for row in rows:
            if row.table == CONVERSATIONS:
                known = CONVERSATION.decode(row.data, "row")
                self.conversations[known.key] = known
                self._returns.note(known)
                self._waiting.note(known)
            elif row.table == OWED:
                self.reversals.restore(row.data)
            else:
                self._rules.restore(row)
        given = (known.life_cycle for known in self.conversations.values())
        self._rules.numbers.used(given, now_ms)
        return []

    # --- what is put away (archiving.py)

    def asks_for(
        self, link: str, message: Message, now_ms: int, is_old: Callable[[str], bool]
    ) -> Sequence[str]:
        """The keys a reversal, or a question of an old date, speaks of and nobody here remembers."""
        try:
            message = self._rules.completed(link, message, now_ms)
            handle = self._handlers.get(message.mti[:3])
            words: tuple[str, ...] = ()
            credits: tuple[str, ...] = ()
            if handle == self._taken_back:
                words = original_keys(message)
                credits = (credit_word(message),) if is_old(message.original.transmitted) else ()
            elif handle == self._requested and is_old(message.transmitted):
                words = (key_of(message),)
        except RemoteProtocolError:
            return ()
        return credits if any(one in self.conversations for one in words) else (*words, *credits)

    def knows(self, row: Row) -> bool:
        """Whether it is remembered, or another one of its name."""
        return not self.conversations.has_place_for(CONVERSATION.decode(row.data, "row"))

    def recalled(self, row: Row) -> None:
        """Remember it again."""
        known = self.conversations[row.key] = CONVERSATION.decode(row.data, "row")
        self._returns.note(known)

    def forget(self, key: str) -> None:
        """Remember it no more."""
        self._returns.forget(self.conversations[key])
        del self.conversations[key]

    def row_data(self, key: str) -> bytes:
        """The row of a conversation."""
        return CONVERSATION.encode(self.conversations[key])

    # --- rows

    def _new(
        self,
        key: str,
        link: str,
        message: Message,
        now_ms: int,
        state: State,
        *,
        answer: Message | None = None,
        onward: Onward | None = None,
    ) -> Keep:
        asked = message if onward is None else onward.message
        made = self.conversations[key] = Conversation(
            key=key,
            link=link,
            fingerprint=fingerprint(message),
            request_data=packed(storable(asked)),
            onward=onward.link if onward else "",
            state=state,
            time_ms=now_ms,
            deadline_ms=now_ms + onward.patience_ms if onward else 0,
            answer_data=packed(answer) if answer else b"",
            life_cycle=onward.life_cycle if onward else "",
        )
        self._returns.note(made)
        self._waiting.note(made)
        return self._kept(made)

    def _changed(self, conversation: Conversation) -> Keep:
        """Remember it as it is now."""
        self.conversations[conversation.key] = conversation
        self._returns.note(conversation)
        return self._kept(conversation)

    def _kept(self, conversation: Conversation) -> Keep:
        return Keep(CONVERSATIONS, conversation.key, CONVERSATION.encode(conversation))

    def _say(self, conversation: Conversation) -> list[Command]:
        answer = conversation.answer
        return [] if answer is None else [Send(conversation.link, answer)]
