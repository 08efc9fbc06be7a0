"""What all answers have in common."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field


class Model(BaseModel):
    """Base of all answers: no field besides those that are described."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class AnyDocument(BaseModel):
    """An object of any shape."""

    model_config = ConfigDict(extra="allow")


Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$", description="SHA-256, hexadecimal")]
Hexadecimal = Annotated[str, Field(pattern=r"^([0-9a-f]{2})*$")]
Count = Annotated[int, Field(ge=0)]


class ProblemDetails(Model):
    """An error (RFC 9457)."""

    type: str
    title: str = Field(description="The error's name, which programs may rely on")
    status: int
    detail: str
