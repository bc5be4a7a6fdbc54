"""Errors as HTTP answers: one JSON shape that names field, value and remedy."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping

from aiohttp import web

from engine.errors import (
    AtCapacity,
    BackendUnavailable,
    InvalidInput,
    VisavisError,
    WorkerLost,
    shorten,
)
from server.admission import RETRY_AFTER, Draining
from server.rtc.offer import MalformedOffer, NotOffered

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
log = logging.getLogger(__name__)


class Problem(VisavisError):
    """A request that cannot be served, with the HTTP status and headers to say so."""

    def __init__(
        self,
        status: int,
        code: str,
        field: str,
        value: object,
        remedy: str,
        message: str,
        *,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.field = field
        self.value = shorten(value)
        self.remedy = remedy
        self.headers = dict(headers or {})


def response(
    status: int,
    code: str,
    message: str,
    *,
    field: str | None = None,
    value: str | None = None,
    remedy: str | None = None,
    retry_after: int | None = None,
    headers: Mapping[str, str] | None = None,
) -> web.Response:
    """The error body, with Retry-After where waiting helps."""
    error = {"code": code, "field": field, "value": value, "remedy": remedy, "message": message}
    said = {} if retry_after is None else {"Retry-After": str(retry_after)}
    return web.json_response({"error": error}, status=status, headers={**said, **(headers or {})})


def from_error(error: VisavisError) -> web.Response:
    """The answer for a deliberate error."""
    message = str(error)
    if isinstance(error, Problem):
        return response(
            error.status,
            error.code,
            message,
            field=error.field,
            value=error.value,
            remedy=error.remedy,
            headers=error.headers,
        )
    if isinstance(error, NotOffered):
        return response(
            406,
            "not_acceptable",
            message,
            field=error.field,
            value=error.value,
            remedy=error.remedy,
        )
    if isinstance(error, InvalidInput):
        malformed = isinstance(error, MalformedOffer)
        return response(
            400 if malformed else 422,
            "malformed" if malformed else "unusable",
            message,
            field=error.field,
            value=error.value,
            remedy=error.remedy,
        )
    if isinstance(error, AtCapacity):
        return response(503, "at_capacity", message, retry_after=error.retry_after)
    if isinstance(error, Draining):
        return response(503, "draining", message, retry_after=RETRY_AFTER)
    if isinstance(error, WorkerLost):
        return response(503, "worker_lost", message, retry_after=1)
    if isinstance(error, BackendUnavailable):
        return response(503, "unavailable", message, remedy=error.remedy, retry_after=RETRY_AFTER)
    return response(500, "internal", message)


HTTP_CODES = {
    404: ("not_found", "check the address"),
    405: ("method_not_allowed", "see the Allow header"),
    413: ("too_large", "send at most 64 KiB"),
}


@web.middleware
async def problems_as_json(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turn every error into the same JSON; an unexpected one is logged and says nothing."""
    try:
        return await handler(request)
    except VisavisError as error:
        return from_error(error)
    except web.HTTPException as error:
        if error.status < 400:
            raise
        code, remedy = HTTP_CODES.get(error.status, ("http_error", "see the status"))
        answer = response(error.status, code, error.reason, remedy=remedy)
        if "Allow" in error.headers:
            answer.headers["Allow"] = error.headers["Allow"]
        return answer
    except Exception:
        log.exception("%s %s failed", request.method, _route(request))
        return response(500, "internal", "the server failed; its log says why")


def _route(request: web.Request) -> str:
    """The address without what it names: who reads a session's id in a log could end it."""
    resource = request.match_info.route.resource
    return "" if resource is None else resource.canonical
