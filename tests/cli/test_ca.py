"""The authority: it certifies from requests, renews, revokes, and keeps a register that it can rely on."""

import errno
import json
import multiprocessing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

import cli.ca
from cli.register import REGISTER_NAME, alone, read_register
from cli.statements import slot_at
from cli.tx import parse_arguments
from crypto.certificate import identity_of
from crypto.hashing import sha256
from crypto.keys import PrivateKey
from crypto.signatures import SignatureCache
from ledger.certification import REASONS, Certification, Revocation, check_certification, check_revocation
from ledger.errors import BadStatement
from ledger.genesis import Genesis
from node.files import read_genesis, read_key


class Office:
    """An authority in a folder, a chain that pins it, and a member who asks."""

    def __init__(self, run: Any, folder: Path) -> None:
        self._run = run
        self.folder = folder
        self.genesis_file = folder / "net" / "genesis.json"
        run("testnet", "init", "-n", 1, "--out", folder / "net")
        self.authority = folder / "net" / "authority"
        self.genesis: Genesis = read_genesis(self.genesis_file)
        self.member = folder / "member"
        run("keys", "new", self.member / "node.key")
        self.request = folder / "member" / "node.csr"
        asked = ("--organisation", "Park One", "--out", self.request)
        assert run("ca", "request", "--key", self.member / "node.key", *asked).code == 0

    def __call__(self, *arguments: object) -> Any:
        return self._run("ca", *arguments, "--dir", self.authority)

    def issue(self, name: str = "node.crt", *options: object) -> Any:
        where = ("--out", self.folder / name, "--genesis", self.genesis_file)
        return self("issue", self.request, "--role", "owner", *where, *options, "--json")

    def renew(self, serial: int, name: str = "renewed.crt", *options: object) -> Any:
        where = ("--out", self.folder / name, "--genesis", self.genesis_file)
        return self("renew", serial, *where, *options, "--json")

    def revoke(self, serial: int, reason: str = "superseded", name: str = "revocation.json") -> Any:
        where = ("--out", self.folder / name, "--genesis", self.genesis_file)
        return self("revoke", serial, "--reason", reason, *where, "--json")

    def certification(self, path: Path) -> Certification:
        arguments: Any = parse_arguments(path.read_text())
        return check_certification(**self._checks(arguments, "certification"))

    def revocation(self, path: Path) -> Revocation:
        arguments: Any = parse_arguments(path.read_text())
        return check_revocation(**self._checks(arguments, "revocation"))

    def _checks(self, arguments: Any, kind: str) -> Any:
        assert set(arguments) == {kind, "signature"}
        key = read_key(self.authority / "authority.key").public_key
        return {
            "raw": arguments[kind],
            "signature": arguments["signature"],
            "chain": self.genesis.hash,
            "authority_key": key,
            "signatures": SignatureCache(1),
        }

    @property
    def register(self) -> bytes:
        return (self.authority / REGISTER_NAME).read_bytes()


@pytest.fixture
def ca(run: Any, tmp_path: Path) -> Office:
    return Office(run, tmp_path)


def test_a_member_is_certified_from_its_request(ca: Office) -> None:
    issued = ca.issue()
    assert issued.code == 0
    identity = identity_of((ca.folder / "node.crt").read_bytes(), ca.genesis.authority)
    key = read_key(ca.member / "node.key")
    assert (identity.address, identity.organisation, identity.roles) == (key.address, "Park One", ("owner",))
    assert identity.serial == issued.json["serial"]
    statement = ca.certification(Path(issued.json["statement"]))
    assert (statement.public_key, statement.serial) == (key.public_key, identity.serial)
    assert statement.last_slot == slot_at(identity.not_after, ca.genesis)
    assert statement.first_slot == slot_at(identity.not_before, ca.genesis)


def test_before_the_chain_there_is_no_statement(ca: Office) -> None:
    issued = ca("issue", ca.request, "--role", "owner", "--out", ca.folder / "node.crt", "--json")
    assert issued.code == 0
    assert "statement" not in issued.json
    later = ca.folder / "later.json"
    stated = ca("statement", issued.json["serial"], "--genesis", ca.genesis_file, "--out", later, "--json")
    assert stated.json["status"] == "in force"
    assert ca.certification(later).serial == issued.json["serial"]


def test_a_testnets_register_knows_everybody(ca: Office) -> None:
    shown = ca("list", "--json").json["certificates"]
    assert {row["address"] for row in shown} == {member.address for member in ca.genesis.members}
    assert [row["serial"] for row in shown] == list(range(2, 2 + len(shown)))
    assert ca.issue().json["serial"] == 2 + len(shown)


def test_renewal_keeps_the_key_and_takes_the_next_serial(ca: Office) -> None:
    first = ca.issue("node.crt", "--days", 10).json["serial"]
    renewed = ca.renew(first, "renewed.crt", "--days", 20)
    assert renewed.code == 0
    old, new = (
        identity_of((ca.folder / name).read_bytes(), ca.genesis.authority)
        for name in ("node.crt", "renewed.crt")
    )
    assert (new.public_key, new.organisation, new.roles) == (old.public_key, old.organisation, old.roles)
    assert new.serial == old.serial + 1
    assert new.not_after - old.not_after >= timedelta(days=10)
    status = {row["serial"]: row["status"] for row in ca("list", "--json").json["certificates"]}
    assert (status[old.serial], status[new.serial]) == ("superseded", "good")


