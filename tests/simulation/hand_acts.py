"""What people do with no network: pay, be cut off, try again, turn clocks, copy devices, and cheat."""

from copy import copy

from tender.cash.chain import Holding, append_hop, hop_bytes, spend_link
from tender.cash.messages import Transfer, open_message, pack
from tender.cash.session_state import Payee, Payer, Phase
from tender.crypto.certificates import DAY_S, DeviceCertificate
from tender.crypto.envelope import Typ
from tests.simulation.device import Device, PowerCut
from tests.simulation.world import BAG, World, money

MOST_MESSAGES = 40
CLONES_MOST = 3


def pay(world: World, a: int, b: int, c: int) -> None:
    """One pays another with one or more tokens, over one-way or two-way wires; perhaps something breaks."""
    able = [one for one in world.devices if one.store.coins and not one.behind]
    payee = world.device(b)
    if not able or able[a % len(able)] is payee:
        return
    payer = able[a % len(able)]
    plan = _plan(world, payer, payee, c)
    amount = sum(tiyn for _, tiyn in plan)
    if not amount:
        return
    payment = payee.ask_for(amount)
    said = _collect(world, payee, payer)
    if payment is None:
        _refused(world, f"{payee.name} asks for nothing", payee)
        return
    payer.plan, payer.two_way = plan, c % 3 == 0
    world.meetings.append((payer, payee, payment))
    cut = (c >> 4) % 8 if (c >> 2) % 4 == 0 else None
    _die_soon(payer if c % 2 else payee, (c >> 8) % 12 if (c >> 6) % 5 == 0 else None)
    _carry(world, payer, payee, said, cut)
    payer.die_after = payee.die_after = None
    payer.plan = ()
    _tell_payment(world, payer, payee, payment, amount)


def resume(world: World, a: int, b: int, c: int) -> None:
    """Two who were cut off meet again: both say again what they said last."""
    waiting = [one for one in world.meetings[-60:] if _waits(one)]
    if not waiting:
        return
    payer, payee, payment = waiting[a % len(waiting)]
    said: list[tuple[Device, bytes]] = []
    for device, other in ((payee, payer), (payer, payee)):
        if not (device.mute and device is payee):
            _guarded(device, lambda one=device: one.resume(payment))
        said += _collect(world, device, other)
    payer.two_way = False
    _carry(world, payer, payee, said, (c >> 2) % 6 if c % 4 == 0 else None)
    world.count["resumed"] += 1
    world.tell(
        f"{payer.name} and {payee.name} meet again: {_phase(payer, payment)} / {_phase(payee, payment)}"
    )


def cancel(world: World, a: int, b: int, c: int) -> None:
    """A payee gives up waiting; what comes later goes back."""
    opened = [one for one in world.meetings[-60:] if _phase(one[1], one[2]) in (Phase.OPEN, Phase.OFFERED)]
    if not opened:
        return
    payer, payee, payment = opened[a % len(opened)]
    _guarded(payee, lambda: payee.cancel(payment))
    said = _collect(world, payee, payer)
    world.tell(f"{payee.name} waits no longer for {payer.name}")
    _carry(world, payer, payee, said, 0 if c % 2 else None)


def again(world: World, a: int, b: int, c: int) -> None:
    """An old message comes once more, out of order, to whom it was meant or to somebody else."""
    if not world.bag:
        return
    hearer, data = world.bag[a % len(world.bag)]
    if c % 5 == 0:
        hearer = world.device(b)
    _guarded(hearer, lambda: hearer.hear(data))
    for payment, answer in hearer.said:
        for payer, payee, known in world.meetings[-60:]:
            other = payer if hearer is payee else payee
            if known == payment and hearer in (payer, payee):
                _guarded(other, lambda to=other, said=answer: to.hear(said))
                other.said.clear()
    hearer.said.clear()
    world.count["messages again"] += 1


