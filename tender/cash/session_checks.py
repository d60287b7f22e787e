"""What each side checks before it signs or counts anything (docs/protocol/cash.md, sections 8 and 9).

Both sides judge a payment with one function, :func:`judge`, fed with what the payer would give and what the
request asks, so that an honest payer never signs what an honest payee refuses. All refusals are raised as
:class:`RemoteProtocolError`; the session turns them into outcomes.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from tender.account.attestation import open_attestation
from tender.cash.chain import (
    Holding,
    Spend,
    check_colour,
    check_current,
    check_limit,
    check_signer,
    is_payment,
    is_return,
    spend_link,
)
from tender.cash.fork_proof import encode_proof, make_proof
from tender.cash.messages import ANY_COLOUR, Request
from tender.cash.session_events import Known
from tender.cash.session_state import Coin
from tender.cash.token import Link, Root
from tender.crypto.certificates import DAY_S, DeviceCertificate
from tender.crypto.directory import Profile, Trust
from tender.errors import Code, Refusal, RemoteProtocolError


@dataclass(frozen=True, slots=True)
class Piece:
    """One token of a payment under judgement, whether its new link is signed already or only proposed.

    ``hops`` and ``bytes`` are counted with the new link in it.
    """

    holding: Holding
    payer: DeviceCertificate
    amount_tiyn: int
    hops: int
    bytes: int
    earlier: tuple[Spend, ...]


def check_certificate(
    packed: bytes, key: bytes, known: Known, now: int, directory_number: int, field: str
) -> tuple[DeviceCertificate, Profile]:
    """A counterparty's certificate and limits, checked against all this device knows.

    Raises ``certificate-missing``, ``certificate-wrong``, ``certificate-expired``, ``certificate-revoked``,
    ``participant-blocked``, ``profile-unknown``; or ``directory-old`` when what is missing may well stand in
    the newer directory the other side has seen.
    """
    trust = known.trust
    certificate = DeviceCertificate.unpack(packed, key, field)
    try:
        bank = trust.bank(certificate.issuer, field)
        profile = trust.profile(certificate.profile, field)
    except RemoteProtocolError as error:
        if directory_number > trust.directory.number:
            raise RemoteProtocolError(Code.DIRECTORY_OLD, field, theirs=directory_number) from error
        raise
    certificate.check(bank.key, field)
    if min(certificate.expiry, bank.expiry) <= now:
        raise RemoteProtocolError(Code.CERTIFICATE_EXPIRED, field, expiry=certificate.expiry)
    if certificate.issuer in trust.directory.body.withdrawn:
        raise RemoteProtocolError(Code.PARTICIPANT_BLOCKED, field, participant=certificate.issuer)
    if _named(certificate, known):
        raise RemoteProtocolError(Code.CERTIFICATE_REVOKED, field)
    return certificate, profile


def _named(certificate: DeviceCertificate, known: Known) -> bool:
    return known.trust.revocations.names(certificate.issuer, certificate.epoch_day, certificate.serial)


def check_list_age(known: Known, profile: Profile, amount_tiyn: int, at: int, field: str) -> None:
    """An old list means smaller amounts, not silence: above the profile's, ``list-stale``.

    ``at`` is the request's time on the payee's side, so that a list that grows old while a payment is on its
    way takes back no promise.
    """
    old = at - known.trust.list_date >= profile.list_days * DAY_S
    if old and amount_tiyn > profile.old_list_tiyn:
        raise RemoteProtocolError(
            Code.LIST_STALE, field, amount_tiyn=amount_tiyn, most_tiyn=profile.old_list_tiyn
        )


def check_holding(known: Known, profile: Profile, amount_tiyn: int, field: str) -> None:
    """The payee's own limit on what it may hold: ``limit-holding``."""
    if known.holding_tiyn + amount_tiyn > profile.holding_tiyn:
        raise RemoteProtocolError(
            Code.LIMIT_HOLDING, field, amount_tiyn=amount_tiyn, most_tiyn=profile.holding_tiyn
        )


