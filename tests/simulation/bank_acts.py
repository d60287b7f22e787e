"""What people do when there is a network: load, upload, sync, claim, transfer, convert, report losses. Some
of it goes wrong on the way, some of it is a lie."""

from tender.account.client_messages import (
    BY_PHONE,
    FROM_DT,
    TO_DT,
    Balances,
    Convert,
    LostNoted,
    ReportLost,
    Transfer,
    Transferred,
)
from tender.account.token_messages import (
    ALREADY,
    RECORDED,
    REFUSED,
    ClaimItem,
    Load,
    Loaded,
    RootWanted,
    Sync,
    Synced,
)
from tender.cash.beside import Lists
from tender.cash.chain import Holding
from tender.cash.token import Claim, Rule
from tender.crypto import envelope
from tender.crypto.certificates import DAY_S
from tender.crypto.envelope import Typ
from tender.crypto.keys import SigningKey
from tender.errors import Refusal
from tests.platform_stub.people import MERCHANT, SCHOOL, Phone
from tests.simulation.device import Device
from tests.simulation.world import TIYN, World, money

MEALS = Rule("school meals", categories=(MERCHANT.category,))
BOOKS = Rule("school books", merchants=(SCHOOL.identifier,))
KEYS_LEAST, KEYS_MORE = 4, 8
HELD_MOST = 12


def load(world: World, a: int, b: int, c: int) -> None:
    """Account money onto the device, as one to four tokens; sometimes coloured."""
    device = world.device(a)
    if device.cloned or device.lost:
        return
    count = 1 + c % 4
    unused = [key for key in device.keys_for_requests() if key not in device.element.asked]
    if len(unused) < count or len(device.store.coins) > HELD_MOST:
        sync(world, a, b, 0)
        return
    amounts = [TIYN * (1 + (b * 31 + place * 977) % 900) - (c >> place) % 2 for place in range(count)]
    rule = {0: MEALS, 1: BOOKS}.get((c >> 5) % 7)
    wanted = tuple(RootWanted(key, amount) for key, amount in zip(unused, amounts, strict=False))
    told = world.order(device.phone, "load", Load(wanted, rule.to_bytes() if rule else None), _cut(c >> 8))
    if isinstance(told, Refusal):
        world.tell(f"{device.name} cannot load {money(sum(amounts))}: {told.code.value}")
        return
    assert isinstance(told, Loaded)
    device.element.asked |= set(unused[:count])
    world.account[device.phone.person.name] -= sum(amounts)
    for token in told.tokens:
        device.take(token)
    world.count["loaded"] += count
    colour = f" for {rule.purpose}" if rule else ""
    world.tell(f"{device.name} loads {money(sum(amounts))} as {count} tokens{colour}")


def sync(world: World, a: int, b: int, c: int) -> None:
    """Upload what was paid out and what is held, and only then fetch lists; certify new keys when few are
    left. ``c`` odd: the device is cut off before it has uploaded all."""
    device = world.device(a)
    if device.lost:
        return
    records = device.store.records
    if c % 2 and records:
        # A partial upload: some of it now, in another order, the rest some other day.
        part = tuple(sorted(records)[: 1 + c % len(records)])
        told = world.upload(device, part, cut=_cut(c >> 4))
        if not isinstance(told, Refusal):
            device.store.records = tuple(one for one in records if one not in part)
        world.tell(f"{device.name} uploads {len(part)} of {len(records)}")
        return
    held = tuple(one.packed for one in device.store.coins.values())
    if records or held:
        told = world.upload(device, (*records, *held), cut=_cut(c >> 4))
        if isinstance(told, Refusal):
            world.tell(f"{device.name} cannot sync: {told.code.value}")
            return
        for one in told.records:
            assert one.state in (RECORDED, ALREADY), f"what {device.name} holds or paid is refused: {one}"
        device.store.records = ()
    trust = device.trust
    body = Sync(device.element.counter, trust.directory.number, trust.revocations.number, ())
    synced = world.order(device.phone, "sync", body)
    if isinstance(synced, Refusal):
        world.tell(f"{device.name} cannot sync: {synced.code.value}")
        return
    assert isinstance(synced, Synced)
    news = [one for one in (synced.directory, synced.revocations, *synced.steps) if one is not None]
    lists, refused = Lists(trust).take(news)
    assert not refused, f"{device.name} is brought lists that do not hold: {refused}"
    trust = device.store.trust = lists.trust
    world.note_fetched(device)
    device.caught_up()
    if not device.cloned and device.fresh_keys() < KEYS_LEAST:
        if _may_certify(world, device):
            device.phone.certify(KEYS_MORE)
        elif c % 5 == 0:
            _buy(world, device.phone)
    world.count["synced"] += 1
    world.tell(f"{device.name} syncs; list {trust.revocations.number}")


