"""Applications for membership (BESSVS 2.2).

An applicant states who and where it is, what it generates and which roles it wants, and signs that with the
key that the authority certified; a sponsor, who is a member, puts it on the chain. The conditions of the
genesis are checked when it comes and at every vote for it. A member that wants other roles applies again.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Annotated, Any, Final, cast

from contracts.arguments import Length, Range
from contracts.context import Context
from contracts.membership import certificates, members
from contracts.membership.errors import BadApplication, ConditionNotMet, UnfitKey
from contracts.membership.members import Member, Standing
from contracts.membership.parameters import (
    QUANTITY_MAX,
    Bounds,
    Conditions,
    EnergyType,
    Roles,
    parameters_of,
)
from crypto.address import Address, address_of
from crypto.errors import BadKey, BadPoint, BadSignature
from crypto.group import IDENTITY, POINT_BYTES, check_point
from crypto.hashing import Digest, domain
from crypto.keys import PUBLIC_KEY_BYTES, verify
from ledger.certification import Certification
from ledger.codec import Value, encode
from ledger.quantities import Slot

UNSEEN: Final = (
    (0, 31),
    (127, 160),
    (0xAD, 0xAD),
    (0x34F, 0x34F),
    (0x61C, 0x61C),
    (0x115F, 0x1160),
    (0x17B4, 0x17B5),
    (0x180B, 0x180F),
    (0x2000, 0x200F),
    (0x2028, 0x202F),
    (0x205F, 0x206F),
    (0x2800, 0x2800),
    (0x3000, 0x3000),
    (0x3164, 0x3164),
    (0xFE00, 0xFE0F),
    (0xFEFF, 0xFEFF),
    (0xFFA0, 0xFFA0),
    (0xFFF0, 0xFFFB),
    (0x1D173, 0x1D17A),
    (0xE0000, 0xE0FFF),
)
"""Code points that control terminals, turn text around or cannot be seen, and all blanks but the usual one. A
list of our own, since Unicode's differs between versions of Python, and validators must not."""

Quantity = Annotated[int, Range(0, QUANTITY_MAX)]
Text = Annotated[str, Length(1, 64)]


@dataclass(frozen=True, slots=True)
class Application:
    """What an applicant states and signs."""

    public_key: Annotated[bytes, Length(PUBLIC_KEY_BYTES)]
    """Of the key that signs, which the authority certified."""
    encryption_key: Annotated[bytes, Length(POINT_BYTES)]
    """What secrets for it are to be encrypted to; another key."""
    name: Text
    organisation: Text
    """As certified."""
    location: Text
    energy_type: EnergyType
    generation_w: Quantity
    """Certified capacity."""
    consumption_w: Quantity
    """Certified load."""
    storage_wh: Quantity
    """Certified capacity."""
    roles: Roles
    """Which it asks for; all of them certified."""
    valid_until: Annotated[Slot, Range(0, 2**53)]
    """The last slot in which it can be put on the chain."""

    @property
    def address(self) -> Address:
        """The applicant's."""
        return address_of(self.public_key)

    def to_value(self) -> dict[str, Value]:
        """A map by field, as an action's argument and in the state."""
        return asdict(self) | {"energy_type": self.energy_type.value}

    def statement(self, chain: Digest) -> bytes:
        """What the applicant signs."""
        return domain("application", chain) + encode(self.to_value())


@dataclass(frozen=True, slots=True)
class Certified:
    """What an admission takes over from the authority's certification."""

    serial: int
    first_slot: Slot
    last_slot: Slot


def decode_application(value: Value) -> Application:
    """The application that the state keeps as `value`."""
    fields = cast(Mapping[str, Any], value)
    return Application(**{**fields, "energy_type": EnergyType(fields["energy_type"])})


def profile_key(address: str) -> str:
    """Where membership keeps what a member stated in its application."""
    return f"profile/{address}"


