"""Files that people write or are sent: configurations, plans, members, the arguments of a command."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from cli.application_file import read_arguments
from cli.config_text import AgentText, config_text
from cli.errors import CommandError
from cli.member_file import member_text, read_member
from cli.participant import Participant
from cli.plan_file import PlanFile, judge, read_plan, to_plain
from cli.register import REGISTER_NAME, read_register, write_register
from cli.registrar import Registrar
from cli.tx import parse_arguments
from contracts.dispatch.errors import CertificateError, GapError, PlanError
from contracts.dispatch.solver import solve
from contracts.gap import GapLimit
from ledger.certification import REASONS
from ledger.codec import encode
from ledger.errors import NotEncodable
from node.accusations import Accusation, Accusations
from node.config import load_config
from node.errors import BadConfig, UnusableFile
from tests.contracts.dispatch.days import day
from tests.fuzz.scratch import new_folder
from tests.fuzz.target import Broken, Target, judges
from tests.ledger.builders import key_of, make_member


@cache
def file() -> Path:
    return new_folder() / "input"


def by_file(read: Callable[[Path], object]) -> Callable[[bytes], object]:
    def judge_bytes(data: bytes) -> object:
        file().write_bytes(data)
        return read(file())

    return judge_bytes


def configs() -> Iterator[bytes]:
    agents = (AgentText("park", "park", {"profiles": "profiles.csv", "number": 1, "is_on": True}),)
    yield config_text(
        "node", "0.0.0.0:7400", ("a.example:7400", "[::1]:7400"), "127.0.0.1:7480", agents
    ).encode()
    yield b'[network]\npeers_max = 3\n[log]\nformat = "json"\n[api]\nenabled = false\ntoken_file = "t"\n'


def plans() -> Iterator[bytes]:
    problem = day("pooled", 1, periods=2)
    solution = solve(problem)
    plan = PlanFile(problem, solution.plan, solution.certificate, GapLimit(100, 10**7))
    yield json.dumps(to_plain(plan)).encode()


def read_and_judge(path: Path) -> None:
    plan = read_plan(path)
    if PlanFile.__eq__(plan, _reread(plan)) is not True:
        raise Broken(f"{path.read_bytes()!r} is read otherwise the second time")
    judge(plan)


def _reread(plan: PlanFile) -> PlanFile:
    file().write_text(json.dumps(to_plain(plan)))
    return read_plan(file())


def member_files() -> Iterator[bytes]:
    yield member_text(make_member(1, True)).encode()


def arguments() -> Iterator[bytes]:
    yield b'{"to": "GMS4WivVNTsSvH3F6hR5eHhbC7n7KHMJ3a", "amount": 12, "list": [1, null, true, "0x00ff"]}'


def check_arguments(data: bytes) -> None:
    encode(parse_arguments(data.decode()))


def registers() -> Iterator[bytes]:
    registrar = Registrar.create("Authority", datetime(2026, 1, 1, tzinfo=UTC))
    for number in (1, 2):
        registrar.admit(Participant("name", "Org", ("owner",), key_of(number), key_of(number + 500)))
    registrar.revoke(3, REASONS[0])
    write_register(file().parent, registrar.register)
    yield (file().parent / REGISTER_NAME).read_bytes()


def check_register(data: bytes) -> None:
    (file().parent / REGISTER_NAME).write_bytes(data)
    register = read_register(file().parent)
    write_register(file().parent, register)
    if read_register(file().parent) != register:
        raise Broken(f"{data!r} is read otherwise the second time")


def statements() -> Iterator[bytes]:
    yield b'{"revocation": "hex:00ff", "signature": "hex:aa"}'


def accusations() -> Iterator[bytes]:
    file().unlink(missing_ok=True)
    Accusations(file()).add(Accusation(key_of(1).address, b"first", b"second"))
    yield file().read_bytes()


def check_accusations(data: bytes) -> None:
    """Damaged or not, the node starts; and what it keeps it reads again."""
    file().write_bytes(data)
    kept = tuple(Accusations(file()))
    if kept and tuple(Accusations(file())) != kept:
        raise Broken(f"{data!r} is read otherwise the second time")


TARGETS = {
    "register": Target(judges(check_register, CommandError), registers, None),
    "statement-file": Target(
        judges(by_file(lambda path: read_arguments(path, ("revocation", "signature"))), CommandError),
        statements, None,
    ),
    "accusations": Target(judges(check_accusations), accusations),
    "config": Target(judges(by_file(load_config), BadConfig, UnusableFile), configs, None),
    "plan": Target(
        judges(by_file(read_and_judge), CommandError, PlanError, CertificateError, GapError),
        plans, None, 16_384,
    ),
    "member-file": Target(judges(by_file(read_member), CommandError), member_files, None),
    "arguments-json": Target(
        judges(check_arguments, UnicodeDecodeError, CommandError, NotEncodable), arguments, None
    ),
}  # fmt: skip