def check_request(request: Request, payment_id: bytes, known: Known, now: int) -> DeviceCertificate:
    """All a payer checks about who asks, before the person is bothered with it."""
    if request.key in known.own_keys:
        raise RemoteProtocolError(Code.PAYEE_IS_PAYER, "request.key")
    if known.requests.get(request.key + request.nonce, payment_id) != payment_id:
        # One key and nonce ask once: money bound to them could otherwise be shown for either request.
        raise RemoteProtocolError(Code.REQUEST_REPLAYED, "request.nonce")
    certificate, profile = check_certificate(
        request.certificate, request.key, known, now, request.directory_number, "request.certificate"
    )
    if request.amount_tiyn > profile.holding_tiyn:
        raise RemoteProtocolError(
            Code.LIMIT_HOLDING,
            "request.amount_tiyn",
            amount_tiyn=request.amount_tiyn,
            most_tiyn=profile.holding_tiyn,
        )
    return certificate


def attested_name(data: bytes | None, keys: Iterable[bytes], bank: int, known: Known) -> tuple[str, str]:
    """The name and phone a bank attests for one of these keys; empty texts for none, or for a false one.

    A bad name is dropped, not refused: it must not hold up money that is good.
    """
    for key in keys if data else ():
        try:
            shown = open_attestation(data or b"", key, known.trust.bank(bank, "attestation").key)
        except RemoteProtocolError:
            continue
        return shown.name, shown.phone or ""
    return "", ""


def proposed(
    packed: bytes, certificate: bytes, amount_tiyn: int, request: Request, known: Known, now: int, field: str
) -> tuple[Coin, Piece]:
    """A token as it would be paid: the coin to sign, and the piece to judge. Nothing is signed yet.

    Raises the codes of :func:`verify_chain` and of :func:`check_link`: what is put down must be signable; and
    ``request-not-ours`` for what the payee would take for a return.
    """
    holding = known.holding(packed, field)
    payer, _ = check_certificate(
        certificate, holding.holder, known, now, request.directory_number, f"{field}.certificate"
    )
    if not 1 <= amount_tiyn <= holding.amount_tiyn:
        raise RemoteProtocolError(Code.VALUE_CREATED, f"{field}.amount")
    coin = coin_of(holding, certificate, request.key, amount_tiyn, request.nonce)
    check_link(holding, coin.link(), certificate, known.trust, field, checked=True)
    _check_pays(is_payment(coin.link(), holding.holder, holding.last), request, field)
    size = len(packed) + len(coin.tail(bytes(64)))
    return coin, Piece(holding, payer, amount_tiyn, holding.hops + 1, size, holding.spends)


def coin_of(holding: Holding, certificate: bytes, to: bytes, amount_tiyn: int, nonce: bytes) -> Coin:
    """The one link of this holding to ``to``; ``certificate`` is its holder's, packed."""
    first = all(spend.signer != holding.holder for spend in holding.spends)
    change = holding.amount_tiyn - amount_tiyn
    return Coin(
        holding.packed, holding.output, holding.holder, certificate, first, to, nonce, amount_tiyn, change
    )


def may_sign(
    holding: Holding, link: Link, certificate: bytes, trust: Trust, field: str = "token"
) -> Refusal | None:
    """Why nobody could verify this link of this holding; None when it may be signed.

    ``certificate`` is the holder's, packed. To be asked before any link is signed: a signed link that fails
    :func:`verify_chain` is money lost, for its output can never be signed again. What may not be signed stays
    as it is and goes to the bank. The refusal has the code verify_chain would give: ``value-created``,
    ``hop-limit``, ``certificate-*``, ``profile-unknown``, ``limit-per-payment`` (not for a return or a split
    to the holder's own key), ``colour-broken``.
    """
    try:
        check_link(holding, link, certificate, trust, field)
    except RemoteProtocolError as error:
        return error.refusal
    return None


