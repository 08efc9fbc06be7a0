"""Who may be connected: judged by the chain as it is now, at every connection and again after every block."""

from datetime import datetime

from contracts.membership.members import Member, Standing, find_in
from crypto.certificate import Identity, check_dates
from net.errors import NotAdmitted
from node.chain import NodeChain


def check_admitted(chain: NodeChain, identity: Identity, now: datetime) -> None:
    """Members whose certificates hold; and whoever is in the committee or enters it, whatever of its
    certificate, since cutting it off would take its vote, which takes a vote of the others.

    Raises NotAdmitted or CertificateError.
    """
    member = find_in(chain.head.state, identity.address)
    if member is None or member.public_key != identity.public_key:
        raise NotAdmitted(identity.address, "it is not a member of this chain")
    if chain.has_seat(identity.address):
        return
    if objection := _objection(member, chain.head.slot):
        raise NotAdmitted(identity.address, objection)
    check_dates(identity, now)


def _objection(member: Member, slot: int) -> str:
    if member.standing is Standing.EXPELLED:
        return "it was expelled"
    if member.is_revoked:
        return f"its certificate was revoked, up to serial {member.serial}"
    return "" if member.is_certified(slot) else f"its certificate ended with slot {member.last_slot}"
