"""One shape for every refusal and fault: `{"error": {"code", "message", "field", "details"}}`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse

from dialer.documents import dotted, shown, worded
from dialer.errors import Refused

logger = structlog.get_logger(__name__)
_CODES: Final = {400: "bad_request", 404: "not_found", 405: "method_not_allowed", 413: "too_large", 416: "bad_range"}


class Error(BaseModel):
    code: str = Field(description="stable; programs may depend on it")
    message: str = Field(description="what is wrong and what to do, in one sentence")
    field: str = Field(default="", description="the offending input, where there is one")
    details: dict[str, Any] = {}


class ErrorBody(BaseModel):
    error: Error


_MEANINGS: Final = {
    400: "The request cannot be read.",
    401: "The token is missing or wrong.",
    404: "There is no such thing.",
    409: "It does not fit the present state; nothing was changed.",
    413: "The request is too large.",
    421: "The Host header names another server.",
    422: "The input is wrong; `field` and `message` say what.",
    503: "The engine is not running, or something it needs cannot be reached.",
}
RESPONSES: Final[dict[int | str, dict[str, Any]]] = {
    status: {"model": ErrorBody, "description": meaning} for status, meaning in _MEANINGS.items()
}


def error_response(
    status: int, code: str, message: str, *, field: str = "", details: Mapping[str, object] | None = None
) -> JSONResponse:
    error = {"code": code, "message": message, "field": field, "details": dict(details or {})}
    return JSONResponse({"error": error}, status_code=status)


def add_error_handlers(app: FastAPI) -> None:
    app.add_exception_handler(Refused, _refused)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(Exception, _fault)


async def _refused(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, Refused)
    return error_response(error.http_status, error.code, error.message, field=error.field, details=error.details)


async def _invalid(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    problems = [
        {
            "key": dotted(details["loc"][1:]),
            "value": shown(details["loc"], details.get("input")),
            "message": worded(details),
        }
        for details in error.errors()
    ]
    message = "\n".join(f"{problem['key']}: {problem['message']}".removeprefix(": ") for problem in problems)
    return error_response(422, "invalid", message, field=problems[0]["key"], details={"problems": problems})


async def _http(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    response = error_response(error.status_code, _CODES.get(error.status_code, "refused"), str(error.detail))
    response.headers.update(error.headers or {})
    return response


async def _fault(request: Request, error: Exception) -> JSONResponse:
    logger.error("request failed", route=getattr(request.scope.get("route"), "path", ""), exc_info=error)
    return error_response(500, "internal", "a fault in the server; its log has the details")
