"""What each side checks before it signs or counts anything, at each edge, with the place of each refusal."""

from dataclasses import replace
from typing import Any

import pytest

from tender.cash.chain import Holding, spend_link, verify_chain
from tender.cash.fork_proof import check_proof
from tender.cash.messages import ANY_COLOUR, Request, Terms
from tender.cash.revocation import open_list, sign_list
from tender.cash.session_checks import (
    Piece,
    arrived,
    attested_name,
    check_certificate,
    check_holding,
    check_list_age,
    check_request,
    coin_of,
    find_fork,
    judge,
    may_sign,
    proposed,
    received,
)
from tender.cash.session_events import Known
from tender.cash.token import Rule
from tender.crypto.certificates import DAY_S
from tender.crypto.directory import Trust, sign_directory
from tests.cash.test_edges_of_tokens import AT, KEY, told
from tests.mint import (
    ALTYN,
    EPOCH_DAY,
    EURASIAN,
    EXPIRY,
    NOW,
    PROFILE_PERSON,
    PROFILE_SMALL,
    Device,
    Mint,
    key_of,
    pay,
)

MEALS = Rule("meals", (5814,))
ID = bytes(16)


class World:
    """Aigul pays Dana; the canteen may take meals. Everything a check needs, ready to be changed."""

    def __init__(self) -> None:
        self.mint = Mint()
        self.trust = self.mint.trust()
        self.aigul, self.dana = self.mint.device("Aigul"), self.mint.device("Dana", EURASIAN)
        self.canteen = self.mint.device("K", category=5814, business="123456789012")
        self.known = Known(self.trust)

    def loaded(self, amount_tiyn: int, by: Device | None = None, **changed: Any) -> Holding:
        return verify_chain(self.mint.load(by or self.aigul, amount_tiyn, **changed), self.trust)

    def request(self, amount_tiyn: int = 500, by: Device | None = None, **changed: Any) -> Request:
        device = by or self.dana
        fields: dict[str, Any] = {
            "amount_tiyn": amount_tiyn,
            "key": device.key.public_key,
            "certificate": device.certificate.packed(),
            "nonce": b"",
            "purpose": "",
            "directory_number": 1,
            "list_number": 0,
            "time": NOW,
            "terms": Terms(),
        }
        return Request(**(fields | changed))

    def piece(self, holding: Holding, request: Request, amount_tiyn: int, by: Device | None = None) -> Piece:
        certificate = (by or self.aigul).certificate.packed()
        return proposed(holding.packed, certificate, amount_tiyn, request, self.known, NOW, AT)[1]

    def naming(self, *named: Device) -> Known:
        """What a device knows whose list names these."""
        groups: dict[tuple[int, int], list[int]] = {}
        for one in named:
            groups.setdefault((one.certificate.issuer, one.certificate.epoch_day), []).append(
                one.certificate.serial
            )
        raw = sign_list(1, NOW, groups, self.mint.root)
        return Known(self.trust.with_revocations(open_list(raw, self.trust.root_key)))

    def without(self, bank: int) -> Known:
        body = replace(self.trust.directory.body, number=2, withdrawn=(bank,))
        return Known(self.trust.with_directory(sign_directory(body, self.mint.root)))


@pytest.fixture
def world() -> World:
    return World()


# --- a counterparty's certificate