def test_a_revocation_is_signed_for_the_chain(ca: Office) -> None:
    serial = ca.issue().json["serial"]
    revoked = ca.revoke(serial, "affiliation_changed")
    assert revoked.code == 0
    assert "tx send membership revoke" in revoked.json["next"]
    statement = ca.revocation(ca.folder / "revocation.json")
    assert (statement.serial, statement.reason) == (serial, "affiliation_changed")
    assert statement.address == read_key(ca.member / "node.key").address
    again = ca.folder / "again.json"
    assert ca("statement", serial, "--genesis", ca.genesis_file, "--out", again).code == 0
    assert again.read_bytes() == (ca.folder / "revocation.json").read_bytes()


def test_revoking_a_renewed_certificate_revokes_those_before_it(ca: Office) -> None:
    first = ca.issue().json["serial"]
    second = ca.renew(first).json["serial"]
    assert ca.revoke(second).code == 0
    register = read_register(ca.authority)
    assert [register.find(serial).revoked is not None for serial in (first, second)] == [True, True]


def test_an_unknown_serial(ca: Office) -> None:
    before = ca.register
    for refused in (ca.renew(99), ca.revoke(99)):
        assert refused.code == 1
        assert "serial 99 was never issued" in refused.err
    assert ca.register == before


def test_revoked_twice(ca: Office) -> None:
    serial = ca.issue().json["serial"]
    ca.revoke(serial)
    before = ca.register
    refused = ca.revoke(serial, name="second.json")
    assert refused.code == 1
    assert f"certificate {serial} was revoked on" in refused.err
    assert ca.register == before
    assert not (ca.folder / "second.json").exists()


def test_no_such_reason(ca: Office) -> None:
    refused = ca.revoke(2, "whim")
    assert refused.code == 2
    assert all(reason in refused.err for reason in REASONS)


def test_a_revoked_certificate_is_not_renewed(ca: Office) -> None:
    serial = ca.issue().json["serial"]
    ca.revoke(serial)
    refused = ca.renew(serial)
    assert refused.code == 1
    assert f"certificate {serial} was revoked" in refused.err
    assert not (ca.folder / "renewed.crt").exists()


def test_a_superseded_certificate_is_neither_renewed_nor_revoked(ca: Office) -> None:
    """With the statement of the later one, its holder would undo the revocation."""
    first = ca.issue().json["serial"]
    second = ca.renew(first).json["serial"]
    before = ca.register
    for refused in (ca.renew(first, "third.crt"), ca.revoke(first)):
        assert refused.code == 1
        assert f"superseded by {second}" in refused.err
    assert ca.register == before


def test_a_compromised_key_is_never_certified_again(ca: Office) -> None:
    ca.revoke(ca.issue().json["serial"], "key_compromise")
    refused = ca.issue("again.crt")
    assert refused.code == 1
    assert "compromised" in refused.err
    assert not (ca.folder / "again.crt").exists()


def test_a_member_that_left_may_be_certified_anew(ca: Office) -> None:
    serial = ca.issue().json["serial"]
    ca.revoke(serial, "affiliation_changed")
    assert ca.issue("again.crt").json["serial"] == serial + 1


def test_no_certificate_outlasts_its_authority(ca: Office) -> None:
    refused = ca.issue("node.crt", "--days", 36_500)
    assert refused.code == 1
    assert "its authority is valid from" in refused.err
    assert not (ca.folder / "node.crt").exists()