def _may_certify(world: World, device: Device) -> bool:
    """A bank certifies no keys of a device it has stopped."""
    bank = world.town.platform.banks[device.phone.person.bank]
    with bank.desk.store.reading() as rows:
        known = rows.device_by("identity", device.phone.identity.public_key)
    return known is not None and known.state == "active"


def deposit(world: World, a: int, b: int, c: int) -> None:
    """Claims: the last word on one to three coins. ``c`` % 7 = 0: claims for a second account as well."""
    device = world.device(a)
    coins = list(device.store.coins.values())
    if not coins or device.behind or device.lost:
        return
    chosen = [coins[(b + place) % len(coins)] for place in range(min(1 + c % 3, len(coins)))]
    items = [item_of(world, device, one) for one in chosen]
    for one in chosen:
        device.memory.append(device.store.coins.pop(one.output))
    told = world.upload(device, (), tuple(zip(items, chosen, strict=True)), cut=_cut(c >> 6))
    assert not isinstance(told, Refusal), f"{device.name} cannot claim: {told}"
    total = sum(one.amount_tiyn for one in chosen)
    world.count["claimed"] += len(chosen)
    world.tell(f"{device.name} claims {money(total)}: {', '.join(one.state for one in told.claims)}")


def lie(world: World, a: int, b: int, c: int) -> None:
    """A lying payee: claims twice, claims what it has paid away, or claims somebody else's."""
    device = world.device(a)
    if c % 3 == 0:
        _claim_anothers(world, device, world.device(b))
        return
    if not device.memory or device.lost or not world.crook(device):
        return
    holding = device.memory[b % len(device.memory)]
    friend = world.device(b)
    same_bank = friend.phone.person.bank == device.phone.person.bank
    account = world.address(friend if same_bank and c % 3 == 1 else device)
    item = item_of(world, device, holding, account)
    if len(world.truth.signed[(holding.holder, holding.output)]) > 1:
        world.suspect(device)
        world.count["lying claims"] += 1
    told = world.upload(device, (), ((item, holding),), cut=_cut(c >> 6))
    if not isinstance(told, Refusal):
        world.tell(
            f"{device.name} claims what it spent, {money(holding.amount_tiyn)}: {told.claims[0].state}"
        )


def _claim_anothers(world: World, thief: Device, victim: Device) -> None:
    """A key that holds nothing claims: always refused, and the victim loses nothing."""
    if thief.phone is victim.phone or not victim.store.coins:
        return
    holding = next(iter(victim.store.coins.values()))
    mine, key = next((key, signer) for key, signer in thief.phone.keys.items())
    claim = Claim(holding.output, thief.phone.person.bank, world.address(thief))
    signed = envelope.sign(Typ.CLAIM, claim.payload(), key).to_bytes()
    item = ClaimItem(holding.packed, thief.certificate(mine), signed)
    told = world.upload(thief, (), ((item, holding),))
    if isinstance(told, Refusal):
        return
    assert told.claims[0].state == REFUSED, f"{thief.name} claimed {victim.name}'s money: {told.claims[0]}"
    del world.claims[item.claim]
    world.delivered.pop()
    world.count["thefts refused"] += 1
    world.tell(f"{thief.name} claims {victim.name}'s {money(holding.amount_tiyn)}: refused")


def item_of(world: World, device: Device, holding: Holding, account: bytes | None = None) -> ClaimItem:
    """A holder's claim, for its own account unless another is named."""
    claim = device.claim(holding, account or world.address(device))
    return ClaimItem(holding.packed, device.certificate(holding.holder), claim)