def check_link(
    holding: Holding, link: Link, certificate: bytes, trust: Trust, field: str, *, checked: bool = False
) -> None:
    """The same question as :func:`may_sign`, raised; ``checked``: the certificate's signature was verified
    before."""
    last, rule = holding.last, holding.rule
    if link != spend_link(holding, link.next_key, link.amount_tiyn, link.nonce):
        raise RemoteProtocolError(Code.VALUE_CREATED, f"{field}.amount")
    if holding.hops_left < 1:
        raise RemoteProtocolError(
            Code.HOP_LIMIT, f"{field}.hops", hops=holding.hops + 1, most=holding.root.hops_max
        )
    earlier = [one.certificate for one in holding.spends if one.signer == holding.holder]
    # The certificate of a key's first link in a history speaks for all its links there, newer or not.
    speaks = earlier[0] if earlier else certificate
    if not earlier:
        check = check_lasts if checked else check_signer
        check(certificate, holding.holder, holding.root, trust, f"{field}.certificate")
    check_limit(link, holding.holder, speaks, last, trust, field)
    paid_here = last is not None and not last.continues_on_change
    bound = paid_here and not is_return(holding.spends[-1], holding.spends[-2] if holding.hops > 1 else None)
    # A part split off to the own key counts as paid here, and must be spendable from here again.
    if rule is not None and (bound or link.next_key == holding.holder):
        check_colour(rule, speaks, f"{field}.certificate")


def check_lasts(packed: bytes, key: bytes, root: Root, trust: Trust, field: str) -> None:
    """Whether a verified certificate, and its bank's, outlast the token: ``certificate-too-short``."""
    certificate = DeviceCertificate.unpack(packed, key, field)
    if min(certificate.expiry, trust.bank(certificate.issuer, field).expiry) < root.expiry:
        raise RemoteProtocolError(Code.CERTIFICATE_TOO_SHORT, field)


def arrived(packed: bytes, request: Request, known: Known, field: str) -> tuple[Holding, Spend]:
    """A token whose last link must pay this very request.

    Raises the codes of :func:`verify_chain`; ``request-not-ours`` for another key, a token fresh from the
    issuer or what comes back (:func:`_check_pays`), ``nonce-missing`` when the link was made for another
    request to the same key.
    """
    holding = known.holding(packed, field)
    last = holding.last
    if last is None or last.continues_on_change or holding.holder != request.key:
        raise RemoteProtocolError(Code.REQUEST_NOT_OURS, f"{field}.holder")
    if last.nonce != request.nonce:
        raise RemoteProtocolError(Code.NONCE_MISSING, f"{field}.nonce")
    _check_pays(holding.came_by_payment, request, field)
    return holding, last


def _check_pays(payment: bool, request: Request, field: str) -> None:
    """Money that comes back to a key, or stays with it, carries no nonce: with none asked for it would pass
    for a payment, though its holder counts it already. Raises ``request-not-ours``.

    No open request is paid so: its key is fresh, and signs only once it was paid.
    """
    if not (payment or request.nonce):
        raise RemoteProtocolError(Code.REQUEST_NOT_OURS, f"{field}.nonce")


def received(holding: Holding, last: Spend, request: Request, known: Known, now: int, field: str) -> Piece:
    """An arrived token as a piece to judge; its last signer must still be one who may pay."""
    payer, _ = check_certificate(
        last.certificate, last.signer, known, now, request.directory_number, f"{field}.certificate"
    )
    return Piece(holding, payer, holding.amount_tiyn, holding.hops, len(holding.packed), holding.spends[:-1])


