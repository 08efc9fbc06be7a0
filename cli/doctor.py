"""`gridquorum doctor`: looks at chain and energy together, and names the culprit."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, cast

from cli.describe import Names
from cli.errors import CommandError, ExitCode
from cli.node_directory import HERE, NodeDirectory, api_client, open_chain, read_config
from cli.output import AsJson, report_rows
from cli.statements import slot_begin
from contracts.dispatch.agents.sight import Sight
from contracts.dispatch.records import absent_key, anomalies_key
from contracts.membership.members import find_in
from crypto.address import Address
from crypto.certificate import Identity
from ledger.store import Store
from node.chain import HeadView
from node.client import NodeClient
from node.errors import Unreachable
from node.files import read_certificate, read_key

BLOCKS_BACK = 20
PERIODS_BACK = 8
RENEWAL_DAYS = 30
"""Time for a request and an answer between people."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at."""

    what: str
    well: bool
    finding: str


def doctor(directory: NodeDirectory = HERE, as_json: AsJson = False) -> None:
    """Look for what is wrong with a node, its committee and its market; exit with 5 if anything is."""
    config = read_config(directory)
    with open_chain(directory) as store:
        key = read_key(config.node.key)
        identity = read_certificate(config.node.certificate, key, store.genesis.authority)
        findings = [
            *node_findings(api_client(config), store),
            certificate_finding(identity, chain_end(store, identity.address), datetime.now(UTC)),
            *market_findings(store),
        ]
    report_rows([asdict(finding) for finding in findings], as_json, "findings")
    if not all(finding.well for finding in findings):
        raise CommandError("not everything is well", code=ExitCode.UNHEALTHY)


def node_findings(client: NodeClient, store: Store) -> Iterator[Finding]:
    """The node itself, then each fellow validator."""
    try:
        status, peers = client.status(), client.peers()["peers"]
    except Unreachable as error:
        yield Finding("node", False, str(error))
        return
    yield Finding("node", status["ready"], status["reason"] or f"at block {status['height']}")
    yield from (Finding("node", False, warning) for warning in status["warnings"])
    yield from (Finding(f"peer {at}", False, reason) for at, reason in status["unreached"].items())
    names, signed = Names(store.genesis, store.head.state), recent_signers(store) | {*status["signers"]}
    connected = {peer["address"]: peer for peer in peers}
    for validator in store.head.committee.validators:
        if validator.address != status["address"]:
            peer = connected.get(validator.address)
            yield validator_finding(
                names[validator.address], peer, validator.address in signed, store.genesis.timers.skew_ms
            )


def validator_finding(name: str, peer: Mapping[str, Any] | None, signed: bool, skew_ms: int) -> Finding:
    if peer is None:
        return Finding(name, False, "not connected")
    offset_ms = peer["clock_offset_ms"] or 0
    if abs(offset_ms) > skew_ms:
        return Finding(name, False, f"its clock is off by {offset_ms} ms; {skew_ms} are allowed")
    if not signed:
        return Finding(name, True, f"connected, but among the last to sign {BLOCKS_BACK} blocks")
    return Finding(name, True, f"signs; clock off by {offset_ms} ms")


def certificate_finding(identity: Identity, chain_end: datetime | None, now: datetime) -> Finding:
    """Whether the certificate lasts for a while, in its file and on the chain, if that gives it an end."""
    end = min(identity.not_after, chain_end or identity.not_after)
    days = (end - now) // timedelta(days=1)
    if days < 0:
        return Finding("certificate", False, f"ended on {end:%Y-%m-%d}; ask the authority to renew it")
    finding = f"until {end:%Y-%m-%d}, for {days} days"
    if days < RENEWAL_DAYS:
        return Finding("certificate", False, f"{finding}; ask the authority to renew it")
    return Finding("certificate", True, finding)


def chain_end(store: Store, address: Address) -> datetime | None:
    """When the member's certificate ends on the chain; None if it does not, or is no member's."""
    member = find_in(store.head.state, address)
    return slot_begin(member.last_slot, store.genesis) if member and member.last_slot is not None else None


def recent_signers(store: Store) -> frozenset[str]:
    """Whose seals stand on one of the last blocks; a block keeps the first quorum of them."""
    first = max(1, store.base, store.head.height - BLOCKS_BACK + 1)
    heights = range(first, store.head.height + 1)
    return frozenset[str]().union(*(store.sealed_header(height).signers() for height in heights))


def market_findings(store: Store) -> Iterator[Finding]:
    """Plans of the days that run, silent meters, anomalies."""
    sight, names = Sight(HeadView(store.genesis, store.head)), Names(store.genesis, store.head.state)
    for record in sight.days():
        name = f"dispatch of day {record.day}"
        yield Finding(name, not record.idle_reason, record.idle_reason or record.phase.value)
    for period in range(sight.view.period - PERIODS_BACK, sight.view.period + 1):
        for meter in cast(tuple[str, ...], sight.get(absent_key(period)) or ()):
            yield Finding(f"meter {names[meter]}", False, f"silent in period {period}")
        for anomaly in cast(tuple[str, ...], sight.get(anomalies_key(period)) or ()):
            yield Finding(f"period {period}", False, anomaly)
