"""Fixed bytes of the protocol: whoever changes them makes another protocol, with another version number."""

from ledger.ballots import Ballot, Kind, SignedBallot
from ledger.block import Block, Header
from ledger.certification import Certification, Revocation
from ledger.quantities import Height, Round, Slot
from ledger.seals import Seal, Seals
from ledger.snapshot import PathRange, cut_chunk
from ledger.stage import Stage
from ledger.state import State
from tests.ledger.builders import key_of, seal, some_digest, some_id
from tests.ledger.test_transaction import make_transaction

TRANSACTION = (
    "9c01c4200101010101010101010101010101010101010101010101010101010101010101a7636f756e746572a361646483a5"
    "61727261799401ffc0c3a56279746573c40100a474657874a2c3a9a14491c420020202020202020202020202020202020202"
    "0202020202020202020202020202d922474a4367314134724343635543576b485a51316f6a4c374135646179416a52367755"
    "0064c42102ccf7a87be5ca16eac008923dab1e28b8123105aa3ccd9918705222ca5d3a7cc6c440622c8558a756776e8817be"
    "7a2a98c44c4a935295aed4cc2573b144b85444354e334886ddbb4dfc93206b4d2b6370cc333d85ec51f8e1539e10f3e2411e"
    "f6f9f5"
)
TX_ID = "22fdc92b7e4db48c3b016a5ed7a6c3ea2092b18dc6ef60914efbdb57cb2753a4"
HEADER_RAW = (
    "9e01c42001010101010101010101010101010101010101010101010101010101010101010203c42004040404040404040404"
    "040404040404040404040404040404040404040404049205929200c440000000000000000000000000000000000000000000"
    "000000000000000000000000000000000000000000000000000000000000000000000000000000000000009202c440000000"
    "0000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000"
    "000000000000000000000001c4200606060606060606060606060606060606060606060606060606060606060606c4200707"
    "070707070707070707070707070707070707070707070707070707070707c420080808080808080808080808080808080808"
    "0808080808080808080808080808c4200909090909090909090909090909090909090909090909090909090909090909c420"
    "0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0bd922474d5334576976564e547353764833"
    "46366852356548686243376e374b484d4a3361"
)
BLOCK_HASH = "47bac4beb6f4694d1a511ec34d35dafc484e99f42fd49b1fac4d5961117787af"
SEAL = (
    "2f04c83c4c4a9bca63026d2231f8f35431482fd53d33f270f602b403704c991418bc78a3bc2b6f507f8f05872ac924f9eb9d"
    "83b19e2c959e023539c6d214c638"
)
SIGNED_BALLOT = (
    "9604020c0bc4200707070707070707070707070707070707070707070707070707070707070707c440d8f5cc9c660f1ad9e1"
    "71e531209f8edcde571b2a55675e051dbda74ae7dada024c34402eac96d6a97db726f3aaef110c50c1ee02f6dcd08a9a35f9217f153d43"
)
STATE_ROOT = "5b2a708d00e40c86ca85da5d814d28201b2e9c64ecea74be56b46c5c77dd4ad3"
CHUNK = (
    "94c4200000000000000000000000000000000000000000000000000000000000000000c42080000000000000000000000000"
    "000000000000000000000000000000000000009292c40163c40092c40162c4013293c3c0c440ca978112ca1bbdcafac231b3"
    "9a23dc4da786eff8147c4e72b9807785afee48bb6b86b273ff34fce19d6b804eff5a3f5747ada4eaa22f1d49c01e52ddb787"
    "5b4b"
)
CERTIFICATION = (
    "97c4200101010101010101010101010101010101010101010101010101010101010101c42103b8fa1a4acbd900b788ff1f85"
    "24ccfff1dd2a3d6c917e4009af604fbd406db702a85061726b204f6e6592a96d6963726f67726964a976616c696461746f72"
    "020304"
)
CERTIFICATION_SIGNATURE = (
    "d0605c5ff428f0ac8498f9776fd76f40a5d702a401bde4b01b5a30b8aa4e06fd34e9b0942bc68e4ba20d9312ae015aab4d0a"
    "2247dd3c41af86e3c02e363975cc"
)
REVOCATION = (
    "94c4200101010101010101010101010101010101010101010101010101010101010101d922474d5334576976564e54735376"
    "483346366852356548686243376e374b484d4a336102ae6b65795f636f6d70726f6d697365"
)
REVOCATION_SIGNATURE = (
    "bdf19aa9cb44d25457bb5ad571cb182d76b5a1e68835f739fc72081ad8111eef3e042ed346ae690f155c02bd11340933ae92"
    "d190674e0669a4ac51c9c255b0d9"
)

HEADER = Header(
    version=1,
    chain=some_digest(1),
    height=Height(2),
    slot=Slot(3),
    parent=some_digest(4),
    parent_seals=Seals(Round(5), (Seal(0, bytes(64)), Seal(2, bytes(64)))),
    transaction_count=1,
    transactions_root=some_digest(6),
    receipts_root=some_digest(7),
    state_root=some_digest(8),
    committee=some_digest(9),
    next_committee=some_digest(10),
    round=Round(11),
    proposer=key_of(0).address,
)


def test_transaction() -> None:
    arguments = {"text": "é", "bytes": b"\x00", "array": (1, -1, None, True)}
    transaction = make_transaction(arguments=arguments, stage=Stage.DISPATCH, links=(some_id(2),))
    assert transaction.raw.hex() == TRANSACTION
    assert transaction.tx_id.hex() == TX_ID


def test_header_and_block() -> None:
    assert HEADER.raw.hex() == HEADER_RAW
    assert HEADER.hash.hex() == BLOCK_HASH
    assert Block(HEADER, (b"raw",)).raw.hex() == "92" + HEADER_RAW + "91c403726177"


def test_seal() -> None:
    assert seal(HEADER, (0,), round=12).seals[0].signature.hex() == SEAL


def test_signed_ballot() -> None:
    ballot = Ballot(Kind.ROUND_CHANGE, Height(2), Round(12), some_digest(7), Round(11))
    signed = SignedBallot(ballot, key_of(0).sign(ballot.statement(some_digest(1))))
    assert signed.raw.hex() == SIGNED_BALLOT


def test_state() -> None:
    state = State().update({b"a": b"1", b"b": b"2", b"c": b""})
    assert state.root.hex() == STATE_ROOT
    assert cut_chunk(state, PathRange(0, 2**255)).encode().hex() == CHUNK


def test_statements_of_the_authority() -> None:
    member, authority = key_of(0), key_of(1)
    roles = ("microgrid", "validator")
    certification = Certification(
        some_digest(1), member.address, member.public_key, "Park One", roles, 2, Slot(3), Slot(4)
    )
    revocation = Revocation(some_digest(1), member.address, 2, "key_compromise")
    assert certification.encode().hex() == CERTIFICATION
    assert certification.sign(authority).hex() == CERTIFICATION_SIGNATURE
    assert revocation.encode().hex() == REVOCATION
    assert revocation.sign(authority).hex() == REVOCATION_SIGNATURE