def turn_clock(world: World, a: int, b: int, c: int) -> None:
    """Somebody's clock is wrong from now on, or right again."""
    device = world.device(a)
    device.skew_s = (0, -400 * DAY_S, -20 * DAY_S, 3 * DAY_S, 40 * DAY_S, 0)[c % 6]
    world.count["clocks turned"] += 1
    world.tell(f"{device.name} turns the clock by {device.skew_s // DAY_S} days")


def mute(world: World, a: int, b: int, c: int) -> None:
    """A payee begins to deny: it takes money and acknowledges nothing; or stops doing so."""
    device = world.device(a)
    device.mute = not device.mute
    world.tell(f"{device.name} {'denies what comes' if device.mute else 'answers again'}")


def back_up(world: World, a: int, b: int, c: int) -> None:
    """Somebody keeps a copy of the store."""
    device = world.device(a)
    world.backups = [*world.backups[-7:], (device, device.store.backup())]


def put_back(world: World, a: int, b: int, c: int) -> None:
    """An old copy of the store is put back under an element that went on: read-only until a sync."""
    if not world.backups:
        return
    device, store = world.backups[a % len(world.backups)]
    device.store = store.backup()
    device.die()
    world.forgetful.add(device.phone.identity.public_key)
    world.count["backups restored"] += 1
    world.tell(f"{device.name} puts an old copy of the store back")


def clone(world: World, a: int, b: int, c: int) -> None:
    """Store and element are copied: two devices that both believe they are the first."""
    device = world.device(a)
    if sum(one.cloned for one in world.devices) >= CLONES_MOST or device.lost or not world.crook(device):
        return
    twin = copy(device)
    twin.name, twin.cloned, twin.store = f"{device.name}'s copy", True, device.store.backup()
    twin.element = copy(device.element)
    twin.element.spends, twin.element.receipts = dict(device.element.spends), dict(device.element.receipts)
    twin.element.asked = set(device.element.asked)
    twin.memory, twin.said, twin.refusals = list(device.memory), [], []
    world.devices.append(twin)
    world.suspect(device)
    world.forgetful.add(device.phone.identity.public_key)
    world.count["clones"] += 1
    world.tell(f"{device.name}'s phone is copied with its element")


def forge(world: World, a: int, b: int, c: int) -> None:
    """A modified wallet signs an output it has spent, once more, and pays somebody honest with it."""
    cheats = [one for one in world.devices if one.memory and world.crook(one)]
    if not cheats:
        return
    cheat, payee = cheats[a % len(cheats)], world.device(b)
    holding = cheat.memory[c % len(cheat.memory)]
    if payee is cheat or not holding.hops_left:
        return
    amount = holding.amount_tiyn if c % 2 else 1 + (c * 7919) % holding.amount_tiyn
    payment = payee.ask_for(amount)
    payee.said.clear()
    if payment is None:
        return
    state = payee.state(payment)
    assert isinstance(state, Payee)
    key, nonce = state.asked.key, state.asked.nonce
    paid = signed_again(cheat, holding, key, amount, nonce)
    world.suspect(cheat)
    world.count["second links"] += 1
    _guarded(payee, lambda: payee.hear(pack(Transfer(payment, (paid,)))))
    payee.said.clear()
    took = _phase(payee, payment) is Phase.CLOSED
    world.tell(f"{cheat.name} CHEATS {payee.name} with {money(amount)}: {'taken' if took else 'refused'}")


def signed_again(cheat: Device, holding: Holding, key: bytes, amount: int, nonce: bytes) -> bytes:
    """The packed token a modified wallet makes; its element signs whatever it is told."""
    link = spend_link(holding, key, amount, nonce)
    signature = cheat.element.spend(holding.holder, link, Typ.LINK)
    packed = cheat.certificate(holding.holder)
    certificate = DeviceCertificate.unpack(packed, holding.holder, "certificate")
    return append_hop(holding.packed, hop_bytes(holding, link, signature, certificate, change=False))