def test_a_counterparty_is_judged_in_order(world: World) -> None:
    packed, key = world.aigul.certificate.packed(), world.aigul.key.public_key
    ends = EPOCH_DAY * DAY_S

    def check(packed: bytes = packed, known: Known = world.known, now: int = NOW, newest: int = 1) -> object:
        return check_certificate(packed, key, known, now, newest, AT)

    assert check() == (world.aigul.certificate, PROFILE_PERSON)
    assert check(now=ends - 1)
    assert told(check, packed, world.known, ends) == ("certificate-expired", AT, {"expiry": ends})
    stranger = world.mint.device("Aigul", bank=601).certificate.packed()
    assert told(check, stranger) == ("certificate-missing", AT, {"bank": 601})
    assert told(check, stranger, world.known, NOW, 2) == ("directory-old", AT, {"theirs": 2})
    odd = world.mint.device("Aigul", profile=9).certificate.packed()
    assert told(check, odd) == ("profile-unknown", AT, {"profile": 9})
    assert told(check, odd, world.known, NOW, 2) == ("directory-old", AT, {"theirs": 2})
    forged = packed[:-1] + bytes((packed[-1] ^ 1,))
    assert told(check, forged) == ("certificate-wrong", AT, {})
    assert told(check, packed[:-1]) == ("field-wrong", AT, {})
    blocked = world.without(ALTYN)
    assert told(check, packed, blocked) == ("participant-blocked", AT, {"participant": ALTYN})
    assert check(known=world.without(EURASIAN))
    assert told(check, packed, world.naming(world.aigul)) == ("certificate-revoked", AT, {})
    assert check(known=world.naming(world.dana))


def test_an_old_list_means_smaller_amounts_to_the_second_and_the_tiyn(world: World) -> None:
    known = Known(world.naming().trust)
    assert known.trust.list_date == NOW
    old = NOW + PROFILE_PERSON.list_days * DAY_S
    most = PROFILE_PERSON.old_list_tiyn
    check_list_age(known, PROFILE_PERSON, most + 1, old - 1, AT)
    check_list_age(known, PROFILE_PERSON, most, old, AT)
    facts = {"amount_tiyn": most + 1, "most_tiyn": most}
    assert told(check_list_age, known, PROFILE_PERSON, most + 1, old, AT) == ("list-stale", AT, facts)


def test_a_purse_is_full_to_the_tiyn(world: World) -> None:
    known = replace(world.known, holding_tiyn=150_000)
    check_holding(known, PROFILE_SMALL, 50_000, AT)
    facts = {"amount_tiyn": 50_001, "most_tiyn": 200_000}
    assert told(check_holding, known, PROFILE_SMALL, 50_001, AT) == ("limit-holding", AT, facts)


def test_a_request_is_judged_before_anybody_is_asked(world: World) -> None:
    request, known = world.request(), world.known
    assert check_request(request, ID, known, NOW) == world.dana.certificate
    own = replace(known, own_keys=frozenset((request.key,)))
    assert told(check_request, request, ID, own, NOW) == ("payee-is-payer", "request.key", {})
    nonced = world.request(nonce=b"8 bytes!")
    seen = replace(known, requests={nonced.key + nonced.nonce: bytes(15) + b"1"})
    assert told(check_request, nonced, ID, seen, NOW) == ("request-replayed", "request.nonce", {})
    assert check_request(request, ID, seen, NOW)
    assert check_request(nonced, bytes(15) + b"1", seen, NOW)
    small = world.mint.device("S", profile=2)
    assert check_request(world.request(200_000, small), ID, known, NOW)
    facts = {"amount_tiyn": 200_001, "most_tiyn": 200_000}
    above = world.request(200_001, small)
    assert told(check_request, above, ID, known, NOW) == ("limit-holding", "request.amount_tiyn", facts)
    gone = told(check_request, request, ID, world.naming(world.dana), NOW)
    assert gone == ("certificate-revoked", "request.certificate", {})
    newer = world.request(
        certificate=world.mint.device("Dana", bank=601).certificate.packed(), directory_number=2
    )
    assert told(check_request, newer, ID, known, NOW)[:2] == ("directory-old", "request.certificate")


# --- what a payer would give


