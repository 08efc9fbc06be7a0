"""The register and the chain agree on who is revoked, whatever of the authority's statements arrives when."""

from dataclasses import dataclass, field
from datetime import UTC, datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from cli.errors import CommandError
from cli.register import COMPROMISED, Issued, Register, Revoked
from cli.statements import slot_begin, statement_of
from ledger.certification import CERTIFICATION, REASONS, REVOCATION, Certification, Revocation
from ledger.codec import Value
from ledger.genesis import Genesis
from tests.contracts.chain import FIRST_SLOT, Chain, address, key_of
from tests.contracts.membership.council import AUTHORITY_KEY, MEMBERSHIP, found, record

LAST_SLOT = FIRST_SLOT + 10**9
NOW = datetime(2030, 1, 1, tzinfo=UTC)
SUBJECT, SENDER = "ash", "alder"
GENESIS = found().genesis
OPERATIONS = st.lists(st.sampled_from(["certify", *REASONS]), min_size=1, max_size=8)


@dataclass
class Office:
    """An authority that certifies one member again and again, and revokes it."""

    genesis: Genesis
    register: Register = field(default_factory=Register)
    statements: list[Certification | Revocation] = field(default_factory=list)

    def certify(self) -> None:
        issued = Issued(
            serial=self.register.next_serial,
            address=address(SUBJECT),
            public_key=key_of(SUBJECT).public_key.hex(),
            organisation=SUBJECT,
            roles=("microgrid",),
            not_before=slot_begin(FIRST_SLOT, self.genesis),
            not_after=slot_begin(LAST_SLOT, self.genesis),
        )
        self.register = self.register.with_issued(issued)
        self._state(issued.serial)

    def revoke(self, reason: str) -> None:
        serial = self.register.latest(address(SUBJECT)).serial
        self.register = self.register.with_revoked(serial, Revoked(NOW, reason))
        self._state(serial)

    def _state(self, serial: int) -> None:
        self.statements.append(statement_of(self.register.find(serial), self.genesis))


def tell(chain: Chain, statement: Certification | Revocation) -> None:
    """Send a statement, which the chain may well find stale."""
    is_new = isinstance(statement, Certification)
    arguments: dict[str, Value] = {
        CERTIFICATION if is_new else REVOCATION: statement.encode(),
        "signature": statement.sign(AUTHORITY_KEY),
    }
    chain.call(SENDER, MEMBERSHIP, "renew" if is_new else "revoke", arguments)


@given(OPERATIONS, st.data())
@settings(max_examples=40, deadline=None)
def test_the_last_word_of_the_authority_stands_in_whatever_order_its_statements_come(
    operations: list[str], data: st.DataObject
) -> None:
    chain = found()
    office = Office(chain.genesis)
    office.certify()
    for operation in operations:
        before = office.register
        try:
            office.certify() if operation == "certify" else office.revoke(operation)
        except CommandError:
            assert office.register == before, "what is refused changes nothing"
    *earlier, last = office.statements
    some = data.draw(st.lists(st.sampled_from(earlier), max_size=6)) if earlier else []
    for statement in data.draw(st.permutations([*some, last])):
        tell(chain, statement)
    latest = office.register.latest(address(SUBJECT))
    known = record(chain, SUBJECT)
    assert (known.serial, known.is_revoked) == (latest.serial, latest.revoked is not None)


@given(OPERATIONS)
@settings(max_examples=100, deadline=None)
def test_serials_rise_one_certificate_is_in_force_and_no_compromised_key_returns(
    operations: list[str],
) -> None:
    office = Office(GENESIS)
    office.certify()
    compromised = False
    for operation in operations:
        try:
            office.certify() if operation == "certify" else office.revoke(operation)
        except CommandError:
            continue
        assert not compromised
        compromised = operation == COMPROMISED
    issued = office.register.issued
    assert [each.serial for each in issued] == list(range(2, 2 + len(issued)))
    good = [each for each in issued if office.register.status(each, NOW) == "good"]
    assert good in ([], [issued[-1]])


def test_a_certificate_that_outlives_the_calendar_is_still_shown() -> None:
    assert slot_begin(2**63, GENESIS).year == 9999