def test_a_full_disk_loses_a_serial_but_never_gives_one_twice(
    ca: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(path: Path, *_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device", str(path))

    first = ca.issue("first.crt").json["serial"]
    with monkeypatch.context() as patched:
        patched.setattr("cli.register.replace_file", full)
        refused = ca.issue("second.crt")
        assert refused.code == 1
        assert REGISTER_NAME in refused.err
        assert not (ca.folder / "second.crt").exists(), "nothing leaves that is not in the register"
    with monkeypatch.context() as patched:
        patched.setattr("cli.ca.write_new", full)
        assert ca.issue("second.crt").code == 1
    assert ca.issue("second.crt").json["serial"] == first + 2


class Later:
    """A clock for the command, 21 years from now."""

    @staticmethod
    def now(zone: Any) -> datetime:
        return datetime.now(zone) + timedelta(days=21 * 365)


def test_an_expired_authority_certifies_nobody_but_still_revokes(
    ca: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    serial = ca.issue().json["serial"]
    monkeypatch.setattr(cli.ca, "datetime", Later)
    for refused in (ca.issue("late.crt"), ca.renew(serial)):
        assert refused.code == 1
        assert "the authority expired on" in refused.err
    assert ca.revoke(serial).code == 0


def test_nothing_is_overwritten(ca: Office) -> None:
    ca.issue()
    before = ca.register
    refused = ca.issue()
    assert refused.code == 1
    assert "exists already" in refused.err
    assert ca.register == before


def damage(text: str, kind: str) -> str:
    records = json.loads(text)
    if kind == "torn":
        return text[: len(text) // 2]
    if kind == "no list":
        return "{}"
    if kind == "serial twice":
        records[1]["serial"] = records[0]["serial"]
    if kind == "another's address":
        records[1]["address"] = records[0]["address"]
    if kind == "no date":
        records[0]["not_after"] = "soon"
    if kind == "no key":
        records[0]["public_key"] = "00" * 33
    if kind == "no reason":
        records[0]["revoked"] = {"at": records[0]["not_after"], "reason": "whim"}
    if kind == "what nobody wrote":
        records[0]["note"] = "x"
    return json.dumps(records)


@pytest.mark.parametrize(
    "kind",
    [
        "torn",
        "no list",
        "serial twice",
        "another's address",
        "no date",
        "no key",
        "no reason",
        "what nobody wrote",
    ],
)
def test_a_damaged_register_is_never_guessed_over(ca: Office, kind: str) -> None:
    path = ca.authority / REGISTER_NAME
    path.write_text(damage(path.read_text(), kind))
    before = ca.register
    refused = ca.issue()
    assert refused.code == 3
    assert "register.json is damaged" in refused.err
    assert "ca recover" in refused.err
    assert ca.register == before
    assert not (ca.folder / "node.crt").exists()


def test_a_lost_register_is_made_again_from_the_certificates(ca: Office) -> None:
    serial = ca.issue().json["serial"]
    everybody = sorted((ca.folder / "net" / "nodes").rglob("*.crt"))
    before = ca.register
    assert ca("recover", ca.folder / "node.crt", *everybody).code == 1, "there is one"
    (ca.authority / REGISTER_NAME).unlink()
    assert "is missing" in ca("list").err
    assert "one serial" in ca("recover", ca.folder / "node.crt", ca.folder / "node.crt").err
    assert ca("recover", ca.folder / "node.crt", *everybody).code == 0
    assert ca.register == before
    assert ca.issue("next.crt").json["serial"] == serial + 1


def test_a_stranger_is_not_in_the_register(ca: Office, run: Any) -> None:
    run("ca", "init", "--name", "Stranger", "--dir", ca.folder / "stranger")
    ca.issue()
    (ca.folder / "stranger" / REGISTER_NAME).unlink()
    refused = run("ca", "recover", ca.folder / "node.crt", "--dir", ca.folder / "stranger")
    assert refused.code == 1
    assert "not issued by" in refused.err


def hold(folder: Path, held: Any, done: Any) -> None:
    with alone(folder):
        held.set()
        done.wait()


def test_two_at_once(ca: Office) -> None:
    context = multiprocessing.get_context("spawn")
    held, done = context.Event(), context.Event()
    other = context.Process(target=hold, args=(ca.authority, held, done))
    other.start()
    try:
        assert held.wait(30)
        refused = ca.issue()
    finally:
        done.set()
        other.join()
    assert refused.code == 1
    assert "another gridquorum ca is at work" in refused.err
    assert ca.issue().code == 0


def test_no_authority_here(run: Any, tmp_path: Path) -> None:
    run("keys", "new", tmp_path / "node.key")
    asked = ("--key", tmp_path / "node.key", "--organisation", "X", "--out", tmp_path / "node.csr")
    run("ca", "request", *asked)
    issue = ("ca", "issue", tmp_path / "node.csr", "--role", "owner", "--dir", tmp_path / "none")
    assert run(*issue).code == 3


def test_a_private_key_never_travels(ca: Office) -> None:
    secret = read_key(ca.member / "node.key").to_pem().splitlines()[1]
    ca.issue()
    for path in ca.folder.rglob("*"):
        if path.is_file() and path.name != "node.key":
            assert secret not in path.read_bytes()


def test_a_statement_of_another_chain_is_not_ours(ca: Office) -> None:
    statement = Path(ca.issue().json["statement"])
    arguments: Any = parse_arguments(statement.read_text())
    with pytest.raises(BadStatement):
        check_certification(
            arguments["certification"],
            arguments["signature"],
            sha256(b"another chain"),
            read_key(ca.authority / "authority.key").public_key,
            SignatureCache(1),
        )


def test_slots_are_those_of_the_genesis(ca: Office) -> None:
    instant = datetime(2030, 1, 1, tzinfo=UTC)
    assert slot_at(instant, ca.genesis) == int(instant.timestamp() * 1000) // ca.genesis.slot_ms


def test_a_request_says_who_asks(run: Any, tmp_path: Path) -> None:
    run("keys", "new", tmp_path / "node.key")
    request = ("ca", "request", "--key", tmp_path / "node.key", "--out", tmp_path / "node.csr", "--json")
    made = run(*request, "--organisation", "Park One")
    assert made.json["address"] == PrivateKey.from_pem((tmp_path / "node.key").read_bytes()).address