def test_a_proposal_is_what_will_be_signed(world: World) -> None:
    holding, request = world.loaded(500), world.request(nonce=b"8 bytes!")
    certificate = world.aigul.certificate.packed()
    coin, piece = proposed(holding.packed, certificate, 200, request, world.known, NOW, AT)
    assert coin == coin_of(holding, certificate, request.key, 200, b"8 bytes!")
    assert coin.link() == spend_link(holding, request.key, 200, b"8 bytes!")
    assert (piece.amount_tiyn, piece.hops, piece.payer, piece.earlier) == (
        200,
        1,
        world.aigul.certificate,
        (),
    )
    paid, change = pay(holding, world.aigul, request.key, 200, b"8 bytes!")
    assert piece.bytes == len(paid)
    assert change is not None
    again = proposed(change, certificate, 300, request, world.known, NOW, AT)
    assert (again[0].first, again[1].hops, coin.first) == (False, 2, True)
    assert again[1].earlier == verify_chain(change, world.trust).spends
    assert proposed(holding.packed, certificate, 1, request, world.known, NOW, AT)[0].link().amount_tiyn == 1
    for amount in (0, 501):
        bad = (holding.packed, certificate, amount, request, world.known, NOW, AT)
        assert told(proposed, *bad) == ("value-created", f"{AT}.amount", {})
    revoked = (holding.packed, certificate, 200, request, world.naming(world.aigul), NOW, AT)
    assert told(proposed, *revoked) == ("certificate-revoked", f"{AT}.certificate", {})
    wrong = (holding.packed, world.dana.certificate.packed(), 200, request, world.known, NOW, AT)
    assert told(proposed, *wrong) == ("certificate-wrong", f"{AT}.certificate", {})
    broken = (holding.packed[:-1], certificate, 200, request, world.known, NOW, AT)
    assert told(proposed, *broken) == ("message-truncated", AT, {})
    spent_out = world.loaded(500, hops_max=0).packed
    limit = told(proposed, spent_out, certificate, 200, request, world.known, NOW, AT)
    assert limit == ("hop-limit", f"{AT}.hops", {"hops": 1, "most": 0})


def test_a_certificate_outlasts_what_it_signs_to_the_second(world: World) -> None:
    request = world.request()
    for days, lasts in ((20_949, True), (20_948, False)):
        brief = world.mint.device("brief", epoch_day=days)
        packed = world.mint.load(brief, 500, expiry=20_949 * DAY_S)
        given = (packed, brief.certificate.packed(), 200, request, world.known, NOW, AT)
        if lasts:
            assert proposed(*given)
        else:
            assert told(proposed, *given) == ("certificate-too-short", f"{AT}.certificate", {})


def test_may_sign_says_where(world: World) -> None:
    holding, certificate = world.loaded(500), world.aigul.certificate.packed()
    link = spend_link(holding, KEY, 200)
    assert may_sign(holding, link, certificate, world.trust, AT) is None
    for changed in ({"change_tiyn": 299}, {"parent": KEY}):
        refused = may_sign(holding, replace(link, **changed), certificate, world.trust, AT)
        assert refused is not None
        assert (refused.code.value, refused.field) == ("value-created", f"{AT}.amount")
    named = may_sign(holding, replace(link, change_tiyn=299), certificate, world.trust)
    assert named is not None
    assert named.field == "token.amount"


# --- what a payee gets


def test_what_arrives_pays_this_request_or_is_not_ours(world: World) -> None:
    request = world.request(nonce=b"8 bytes!")
    paid, change = pay(world.loaded(500), world.aigul, request.key, 200, b"8 bytes!")
    holding, last = arrived(paid, request, world.known, AT)
    assert (holding.amount_tiyn, last) == (200, holding.spends[-1])
    piece = received(holding, last, request, world.known, NOW, AT)
    assert (piece.payer, piece.amount_tiyn, piece.hops) == (world.aigul.certificate, 200, 1)
    assert (piece.bytes, piece.earlier) == (len(paid), ())
    assert change is not None
    to_another, _ = pay(world.loaded(500), world.aigul, KEY, 200, b"8 bytes!")
    for other in (change, to_another, world.loaded(500, by=world.dana).packed):
        assert told(arrived, other, request, world.known, AT) == ("request-not-ours", f"{AT}.holder", {})
    own = world.request(by=world.aigul)
    kept = told(arrived, change, own, world.known, AT)
    assert kept == ("request-not-ours", f"{AT}.holder", {})
    without, _ = pay(world.loaded(500), world.aigul, request.key, 200)
    assert told(arrived, without, request, world.known, AT) == ("nonce-missing", f"{AT}.nonce", {})
    named = told(received, holding, last, request, world.naming(world.aigul), NOW, AT)
    assert named == ("certificate-revoked", f"{AT}.certificate", {})
    far, _ = pay(verify_chain(paid, world.trust), world.dana, world.canteen.key.public_key, 100)
    onward, end = arrived(far, world.request(by=world.canteen), world.known, AT)
    second = received(onward, end, world.request(by=world.canteen), world.known, NOW, AT)
    assert (second.earlier, second.hops) == (onward.spends[:1], 2)


