"""The contracts of this software, in the order in which they begin and in which their hooks run."""

from contracts.account.contract import Account
from contracts.capacity.contract import Capacity
from contracts.community.contract import Community
from contracts.dispatch.contract import Dispatch
from contracts.membership.contract import Membership
from contracts.metering.contract import Metering
from contracts.pool.contract import Pool
from contracts.proposers.contract import Proposers
from contracts.response.contract import Response
from contracts.runtime import Runtime
from contracts.sharing.contract import Sharing
from crypto.signatures import SignatureCache
from ledger.application import Rules
from ledger.genesis import Genesis
from node.proposers import proposer_order

SIGNATURES_KNOWN = 2**16


def standard_application() -> Runtime:
    """What gives transactions their meaning; a chain has those of the contracts that its genesis names."""
    markets = (Dispatch(), Response(), Capacity(), Community(), Pool())
    return Runtime((Membership(), Account(), Metering(), Proposers(), Sharing(), *markets))


def standard_rules(genesis: Genesis) -> Rules:
    """What it takes to judge a block of this chain."""
    order = proposer_order(genesis)
    return Rules(genesis, standard_application(), order, SignatureCache(SIGNATURES_KNOWN))
