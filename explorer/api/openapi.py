"""The OpenAPI document, from the table of routes and the models."""

import re
from collections.abc import Iterable
from http import HTTPStatus
from typing import Any, Final

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from explorer.api.access import Role
from explorer.api.models.base import ProblemDetails
from explorer.api.problems import MEDIA_TYPE
from explorer.api.routes import PREFIX, Answer, Route

VERSION: Final = "1.0.0"
"""Of the API: the first number is that of its prefix, the second rises with what is added."""
SCHEMAS: Final = "#/components/schemas/{model}"
COMMON_ERRORS: Final = (400, 401, 403, 404, 429, 500, 503)
BODY_ERRORS: Final = (409, 413, 422)
DESCRIPTION: Final = """\
Integers are exact and in base units, named with their unit; times are UTC; missing is null, never 0.
Lists go on by cursors. Errors are problem details (RFC 9457). On loopback all may do everything; elsewhere a
bearer token or a client certificate says who asks. Beside these paths: the WebSocket `/api/v1/ws`, and
`/healthz`, `/readyz` and `/metrics` for machines; docs/api.md tells of them."""

Json = dict[str, Any]
BINARY: Final[Json] = {"type": "string", "format": "binary"}


def document(routes: Iterable[Route]) -> Json:
    """The whole description."""
    table = tuple(routes)
    models: set[type[BaseModel]] = {ProblemDetails}
    models.update(model for route in table for model in _models(route))
    ordered = sorted(models, key=lambda model: model.__name__)
    _, schemas = models_json_schema([(model, "serialization") for model in ordered], ref_template=SCHEMAS)
    paths: dict[str, Json] = {}
    for route in table:
        paths.setdefault(plain_path(route.path), {})[route.method.lower()] = _operation(route)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Gridquorum", "version": VERSION, "description": DESCRIPTION},
        "servers": [{"url": PREFIX}],
        "security": [{"bearer": []}, {"certificate": []}, {}],
        "paths": paths,
        "components": {
            "schemas": schemas["$defs"],
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer"},
                "certificate": {"type": "mutualTLS"},
            },
        },
    }


def plain_path(path: str) -> str:
    """A path as OpenAPI writes it, without the patterns of its parameters."""
    return re.sub(r":[^}]+}", "}", path)


def _models(route: Route) -> list[type[BaseModel]]:
    return [model for model in (route.answer, route.body) if isinstance(model, type)]


def _tag(route: Route) -> str:
    """What its handler's module is about: `chain` of explorer.api.chain_routes."""
    *_, package, module = route.handler.__module__.split(".")
    return package if module == "routes" else module.removesuffix("_routes")


def _operation(route: Route) -> Json:
    operation: Json = {
        "operationId": route.handler.__name__,
        "tags": [_tag(route)],
        "summary": route.summary,
        "parameters": _parameters(route),
        "responses": _responses(route),
    }
    if route.role is not Role.READER:
        operation["description"] = f"Takes the role {route.role.word}."
    if route.body is not None:
        operation["requestBody"] = {"required": True, "content": _content(route.body)}
    return operation


def _parameters(route: Route) -> list[Json]:
    schema = route.asked.model_json_schema(mode="validation")
    required = schema.get("required", ())
    within = plain_path(route.path)
    parameters = []
    for name, described in schema.get("properties", {}).items():
        is_path = f"{{{name}}}" in within
        parameter = {"name": name, "in": "path" if is_path else "query", "required": name in required}
        described = {key: value for key, value in described.items() if key not in ("title", "default")} | (
            {"default": described["default"]} if described.get("default") is not None else {}
        )
        if description := described.pop("description", ""):
            parameter["description"] = description
        parameters.append({**parameter, "schema": described})
    return parameters


def _responses(route: Route) -> Json:
    codes = (*COMMON_ERRORS, *(BODY_ERRORS if route.method == "POST" else ()))
    problem = {MEDIA_TYPE: {"schema": {"$ref": SCHEMAS.format(model=ProblemDetails.__name__)}}}
    errors = {str(code): {"description": HTTPStatus(code).phrase, "content": problem} for code in codes}
    done = {"description": HTTPStatus(route.status).phrase, "content": _content(route.answer)}
    return {str(route.status): done, **errors}


def _content(answer: Answer) -> Json:
    if not isinstance(answer, type):
        media_types = (answer,) if isinstance(answer, str) else answer
        return {media_type: {"schema": BINARY} for media_type in media_types}
    return {"application/json": {"schema": {"$ref": SCHEMAS.format(model=answer.__name__)}}}