def judged(
    world: World, request: Request, *pieces: Piece, known: Known | None = None, by: Device | None = None
) -> None:
    judge(pieces, request, (by or world.dana).certificate, known or world.known, NOW)


def test_terms_are_kept_to_the_last_one(world: World) -> None:
    holding, second = world.loaded(500), world.loaded(500, seed="2")
    plain = world.request()
    one, two = (world.piece(each, plain, 300) for each in (holding, second))
    days = (EXPIRY - NOW) // DAY_S
    size = one.bytes
    kept = {
        "tokens_max": (Terms(tokens_max=2), Terms(tokens_max=1), {"most": 1}),
        "bytes_max": (Terms(bytes_max=2 * size), Terms(bytes_max=2 * size - 1), {"most": 2 * size - 1}),
        "hops_left_min": (Terms(hops_left_min=14), Terms(hops_left_min=15), {"least": 15}),
        "days_left_min": (Terms(days_left_min=days), Terms(days_left_min=days + 1), {"least": days + 1}),
        "tiers": (Terms(tiers=("software",)), Terms(tiers=("secure-element",)), {"tier": "software"}),
    }
    for name, (good, bad, facts) in kept.items():
        judged(world, world.request(terms=good), one, two)
        refused = told(judged, world, world.request(terms=bad), one, two)
        assert refused == ("terms-unmet", f"terms.{name}", facts), name
    exact = world.request(terms=Terms(days_left_min=days), time=EXPIRY - days * DAY_S)
    judged(world, exact, one)
    late = replace(exact, time=exact.time + 1)
    assert told(judged, world, late, one)[:2] == ("terms-unmet", "terms.days_left_min")
    assert told(judged, world, plain, one, one) == ("token-duplicated", "tokens", {})


def test_time_limits_and_colours_are_judged_piece_by_piece(world: World) -> None:
    plain = world.piece(world.loaded(500), world.request(), 300)
    gone = world.piece(world.loaded(500, expiry=NOW), world.request(), 300)
    expired = told(judged, world, world.request(), plain, gone)
    assert expired == ("token-expired", "tokens[1].expiry", {"expiry": NOW})
    small = world.mint.device("S", profile=2)
    halves = [
        world.piece(world.loaded(60_000, by=small, seed=seed), world.request(), amount, small)
        for seed, amount in (("1", 60_000), ("2", 40_000), ("3", 40_001))
    ]
    judged(world, world.request(), *halves[:2])
    facts = {"amount_tiyn": 100_001, "most_tiyn": 100_000}
    assert told(judged, world, world.request(), halves[0], halves[2]) == (
        "limit-per-payment",
        "amount",
        facts,
    )
    assert told(judged, world, world.request(), halves[0], plain, halves[1])[2]["most_tiyn"] == 100_000
    school = world.request(by=world.canteen, terms=Terms(colours=("meals",)))
    meal = world.piece(world.loaded(500, rule=MEALS), school, 300)
    judged(world, school, meal, by=world.canteen)
    judged(world, world.request(by=world.canteen, terms=Terms(colours=(ANY_COLOUR,))), meal, by=world.canteen)
    assert told(judged, world, school, plain, meal) == (
        "colour-broken",
        "tokens[1].rule",
        {"purpose": "meals"},
    )
    other = world.request(by=world.canteen, terms=Terms(colours=("books",)))
    found = told(lambda: judged(world, other, meal, by=world.canteen))
    assert found == ("terms-unmet", "terms.colours", {"purpose": "meals"})


