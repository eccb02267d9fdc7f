"""Describe the route table as an OpenAPI 3.1 document, from the types that are served.

Role: pure; what is described is what is served, since both read the same table.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from http import HTTPStatus
from typing import Any, Final

import msgspec

from app import wire
from app.api.call import Call, Content
from app.api.problem import CONTENT_TYPE
from app.api.query import Parameter
from app.errors import STATUS_BY_CODE, TEMPORARY_CODES
from auth.policy import REQUIRED_SCOPES
from engine.limits import SYMBOL_LENGTH_MAX

VERSION: Final = "1.0.0"
PATH: Final = "/openapi.json"

_REF: Final = "#/components/schemas/{name}"
_PATH_PARAMETER: Final = re.compile(r"\{(\w+)(?::path)?\}")
_PATH_SCHEMAS: Final[dict[str, dict[str, Any]]] = {
    "symbol": {"type": "string", "pattern": f"^[A-Z0-9._-]{{1,{SYMBOL_LENGTH_MAX}}}$"},
    "order_id": {"type": "string", "pattern": "^[0-9]+$"},
    "client_order_id": {"type": "string", "pattern": "^[A-Za-z0-9._:-]{1,64}$"},
    "account": {"type": "string", "pattern": "^[A-Za-z0-9._:-]{1,64}$"},
    "path": {"type": "string"},
}
_AUTHENTICATED: Final = ("unauthenticated", "token_expired", "forbidden", "account_blocked")
_WITH_BODY: Final = ("invalid_json", "invalid_request", "too_large", "unsupported_media_type")
_STATUS_400_TOO: Final = ("invalid_price", "invalid_quantity")
_DESCRIPTION: Final = (
    "Prices and quantities are decimal strings, ids are strings, times are integers in"
    " microseconds since the epoch. Every error is an RFC 9457 problem with a `code`."
)


def spec_call(document: bytes) -> Call:
    """Return the call that serves `document`."""
    content = Content(document, "application/json", headers=((b"cache-control", b"no-cache"),))
    return Call(
        method="GET",
        path=PATH,
        handler=lambda _services, _request: content,
        summary="Describe this API",
        tag="operation",
        answer=dict[str, Any],
    )


def document(calls: Iterable[Call]) -> dict[str, Any]:
    """Return the OpenAPI document of the calls."""
    table = tuple(calls)
    types = sorted({t for call in table for t in _types(call)} | {wire.Problem}, key=_name)
    _, schemas = msgspec.json.schema_components(types, ref_template=_REF)
    paths: dict[str, dict[str, Any]] = defaultdict(dict)
    for call in table:
        path = _PATH_PARAMETER.sub(r"{\1}", call.path)
        paths[path][call.method.lower()] = _operation(call)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Depthcast",
            "version": VERSION,
            "description": _DESCRIPTION,
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "paths": dict(paths),
        "components": {
            "schemas": schemas,
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}
            },
        },
    }


def refusal_codes(call: Call) -> tuple[str, ...]:
    """Return every code a call may refuse with, those that all calls share included."""
    codes = [*call.codes, "invalid_request", "internal"]
    if _scope(call) is not None:
        codes += _AUTHENTICATED
    if call.body is not None:
        codes += _WITH_BODY
    return tuple(dict.fromkeys(codes))


def _operation(call: Call) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "operationId": _operation_id(call),
        "summary": call.summary,
        "tags": [call.tag],
        "parameters": [_path_parameter(name) for name in _PATH_PARAMETER.findall(call.path)]
        + [_query_parameter(parameter) for parameter in call.parameters],
        "responses": _answers(call) | _problems(refusal_codes(call)),
    }
    scope = _scope(call)
    if scope is not None:
        operation["security"] = [{"bearer": []}]
        operation["description"] = f"Needs the scope `{scope}`."
    if call.body is not None:
        content = {"application/json": {"schema": _schema(call.body)}}
        operation["requestBody"] = {"required": True, "content": content}
    return operation


def _operation_id(call: Call) -> str:
    """Return the same name for a call in every version: get_v1_orders_by_order_id."""
    words = re.sub(r"\{(\w+)(?::path)?\}", r"by_\1", call.path)
    return "_".join([call.method.lower(), *re.findall(r"[a-z0-9_]+", words)])


def _answers(call: Call) -> dict[str, Any]:
    answers = {call.status: call.answer} | call.other_answers
    return {
        str(status): {
            "description": HTTPStatus(status).phrase,
            "content": {call.content_type: {} if answer is None else {"schema": _schema(answer)}},
        }
        for status, answer in answers.items()
    }


def _problems(codes: Sequence[str]) -> dict[str, Any]:
    by_status: dict[int, list[str]] = defaultdict(list)
    for code in codes:
        by_status[STATUS_BY_CODE[code]].append(code)
        if code in _STATUS_400_TOO:
            by_status[400].append(code)
    return {str(status): _problem(names) for status, names in sorted(by_status.items())}


def _problem(codes: list[str]) -> dict[str, Any]:
    schema = {"allOf": [_schema(wire.Problem), {"properties": {"code": {"enum": sorted(codes)}}}]}
    problem: dict[str, Any] = {
        "description": ", ".join(sorted(codes)),
        "content": {CONTENT_TYPE: {"schema": schema}},
    }
    if TEMPORARY_CODES.issuperset(codes):
        header = {"schema": {"type": "integer"}, "description": "Seconds."}
        problem["headers"] = {"Retry-After": header}
    return problem


def _query_parameter(parameter: Parameter) -> dict[str, Any]:
    return {
        "name": parameter.name,
        "in": "query",
        "description": parameter.description,
        "schema": parameter.schema,
    }


def _path_parameter(name: str) -> dict[str, Any]:
    return {"name": name, "in": "path", "required": True, "schema": _PATH_SCHEMAS[name]}


def _scope(call: Call) -> str | None:
    return None if call.action is None else REQUIRED_SCOPES[call.action]


def _types(call: Call) -> list[Any]:
    types = [call.body, call.answer, *call.other_answers.values()]
    return [t for t in types if isinstance(t, type) and issubclass(t, msgspec.Struct)]


def _schema(type_: Any) -> dict[str, Any]:
    if isinstance(type_, type) and issubclass(type_, msgspec.Struct):
        return {"$ref": _REF.format(name=type_.__name__)}
    return {"type": "object"}


def _name(type_: type) -> str:
    return type_.__name__