def repeat(world: World, a: int, b: int, c: int) -> None:
    """Something that was uploaded comes again, from the same device as a new order, or from another's."""
    if not world.delivered:
        return
    device, body = world.delivered[a % len(world.delivered)]
    hand = device if body.claims or c % 2 else world.device(b)
    world.order(hand.phone, "settle", body, _cut(c >> 4))
    world.count["uploads again"] += 1


def transfer(world: World, a: int, b: int, c: int) -> None:
    """Account money to somebody's phone number."""
    payer, payee = world.device(a), world.device(b)
    if payer.phone.person is payee.phone.person or payer.lost:
        return
    amount = 1 + c * 37 % 90_000
    body = Transfer(BY_PHONE, payee.phone.person.phone, amount, "")
    told = world.order(payer.phone, "transfer", body, _cut(c >> 3))
    if isinstance(told, Transferred):
        world.account[payer.phone.person.name] -= amount
        world.account[payee.phone.person.name] += amount
        world.count["transferred"] += 1
        world.tell(f"{payer.name} transfers {money(amount)} to {payee.name}'s account")


def convert(world: World, a: int, b: int, c: int) -> None:
    """Tenge of the current account into Digital Tenge, or back."""
    device = world.device(a)
    if device.lost:
        return
    amount, to_dt = 1 + b * 101 % 200_000, bool(c % 2)
    told = world.order(device.phone, "convert", Convert(TO_DT if to_dt else FROM_DT, amount), _cut(c >> 3))
    if isinstance(told, Balances):
        world.account[device.phone.person.name] += amount if to_dt else -amount
        world.count["converted"] += 1
        world.tell(f"{device.name} converts {money(amount)} {'to' if to_dt else 'from'} Digital Tenge")


def lose(world: World, a: int, b: int, c: int) -> None:
    """A phone is reported lost, and its owner buys another; whoever found it goes on using it."""
    device = world.device(a)
    person = device.phone.person
    if device.lost or device.cloned or sum(one.lost for one in world.devices) > 2:
        return
    bank = world.town.platform.banks[person.bank]
    enrolled = device.phone.enrolled
    assert enrolled is not None
    client = bank.client(person.identifier)
    assert not isinstance(client, Refusal)
    code = bank.clients.activation_code(client.number)
    told = world.order(device.phone, "report-lost", ReportLost(enrolled.device, code, bytes(32)))
    if not isinstance(told, LostNoted):
        return
    for one in world.devices:
        if one.phone is device.phone:
            one.lost = True
            one.name += " (reported lost)"
    _buy(world, device.phone)
    world.count["phones lost"] += 1
    world.tell(f"{person.name} reports a lost phone ({told.revoked} keys on list {told.list_number})")


def _buy(world: World, old: Phone) -> None:
    """A new phone for the owner of one that its bank has stopped."""
    person = old.person
    if world.town.phones[person.name] is not old:
        return
    bank = world.town.platform.banks[person.bank]
    client = bank.client(person.identifier)
    assert not isinstance(client, Refusal)
    fresh = Phone(world.town, person, SigningKey(world.town.entropy.draw(32)))
    fresh.enrol(bank.clients.activation_code(client.number))
    fresh.certify(KEYS_MORE)
    world.town.phones[person.name] = fresh
    world.devices.append(world.new_device(person.name, fresh))
    world.tell(f"{person.name} buys another phone")


def wait(world: World, a: int, b: int, c: int) -> None:
    """Time passes: hours, days, and now and then weeks."""
    hours = (1, 5, 20, 70)[a % 4] if b % 12 else 24 * (10 + c % 60)
    world.town.clock.advance(hours * 3600)
    world.count["days"] += hours // 24
    if c % 3 == 0:
        world.town.platform.tick()
    world.tell(f"{hours} hours pass" if hours < 24 else f"{hours * 3600 // DAY_S} days pass")


def _cut(c: int) -> int:
    """Every sixth exchange breaks somewhere between participants."""
    return c if c % 6 == 1 else 0
