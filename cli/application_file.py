"""`application.json`: what an applicant states and signs, and what the authority states of it.

The file holds the arguments of `membership.apply` as JSON, so that any member can submit it as it is.
"""

import json
from collections.abc import Mapping
from pathlib import Path

from cli.errors import CommandError, ExitCode
from cli.files import read
from cli.tx import parse_arguments
from contracts.arguments import check_arguments, checks_of
from contracts.errors import ArgumentError
from contracts.membership.applications import Application
from crypto.hashing import Digest
from crypto.keys import PrivateKey
from ledger.codec import Value
from ledger.genesis import json_of

ARGUMENTS = ("application", "signature", "certification", "certification_signature")


def application_text(
    application: Application, key: PrivateKey, chain: Digest, statement: Mapping[str, Value]
) -> bytes:
    """The file: the application signed by `key`, and the authority's `statement` as `ca issue` wrote it."""
    arguments: dict[str, Value] = {
        "application": application.to_value(),
        "signature": key.sign(application.statement(chain)),
        "certification": statement["certification"],
        "certification_signature": statement["signature"],
    }
    return (json.dumps(json_of(arguments), indent=2, ensure_ascii=False) + "\n").encode()


def check_application(application: Application) -> None:
    """Raises CommandError for what no chain would take as an argument."""
    checks = checks_of({"application": Application})
    try:
        check_arguments(checks, {"application": application.to_value()})
    except ArgumentError as error:
        raise CommandError(str(error), code=ExitCode.USAGE) from None


def read_arguments(path: Path, names: tuple[str, ...]) -> Mapping[str, Value]:
    """The arguments that a file of this kind holds. Raises CommandError."""
    try:
        arguments = parse_arguments(read(path).decode())
    except UnicodeDecodeError as error:
        raise CommandError(f"{path}: {error}", code=ExitCode.CONFIGURATION) from None
    if set(arguments) != set(names):
        problem = f"{path} must hold {', '.join(names)}, and holds {', '.join(arguments) or 'nothing'}"
        raise CommandError(problem, code=ExitCode.CONFIGURATION)
    return arguments
