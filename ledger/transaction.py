"""Transactions: what a member asks a contract to do, signed.

A canonical msgpack array of twelve: version, chain, contract, action, arguments, stage, links, sender,
sequence, valid-until slot, public key, signature. Without the signature it is the body, whose hash is the
transaction's identifier.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from functools import cached_property, lru_cache
from typing import Any

from crypto.address import Address, address_of
from crypto.errors import BadKey, BadSignature
from crypto.hashing import DIGEST_BYTES, Digest, domain, sha256
from crypto.keys import PUBLIC_KEY_BYTES, SIGNATURE_BYTES, PrivateKey
from crypto.signatures import SignatureCache
from ledger.codec import Value, decode, encode
from ledger.errors import Malformed, WrongSender, WrongSignature
from ledger.fields import as_count, as_digest, as_tuple
from ledger.genesis import Limits
from ledger.quantities import Slot, TxId
from ledger.stage import Stage

VERSION = 1
NAME_MAX = 64
"""Characters of a contract's or an action's name."""
LINKS_MAX = 2


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

    def encode(self) -> bytes:
        """The encoding, as it stands in a block."""
        return self.raw

    @classmethod
    def decode(cls, raw: bytes, limits: Limits) -> "Transaction":
        """Inverse of `encode`. Raises DecodeError; says nothing about the signature."""
        values: Any = as_tuple(decode(raw, max_bytes=limits.transaction_bytes), "transaction", 12)
        _check_fields(values)
        transaction = object.__new__(cls)
        # All at once: a frozen dataclass would set them one by one, for every transaction of every block.
        # The bytes are canonical, so they are what encoding would give.
        transaction.__dict__.update(
            zip(_ATTRIBUTES, values, strict=True), stage=_stage(values[_STAGE]), raw=raw
        )
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
    """A transaction of the key's owner."""
    unsigned = Transaction(
        VERSION, chain, contract, action, arguments, stage, links,
        key.address, sequence, Slot(valid_until), key.public_key, b"",
    )  # fmt: skip
    signature = key.sign(_signed_message(chain, encode(_body_fields(unsigned))))
    return replace(unsigned, signature=signature)


def check_signature(transaction: Transaction, signatures: SignatureCache) -> None:
    """That the sender's own key signed the whole body. Raises WrongSender or WrongSignature."""
    key_address = _address_of(transaction.public_key)
    if transaction.sender != key_address:
        raise WrongSender(transaction.sender, key_address)
    try:
        signatures.verify(transaction.public_key, transaction.signature, transaction.signed_message)
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
    # The first byte counts the items of an array below 16; the last 66 are the signature and its header.
    return bytes([raw[0] - 1]) + raw[1 : -2 - SIGNATURE_BYTES]


def _signed_message(chain: Digest, body: bytes) -> bytes:
    return _domain("transaction", chain) + body


_ATTRIBUTES = tuple([field.name for field in fields(Transaction)])
_FIELDS = (
    ("version", int),
    ("chain", bytes),
    ("contract", str),
    ("action", str),
    ("arguments", dict),
    ("stage", str),
    ("links", tuple),
    ("sender", str),
    ("sequence", int),
    ("valid-until slot", int),
    ("public key", bytes),
    ("signature", bytes),
)
_STAGE = 5
_STAGES = {stage.value: stage for stage in Stage}
_TYPES = tuple([kind for _, kind in _FIELDS])
_TYPES_WITHOUT_STAGE = (*_TYPES[:_STAGE], type(None), *_TYPES[_STAGE + 1 :])
_LENGTHS = (
    (1, DIGEST_BYTES, DIGEST_BYTES),
    (2, 1, NAME_MAX),
    (3, 1, NAME_MAX),
    (6, 0, LINKS_MAX),
    (10, PUBLIC_KEY_BYTES, PUBLIC_KEY_BYTES),
    (11, SIGNATURE_BYTES, SIGNATURE_BYTES),
)
"""Place of a field, its least and its greatest length."""


def _check_fields(values: tuple[Any, ...]) -> None:
    """Raises Malformed, naming the field, unless each has its type and length. Whole blocks pass here."""
    types = tuple(map(type, values))
    if types not in (_TYPES, _TYPES_WITHOUT_STAGE):
        name, kind = next(field for field, found in zip(_FIELDS, types, strict=True) if field[1] is not found)
        raise Malformed(name, f"it is not of the type {kind.__name__}")
    for place, least, most in _LENGTHS:
        if not least <= len(values[place]) <= most:
            raise Malformed(
                _FIELDS[place][0], f"its length {len(values[place])} is outside {least} to {most}"
            )
    for link in values[6]:
        as_digest(link, "link")
    as_count(values[8], "sequence")
    as_count(values[9], "valid-until slot")


def _stage(value: str | None) -> Stage | None:
    if value is None:
        return None
    if value not in _STAGES:
        raise Malformed("stage", "it is none of T, D, V, A")
    return _STAGES[value]