def judge(
    pieces: tuple[Piece, ...], request: Request, payee: DeviceCertificate, known: Known, now: int
) -> None:
    """Whether these tokens may pay this request: terms, colour, time, limits, earlier holders.

    Raises ``terms-unmet``, ``token-duplicated``, ``token-expired``, ``colour-broken``, ``limit-per-payment``,
    ``certificate-revoked`` (an earlier holder, above the old-list amount).
    """
    terms, trust = request.terms, known.trust
    if len(pieces) > terms.tokens_max:
        raise RemoteProtocolError(Code.TERMS_UNMET, "terms.tokens_max", most=terms.tokens_max)
    if sum(piece.bytes for piece in pieces) > terms.bytes_max:
        raise RemoteProtocolError(Code.TERMS_UNMET, "terms.bytes_max", most=terms.bytes_max)
    if len({piece.holding.output for piece in pieces}) != len(pieces):
        raise RemoteProtocolError(Code.TOKEN_DUPLICATED, "tokens")
    for place, piece in enumerate(pieces):
        _judge_piece(piece, request, payee, known, now, f"tokens[{place}]")
    total = sum(piece.amount_tiyn for piece in pieces)
    most = min((trust.profile(one.payer.profile, "tokens").per_payment_tiyn for one in pieces), default=0)
    if total > most:
        raise RemoteProtocolError(Code.LIMIT_PER_PAYMENT, "amount", amount_tiyn=total, most_tiyn=most)
    _judge_earlier_holders(pieces, payee, known)


def _judge_piece(
    piece: Piece, request: Request, payee: DeviceCertificate, known: Known, now: int, field: str
) -> None:
    terms, root = request.terms, piece.holding.root
    check_current(piece.holding, now, field)
    if root.hops_max - piece.hops < terms.hops_left_min:
        raise RemoteProtocolError(Code.TERMS_UNMET, "terms.hops_left_min", least=terms.hops_left_min)
    # Counted from the request's own time: days that pass while the payment travels take back no promise.
    if root.expiry - request.time < terms.days_left_min * DAY_S:
        raise RemoteProtocolError(Code.TERMS_UNMET, "terms.days_left_min", least=terms.days_left_min)
    tier = known.trust.profile(piece.payer.profile, field).tier
    if terms.tiers and tier not in terms.tiers:
        raise RemoteProtocolError(Code.TERMS_UNMET, "terms.tiers", tier=tier)
    rule = root.rule
    if rule is None:
        return
    if not rule.allows(payee.category, payee.business_number):
        raise RemoteProtocolError(Code.COLOUR_BROKEN, f"{field}.rule", purpose=rule.purpose)
    if ANY_COLOUR not in terms.colours and rule.purpose not in terms.colours:
        raise RemoteProtocolError(Code.TERMS_UNMET, "terms.colours", purpose=rule.purpose)


def _judge_earlier_holders(pieces: tuple[Piece, ...], payee: DeviceCertificate, known: Known) -> None:
    doubtful = sum(
        piece.amount_tiyn
        for piece in pieces
        if any(_doubtful(spend, known) for spend in piece.earlier if spend.signer != piece.payer.key)
    )
    most = known.trust.profile(payee.profile, "request.certificate").old_list_tiyn
    if doubtful > most:
        raise RemoteProtocolError(
            Code.CERTIFICATE_REVOKED, "tokens.earlier", amount_tiyn=doubtful, most_tiyn=most
        )


def _doubtful(spend: Spend, known: Known) -> bool:
    certificate = spend.device_certificate()
    return _named(certificate, known) or certificate.issuer in known.trust.directory.body.withdrawn


def find_fork(holdings: Iterable[Holding], known: Known) -> bytes | None:
    """A proof (encoded) that somebody in these histories signed twice, as far as this device can see."""
    seen = dict(known.seen)
    for holding in holdings:
        for spend in holding.spends:
            other = seen.setdefault(spend.parent, spend)
            if other.payload != spend.payload and other.signer == spend.signer:
                certificate = spend.device_certificate()
                bank = known.trust.bank(certificate.issuer, "proof.bank")
                return encode_proof(make_proof(bank, certificate, other.envelope(), spend.envelope()))
    return None
