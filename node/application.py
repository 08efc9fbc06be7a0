"""The contracts of this software, in the order in which they begin and in which their hooks run."""

from contracts.account.contract import Account
from contracts.dispatch.contract import Dispatch
from contracts.membership.contract import Membership
from contracts.metering.contract import Metering
from contracts.runtime import Runtime
from contracts.sharing.contract import Sharing


def standard_application() -> Runtime:
    """What gives transactions their meaning; a chain has those of the contracts that its genesis names."""
    return Runtime((Membership(), Account(), Metering(), Sharing(), Dispatch()))
