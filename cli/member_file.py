"""`member.json`: what is public of a member, for whoever makes the genesis."""

import json
from dataclasses import asdict
from pathlib import Path

from pydantic import TypeAdapter

from cli.errors import CommandError, ExitCode
from cli.files import read
from crypto.address import address_of
from crypto.errors import BadKey
from crypto.keys import load_public_key
from ledger.genesis import HEX, Member

KEYS = ("public_key", "encryption_key")


def member_text(member: Member) -> str:
    """The file's text; bytes as in a genesis file."""
    values = asdict(member)
    return json.dumps({**values, **{name: HEX + values[name].hex() for name in KEYS}}, indent=2) + "\n"


def read_member(path: Path) -> Member:
    """A member from its file. Raises CommandError if it contradicts itself."""
    try:
        values = json.loads(read(path))
        keys = {name: bytes.fromhex(str(values[name]).removeprefix(HEX)) for name in KEYS}
        member = TypeAdapter(Member).validate_python({**values, **keys})
        for key in keys.values():
            load_public_key(key)
    except (ValueError, KeyError, TypeError, BadKey) as error:
        raise CommandError(f"{path}: {error}", code=ExitCode.CONFIGURATION) from error
    if member.address != address_of(member.public_key):
        raise CommandError(f"{path}: the address is not its key's", code=ExitCode.CONFIGURATION)
    return member
