"""All targets, by name."""

from collections.abc import Mapping
from typing import Final

from tests.fuzz import (
    api_target,
    consensus_targets,
    contract_targets,
    crypto_targets,
    file_targets,
    ledger_targets,
    machine_target,
    net_targets,
    node_target,
    response_targets,
    statement_targets,
    sync_targets,
)
from tests.fuzz.target import Target

TARGETS: Final[Mapping[str, Target]] = {
    **ledger_targets.TARGETS,
    **consensus_targets.TARGETS,
    **machine_target.TARGETS,
    **statement_targets.TARGETS,
    **sync_targets.TARGETS,
    **net_targets.TARGETS,
    **node_target.TARGETS,
    **api_target.TARGETS,
    **crypto_targets.TARGETS,
    **contract_targets.TARGETS,
    **response_targets.TARGETS,
    **file_targets.TARGETS,
}
