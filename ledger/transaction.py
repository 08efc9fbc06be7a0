"""Transactions: what a member asks a contract to do, signed.

A canonical msgpack array of twelve: version, chain, contract, action, arguments, stage, links, sender,
sequence, valid-until slot, public key, signature. Without the signature it is the body, whose hash is the
transaction's identifier.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from typing import Any

from crypto.address import Address, address_of
from crypto.errors import BadKey, BadSignature
from crypto.hashing import DIGEST_BYTES, Digest, domain, sha256
from crypto.keys import PUBLIC_KEY_BYTES, SIGNATURE_BYTES, PrivateKey
from crypto.signatures import Claim, SignatureCache
from ledger.codec import Value, decode, encode
from ledger.errors import Malformed, WrongSender, WrongSignature
from ledger.fields import as_bytes, as_count, as_map, as_text, as_tuple
from ledger.genesis import Limits
from ledger.quantities import Slot, TxId
from ledger.stage import Stage

VERSION = 1
NAME_MAX = 64
"""Characters of a contract's or an action's name."""
LINKS_MAX = 2

_ARRAY_OF_11 = b"\x9b"
_STAGES = {stage.value: stage for stage in Stage}


@dataclass(frozen=True)
class Transaction:
    """A signed request; nothing about it is true until `check_signature` and execution say so."""

    version: int
    chain: Digest
    """The genesis hash."""
    contract: str
    action: str
    arguments: Mapping[str, Value]
    stage: Stage | None
    """The stage of a TDVA process that this is, or None for what stands alone."""
    links: tuple[TxId, ...]
    sender: Address
    sequence: int
    """0 for a sender's first transaction, then one more each."""
    valid_until: Slot
    """The last slot whose block may hold it."""
    public_key: bytes
    signature: bytes

    @cached_property
    def raw(self) -> bytes:
        """The encoding, as it stands in a block."""
        return encode((*_body_fields(self), self.signature))

    @cached_property
    def tx_id(self) -> TxId:
        """SHA-256 of the body."""
        return TxId(sha256(_body(self.raw)))

    @property
    def signed_message(self) -> bytes:
        """What the signature covers: the purpose, the chain and the whole body."""
        return _signed_message(self.chain, _body(self.raw))

    @classmethod
    def decode(cls, raw: bytes, limits: Limits) -> "Transaction":
        """The transaction of these bytes. Raises DecodeError; says nothing about the signature."""
        fields = as_tuple(decode(raw, max_bytes=limits.transaction_bytes), "transaction", 12)
        transaction = object.__new__(cls)
        # All at once, as a frozen dataclass takes its time over each field, and whole blocks pass here.
        # The bytes are canonical, so they are what encoding would give.
        transaction.__dict__.update(_read(fields), raw=raw)
        return transaction


def sign_transaction(
    key: PrivateKey,
    chain: Digest,
    contract: str,
    action: str,
    arguments: Mapping[str, Value],
    sequence: int,
    valid_until: int,
    stage: Stage | None = None,
    links: tuple[TxId, ...] = (),
) -> Transaction:
    """A transaction of the key's owner. Raises EncodingError for what no node would read."""
    unsigned = Transaction(
        VERSION, chain, contract, action, arguments, stage, links,
        key.address, sequence, Slot(valid_until), key.public_key, b"",
    )  # fmt: skip
    signature = key.sign(_signed_message(chain, encode(_body_fields(unsigned))))
    raw = replace(unsigned, signature=signature).raw
    return Transaction.decode(raw, Limits(transaction_bytes=len(raw)))


def claim_of(transaction: Transaction) -> Claim:
    """That the sender's key signed the whole body, yet to be verified. Raises WrongSender."""
    key_address = _address_of(transaction.public_key)
    if transaction.sender != key_address:
        raise WrongSender(transaction.sender, key_address)
    return transaction.public_key, transaction.signature, sha256(transaction.signed_message)


def check_signature(transaction: Transaction, signatures: SignatureCache) -> None:
    """That the sender's own key signed the whole body. Raises WrongSender or WrongSignature."""
    try:
        signatures.check(claim_of(transaction))
    except (BadSignature, BadKey) as error:
        raise WrongSignature(transaction.tx_id, transaction.sender, error.reason) from None


# Base58 costs a fifth of a verification, and the same senders come again in every block.
_address_of = lru_cache(maxsize=2**14)(address_of)
_domain = lru_cache(maxsize=16)(domain)


def _body_fields(transaction: Transaction) -> tuple[Value, ...]:
    return (
        transaction.version,
        transaction.chain,
        transaction.contract,
        transaction.action,
        transaction.arguments,
        transaction.stage.value if transaction.stage else None,
        transaction.links,
        transaction.sender,
        transaction.sequence,
        transaction.valid_until,
        transaction.public_key,
    )


def _body(raw: bytes) -> bytes:
    # The first byte counts the items of an array; the last 66 are the signature and its header.
    return _ARRAY_OF_11 + raw[1 : -2 - SIGNATURE_BYTES]


def _signed_message(chain: Digest, body: bytes) -> bytes:
    return _domain("transaction", chain) + body


def _read(fields: tuple[Value, ...]) -> dict[str, Any]:
    """The fields by their names in Transaction. Raises Malformed."""
    links = as_tuple(fields[6], "links")
    if len(links) > LINKS_MAX:
        raise Malformed("links", f"{len(links)} of them, more than {LINKS_MAX}")
    return {
        "version": as_count(fields[0], "version"),
        "chain": as_bytes(fields[1], "chain", DIGEST_BYTES),
        "contract": _name(fields[2], "contract"),
        "action": _name(fields[3], "action"),
        "arguments": as_map(fields[4], "arguments"),
        "stage": _stage(fields[5]),
        "links": tuple([as_bytes(link, "link", DIGEST_BYTES) for link in links]),
        "sender": as_text(fields[7], "sender"),
        "sequence": as_count(fields[8], "sequence"),
        "valid_until": as_count(fields[9], "valid-until slot"),
        "public_key": as_bytes(fields[10], "public key", PUBLIC_KEY_BYTES),
        "signature": as_bytes(fields[11], "signature", SIGNATURE_BYTES),
    }


def _name(value: Value, what: str) -> str:
    name = as_text(value, what)
    if len(name) > NAME_MAX or not (name.isascii() and name.isidentifier()):
        raise Malformed(what, f"a name has 1 to {NAME_MAX} letters, digits and underscores")
    return name


def _stage(value: Value) -> Stage | None:
    if value is None:
        return None
    name = as_text(value, "stage")
    if name not in _STAGES:
        raise Malformed("stage", "it is none of T, D, V, A")
    return _STAGES[name]