def check_signed(ctx: Context, application: Application, signature: bytes) -> None:
    """That the applicant signed it, for this chain and time, and that no later one of it was granted.

    Raises BadApplication.
    """
    if application.valid_until < ctx.slot:
        raise BadApplication(f"it was valid until slot {application.valid_until}, and this is {ctx.slot}")
    granted = ctx.get(profile_key(application.address))
    if granted is not None and application.valid_until <= decode_application(granted).valid_until:
        raise BadApplication("it, or one that is valid as long, was granted before")
    ctx.charge("point")
    try:
        verify(application.public_key, signature, application.statement(ctx.genesis.hash))
    except (BadKey, BadSignature) as error:
        raise BadApplication(str(error)) from None


def check_legible(application: Application) -> None:
    """That what people are to read has no characters that they cannot see. Raises BadApplication."""
    for field, text in (("name", application.name), ("location", application.location)):
        if any(first <= ord(letter) <= last for letter in text for first, last in UNSEEN):
            raise BadApplication(f"its {field} has characters that cannot be seen")


def check_certified(application: Application, certification: Certification) -> None:
    """That the authority certified what it states. Raises BadApplication."""
    if certification.public_key != application.public_key:
        raise BadApplication("the certification is of another key")
    if certification.organisation != application.organisation:
        raise BadApplication(f"the certification is of {certification.organisation}")
    for role in application.roles:
        if role not in certification.roles:
            raise BadApplication(f"the role {role} is not certified")


def check_encryption_key(ctx: Context, key: bytes, signing_key: bytes) -> None:
    """That secrets can be encrypted to a key, which signs nothing. Raises UnfitKey."""
    ctx.charge("point")
    try:
        check_point(key)
    except BadPoint as error:
        raise UnfitKey(str(error)) from None
    if key == IDENTITY:
        raise UnfitKey("it is the point at infinity")
    if key == signing_key:
        raise UnfitKey("it is the key that signs; take one that is used for nothing else")


def check_conditions(ctx: Context, application: Application) -> None:
    """The preset conditions of the genesis. Raises ConditionNotMet."""
    conditions = parameters_of(ctx.genesis).admission
    if conditions.energy_types is not None and application.energy_type not in conditions.energy_types:
        raise ConditionNotMet("energy_type", f"is {application.energy_type.value}, which is not admitted")
    for role in application.roles:
        if conditions.roles is not None and role not in conditions.roles:
            raise ConditionNotMet("roles", f"name {role}, which is not admitted")
    _check_quantities(application, conditions)
    known = members.find(ctx, application.address)
    if known is None and members.size(ctx) >= conditions.members_max:
        most = conditions.members_max
        raise ConditionNotMet("admission", f"would be one too many: the chain takes {most} members")


def check_standing(ctx: Context, address: Address, serial: int) -> None:
    """That a known member's standing is good, and anybody's certification not stale.

    Raises BadApplication, StaleStatement.
    """
    known = members.find(ctx, address)
    if known is not None and known.standing is not Standing.GOOD:
        raise BadApplication(f"{address} is {known.standing.value}; only a vote to reinstate it changes that")
    certificates.check_latest(ctx, known, address, serial)


def admit(ctx: Context, application: Application, certified: Certified) -> Member:
    """Record the applicant as a member, with the next number unless it has one."""
    known = members.find(ctx, application.address)
    admitted = Member(
        application.address,
        members.next_number(ctx) if known is None else known.number,
        application.name,
        application.organisation,
        application.roles,
        application.public_key,
        application.encryption_key,
        serial=certified.serial,
        last_slot=certified.last_slot,
        liable_from=None if known is None else known.liable_from,
    )
    if known is None:
        members.enrol(ctx, admitted)
    else:
        members.keep(ctx, admitted)
    ctx.put(profile_key(admitted.address), application.to_value())
    return admitted


def _check_quantities(application: Application, conditions: Conditions) -> None:
    bounds: dict[str, tuple[int, Bounds]] = {
        "generation_w": (application.generation_w, conditions.generation_w),
        "consumption_w": (application.consumption_w, conditions.consumption_w),
        "storage_wh": (application.storage_wh, conditions.storage_wh),
    }
    for field, (stated, (least, most)) in bounds.items():
        if not least <= stated <= most:
            raise ConditionNotMet(field, f"is {stated}, outside {least} .. {most}")
