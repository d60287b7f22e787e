"""Settings of the platform: one frozen dataclass; amounts in tiyn, times in seconds or days as named."""

from dataclasses import dataclass, field

from tender.account.capabilities import Profile as Offering
from tender.crypto.directory import TIER_SECURE_ELEMENT, TIER_SOFTWARE, Profile
from tender.money import TIYN_PER_TENGE

MRP_2026_TIYN = 4_325 * TIYN_PER_TENGE
"""Monthly calculation index of 2026; limits in law are multiples of it."""

_MRP = MRP_2026_TIYN
PROFILES = (
    # number, tier, per payment, holding, since sync, without PIN, old list, list days
    Profile(1, TIER_SOFTWARE, 50 * _MRP, 100 * _MRP, 200 * _MRP, 3 * _MRP, 3 * _MRP, 7),
    Profile(2, TIER_SECURE_ELEMENT, 100 * _MRP, 200 * _MRP, 400 * _MRP, 3 * _MRP, 3 * _MRP, 7),
    Profile(3, TIER_SOFTWARE, 3 * _MRP, 3 * _MRP, 3 * _MRP, 3 * _MRP, 1 * _MRP, 7),
    Profile(4, TIER_SOFTWARE, 500 * _MRP, 5_000 * _MRP, 5_000 * _MRP, 3 * _MRP, 3 * _MRP, 7),
)
"""1 identified person, 2 the same on a secure element, 3 unidentified (3 MRP, the lawful default), 4 firm."""


REVIEW_ABOVE_TIYN = 100 * MRP_2026_TIYN
"""What one identified person's device may hold at most: the loss of one copied purse is covered unseen."""


@dataclass(frozen=True, slots=True)
class PlatformConfig:
    """How this platform is run; a client has one DT account at each bank (DT-P-13)."""

    auto_approve_tiyn: int = 0
    """Requests up to this amount are approved without a person; 0 means a person decides each."""
    token_days: int = 30
    claim_window_days: int = 60
    review_above_tiyn: int = REVIEW_ABOVE_TIYN
    """What is lost under one fork beyond this sum is covered only when an operator releases it."""
    draw_answer_days: int = 3
    """How long a culprit's bank may take to say what came off its client; then it answers for all of it."""
    orphans_per_device: int = 16
    """How many claims of one device may wait for a root that the National Bank does not know."""
    keys_per_device: int = 1_024
    """How many living certificates one device may have: a revoked device must not swell everybody's list."""
    epoch_days: int = 90
    """Anonymity (DT-A-06): certificates end on a grid of so many days, at least one and at most two of them
    away; the wider the grid, the larger the crowd that looks alike."""
    hops_max: int = 15
    names_before_payment: bool = True
    """Privacy (DT-A-06): whether a payer is told the name of a payee who shows it, before paying."""
    officers_per_case: int = 1
    """Traceability (DT-A-06): how many officers must ask together before a bank opens a pseudonym."""
    status_age_s: int = 10
    """How long the gateway believes what the Certification Centre said of a participant."""
    profiles: tuple[Profile, ...] = field(default=PROFILES)
    verifiers: int = 0
    """Processes that check the signatures of uploads beside the one that commits; 0: it does so itself."""
    offering: Offering = Offering.FULL
    """What each bank offers: everything, or what the pilot had (``tender/account/capabilities.py``)."""
    card_move_after_s: int = 30
    """How long the outputs behind a card purchase stay where they are: until then an undo moves nothing."""
    card_payee_waits_s: int = 86_400
    """How long a payee who closed the account has to open it again, before what a card paid it goes back."""
    card_refund_wait_s: int = 30
    """How long a refund at a till waits for its own reversal before the Digital Tenge are given."""
    durable: bool = True
    """False only where losing the stores costs nothing."""