def test_an_earlier_holder_in_doubt_bounds_the_amount_to_the_tiyn(world: World) -> None:
    """A list voids nothing; above the old-list amount it stops the next hop (PROFILE_PERSON: 5 000 tenge)."""
    most = PROFILE_PERSON.old_list_tiyn
    request = world.request()

    def passed_on(amount_tiyn: int) -> Piece:
        got, _ = pay(world.loaded(most + 1), world.aigul, world.canteen.key.public_key)
        return world.piece(verify_chain(got, world.trust), request, amount_tiyn, world.canteen)

    doubts = (world.naming(world.aigul), world.without(ALTYN))
    for known in doubts:
        judged(world, request, passed_on(most), known=known)
        refused = told(lambda: judged(world, request, passed_on(most + 1), known=known))  # noqa: B023
        facts = {"amount_tiyn": most + 1, "most_tiyn": most}
        assert refused == ("certificate-revoked", "tokens.earlier", facts)
    for known in (world.known, world.naming(world.dana), world.without(EURASIAN)):
        judged(world, request, passed_on(most + 1), known=known)
    # The payer's own earlier links are the payer's, who was judged by itself.
    _, kept = pay(world.loaded(2 * most), world.aigul, KEY, 1)
    assert kept is not None
    own = world.piece(verify_chain(kept, world.trust), request, most + 1)
    judged(world, request, own, known=world.naming(world.aigul))


def test_a_name_that_is_not_attested_is_no_name(world: World) -> None:
    from tender.account.attestation import Attestation, issue_attestation

    bank, key = world.mint.bank(EURASIAN), world.dana.key.public_key
    shown = issue_attestation(Attestation(key, "Dana", "+77010000000"), bank)
    unlisted = issue_attestation(Attestation(key, "Dana", None), bank)
    assert attested_name(shown, (KEY, key), EURASIAN, world.known) == ("Dana", "+77010000000")
    assert attested_name(unlisted, (key,), EURASIAN, world.known) == ("Dana", "")
    for data, keys, number in (
        (None, (key,), EURASIAN),
        (b"", (key,), EURASIAN),
        (b"\xff", (key,), EURASIAN),
        (shown, (KEY,), EURASIAN),
        (shown, (), EURASIAN),
        (shown, (key,), ALTYN),
        (shown, (key,), 601),
    ):
        assert attested_name(data, keys, number, world.known) == ("", "")


def test_a_fork_is_found_among_histories_and_in_what_was_seen(world: World) -> None:
    loaded, root = world.loaded(500), world.trust.root_key
    one, two = (
        verify_chain(pay(loaded, world.aigul, to)[0], world.trust) for to in (KEY, key_of("x").public_key)
    )
    assert find_fork((one,), world.known) is None
    assert find_fork((one, one), world.known) is None
    assert find_fork((), world.known) is None
    for found in (
        find_fork((one, two), world.known),
        find_fork((two,), replace(world.known, seen={one.spends[0].parent: one.spends[0]})),
    ):
        assert found is not None
        assert check_proof(found, root).key == world.aigul.key.public_key
    elsewhere = one.spends[0]._replace(signer=KEY, payload=b"another")
    assert find_fork((one,), replace(world.known, seen={elsewhere.parent: elsewhere})) is None
    nobody = Known(Trust(root, replace(world.trust.directory, keys={})))
    assert told(find_fork, (one, two), nobody) == ("certificate-missing", "proof.bank", {"bank": ALTYN})
