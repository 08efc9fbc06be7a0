"""What requests ask: the parameters of paths and queries, checked before anything is looked up.

Every field is one parameter; what is not a field is refused. All bounds fit into a database's integers.
"""

from typing import Annotated, Final

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field
from pydantic.json_schema import SkipJsonSchema

from explorer.index.queries.page import CURSOR_CHARS_MAX, LIMIT, LIMIT_MAX

WHOLE_MAX: Final = 10**18 - 1
TEXT_MAX: Final = 200
DIGITS_MAX: Final = 19


def _from_digits(text: object) -> object:
    """An integer as JSON writes it; Python would take blanks, underscores and other scripts' digits too."""
    if not isinstance(text, str):
        return text
    digits = text.removeprefix("-")
    if not (digits.isascii() and digits.isdecimal()) or len(digits) > DIGITS_MAX:
        raise ValueError("it is not a whole number")
    return int(text)


def _flag(text: object) -> object:
    """As JSON writes it; not "yes", "1" or "on"."""
    if not isinstance(text, str):
        return text
    if text not in ("true", "false"):
        raise ValueError("it is neither true nor false")
    return text == "true"


def _printable(text: str) -> str:
    """Databases refuse NUL, and nobody's names hold other control characters or halves of pairs."""
    if not text.isprintable():
        raise ValueError("it has letters that cannot be printed")
    return text


Whole = Annotated[int, Field(ge=0, le=WHOLE_MAX), BeforeValidator(_from_digits)]
Flag = Annotated[bool, BeforeValidator(_flag)]
Text = Annotated[str, AfterValidator(_printable), Field(min_length=1, max_length=TEXT_MAX)]
Key = Annotated[str, Field(min_length=1, max_length=1_024)]
"""Of a contract's state: whatever a contract may have written."""
Identifier = Annotated[str, Field(pattern=r"^[0-9A-Fa-f]{64}$")]
"""The SHA-256 of a transaction or of a block, hexadecimal."""


class Asked(BaseModel):
    """Base of what a route asks; by itself, a route without parameters."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Paged(Asked):
    """A part of a list."""

    cursor: Annotated[str, Field(min_length=1, max_length=CURSOR_CHARS_MAX)] | SkipJsonSchema[None] = Field(
        None, description="`next` of the part before; without it, the list begins"
    )
    limit: Annotated[Whole, Field(ge=1, le=LIMIT_MAX)] = LIMIT


class AtHeight(Asked):
    """A block by its height."""

    height: Whole


class OfTransaction(Asked):
    """A transaction by its identifier."""

    tx_id: Identifier

    @property
    def raw_id(self) -> bytes:
        """Its 32 bytes."""
        return bytes.fromhex(self.tx_id)


class OfAddress(Asked):
    """Somebody by their address."""

    address: Annotated[str, Field(min_length=1, max_length=100)]


class OfState(Asked):
    """What a contract keeps under a key; the slashes of a key may be written as they are."""

    contract: Key
    key: Key


class OfStateAt(OfState):
    """The same after a block, if not now."""

    height: Whole | SkipJsonSchema[None] = None