# ------------------------------------------------------------------------------------------- the wire


def _plan(world: World, payer: Device, payee: Device, c: int) -> tuple[tuple[Holding, int], ...]:
    """Up to three coins, the last one perhaps split. A person may choose badly: then somebody refuses."""
    key, packed = next(iter(payee.phone.certificates.items()))
    certificate = DeviceCertificate.unpack(packed, key, "certificate")
    fit = [
        one
        for one in payer.store.coins.values()
        if one.rule is None
        or c % 11 == 0
        or one.rule.allows(certificate.category, certificate.business_number)
    ]
    if not fit:
        return ()
    count = 1 + (c >> 3) % 3
    start = (c >> 5) % len(fit)
    chosen = [fit[(start + place) % len(fit)] for place in range(min(count, len(fit)))]
    last = chosen[-1].amount_tiyn
    part = last if c % 4 == 0 else 1 + (c * 104_729) % last
    whole = tuple((one, one.amount_tiyn) for one in chosen[:-1])
    return (*whole, (chosen[-1], part))


def _collect(world: World, speaker: Device, hearer: Device) -> list[tuple[Device, bytes]]:
    said = [(hearer, data) for _, data in speaker.said]
    speaker.said.clear()
    world.bag = [*world.bag, *said][-BAG:]
    return said


def _die_soon(device: Device, acts: int | None) -> None:
    device.die_after = acts


def _guarded(device: Device, act: object) -> None:
    """Do it; if the power goes, come back with what is durable."""
    try:
        act()  # type: ignore[operator]
    except PowerCut:
        device.die()


def _carry(
    world: World, payer: Device, payee: Device, said: list[tuple[Device, bytes]], cut: int | None
) -> None:
    """Carry messages between the two until nobody says more, or the link is cut after some of them."""
    carried = 0
    while said:
        if cut is not None and carried >= cut:
            world.count["tears"] += 1
            for device in (payer, payee):
                device.said.clear()
            return
        hearer, data = said.pop(0)
        carried += 1
        assert carried < MOST_MESSAGES, "the devices never stop talking"
        was = hearer.die_after
        _guarded(hearer, lambda to=hearer, heard=data: to.hear(heard))
        if was is not None and hearer.die_after is None:
            world.count["power cuts"] += 1
        answers = _collect(world, hearer, payee if hearer is payer else payer)
        said += [] if hearer is payee and payee.mute and _closed(payee, data) else answers


def _closed(payee: Device, data: bytes) -> bool:
    return _phase(payee, open_message(data).payment_id) is Phase.CLOSED


def _phase(device: Device, payment: bytes) -> Phase | None:
    state = device.state(payment)
    return None if state is None else state.phase


def _waits(meeting: tuple[Device, Device, bytes]) -> bool:
    payer, _, payment = meeting
    mine = payer.state(payment)
    return isinstance(mine, Payer) and mine.phase in (Phase.OFFERING, Phase.SIGNING, Phase.SENT)


def _refused(world: World, what: str, device: Device) -> None:
    code = device.refusals[-1].value if device.refusals else "no key"
    world.count["refused"] += 1
    world.tell(f"{what}: {code}")


def _tell_payment(world: World, payer: Device, payee: Device, payment: bytes, amount: int) -> None:
    mine, theirs = _phase(payer, payment), _phase(payee, payment)
    done = mine is Phase.DONE
    world.count["paid" if done else "unfinished" if mine is Phase.SENT else "not paid"] += 1
    how = "" if done else f": {mine.value if mine else 'nothing'} / {theirs.value if theirs else 'nothing'}"
    codes = {*payer.refusals[-1:], *payee.refusals[-1:]} if not done else set()
    why = f" ({', '.join(sorted(code.value for code in codes))})" if codes else ""
    payer.refusals.clear()
    payee.refusals.clear()
    world.tell(f"{payer.name} pays {payee.name} {money(amount)}{how}{why}")
