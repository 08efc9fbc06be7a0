"""What all answers have in common."""

from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field


class Model(BaseModel):
    """Base of all answers: no field besides those that are described."""

    model_config = ConfigDict(extra="forbid", frozen=True, from_attributes=True)


def _hexadecimal(value: object) -> object:
    return value.hex() if isinstance(value, bytes) else value


class AnyDocument(BaseModel):
    """An object of any shape."""

    model_config = ConfigDict(extra="allow")


Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$", description="SHA-256, hexadecimal")]
Hex = Annotated[str, Field(pattern=r"^([0-9a-f]{2})*$"), BeforeValidator(_hexadecimal)]
"""Bytes."""
Count = Annotated[int, Field(ge=0)]


class AsOf(Model):
    """How old an answer is: up to which block, and where the chain and the clock are."""

    height: Count = Field(description="Of the last block that was indexed")
    slot: int
    time_ms: int = Field(description="The block's time, unix")
    head_height: Count
    behind: Count = Field(description="Blocks that are final and not indexed yet")
    now_ms: int = Field(description="The node's clock, unix")


class Aged(Model):
    """Base of what is answered from the index."""

    as_of: AsOf


class Listed(Aged):
    """Base of lists, newest first; `next` goes on where this part ends."""

    next: str | None = Field(description="The cursor of the next part; null at the end")


class ProblemDetails(Model):
    """An error (RFC 9457)."""

    type: str
    title: str = Field(description="The error's name, which programs may rely on")
    status: int
    detail: str
