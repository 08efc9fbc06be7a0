"""The TDVA process, as contracts use it: trigger, dispatch, verification, accounting.

An action that belongs to a stage says so (`@action(stage=...)`). The runtime checks the links of its
transactions before it runs (ledger.tdva), gives it the process as `ctx.process`, and remembers T, D and A
after it returned. What only the contract can know is said here: which dispatch comes into force, which meter
and period a verification is of, and that an accounting names them all.
"""

from contracts.context import Context
from contracts.errors import ContractError
from crypto.hashing import Digest
from ledger import tdva
from ledger.quantities import Period, TxId
from ledger.stage import Stage
from ledger.tdva import Process


class WrongVerifications(ContractError):
    """An accounting that does not name exactly the verifications of its process."""

    def __init__(self, process: TxId, given: Digest, expected: Digest) -> None:
        super().__init__(
            f"the verifications of process {process.hex()} have the root {expected.hex()}, not {given.hex()}"
        )
        self.process = process
        self.given = given
        self.expected = expected


def this_process(ctx: Context) -> TxId:
    """The process of a transaction that has a stage; a T that opens one is its own."""
    if ctx.process is None:
        raise RuntimeError("an action without a stage belongs to no process")
    return ctx.process


def process_of(ctx: Context, process: TxId) -> Process:
    """What is known of a process. Raises LinkMissing."""
    ctx.charge("read")
    return tdva.get_process(ctx.journal.state, process)


def bring_into_force(ctx: Context, process: TxId, dispatch: TxId) -> None:
    """Make this D the one that verifications name; a D after it supersedes it. Raises LinkError."""
    ctx.charge("read", 2)
    ctx.charge("write")
    tdva.bring_into_force(ctx.journal.state, process, dispatch)
    ctx.emit("in_force", process=process, dispatch=dispatch)


def verify(ctx: Context, meter: str, period: Period) -> None:
    """Every action of stage V calls this once: what it verifies. Raises VerifiedTwice."""
    process = this_process(ctx)
    ctx.charge("read", 2)
    ctx.charge("write", 2)
    tdva.record(ctx.journal.state, ctx.executed, process, meter, period)


def verification(ctx: Context, process: TxId, meter: str, period: Period) -> TxId | None:
    """The transaction that verified a meter and period of an open process; None if it is missing."""
    ctx.charge("read")
    return tdva.get_verification(ctx.journal.state, process, meter, period)


def verifications_root(ctx: Context, process: TxId) -> Digest:
    """The Merkle root over the V's of an open process, in the order of the chain. Raises LinkMissing."""
    ctx.charge("read", process_of(ctx, process).verifications)
    return tdva.verifications_root(ctx.journal.state, process)


def check_verifications(ctx: Context, root: Digest) -> None:
    """An accounting names the V's of its process by the Merkle root over their identifiers, in the order of
    the chain. Raises WrongVerifications."""
    process = this_process(ctx)
    expected = verifications_root(ctx, process)
    if root != expected:
        raise WrongVerifications(process, root, expected)


def remember(ctx: Context) -> None:
    """The runtime's last step of a transaction that did its work: later ones may link it."""
    if ctx.process is None or ctx.stage is Stage.VERIFICATION:
        return
    ctx.charge("write", 2)
    if ctx.stage is Stage.ACCOUNTING:
        ctx.charge("write", process_of(ctx, ctx.process).verifications)
    tdva.record(ctx.journal.state, ctx.executed, ctx.process)
