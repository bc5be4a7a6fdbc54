"""``/session/{id}/stream``: a session is streamed over RTMP, or watched over HLS under ``/hls``."""

from __future__ import annotations

import json
import re

from aiohttp import web

from engine.errors import InvalidInput
from server.admission import Registry
from server.motion_out.websocket import session_named
from server.outputs.disk import NoStorage
from server.outputs.hls import PLAYLIST
from server.outputs.live import InUse, LiveOutputs
from server.session import Session
from server.signaling.access import Access
from server.signaling.exchange import check_type
from server.signaling.problems import Problem

_TYPES = {".m3u8": "application/vnd.apple.mpegurl", ".ts": "video/mp2t"}


class StreamEndpoint:
    """Starts, shows and stops streams. No answer tells more of an address than its host."""

    def __init__(self, access: Access, sessions: Registry[Session], outputs: LiveOutputs) -> None:
        self._access = access
        self._sessions = sessions
        self._outputs = outputs

    async def post(self, request: web.Request) -> web.Response:
        """``{"url": "rtmp://host/app/key"}`` or ``{"hls": true}``: 201 and the report.

        403 if the operator has not allowed it, 409 if there are too many, 422 for what is no
        address and for sessions that are not in H.264.
        """
        session = self._session(request)
        url = self._wanted(await _body(request))
        try:
            stream = self._outputs.stream(session, url)
        except InUse as error:
            remedy = "end one first"
            raise Problem(409, "in_use", "session", session.label, remedy, str(error)) from error
        except NoStorage as error:
            field, value, remedy = error.field, error.value, error.remedy
            raise Problem(507, "no_storage", field, value, remedy, str(error)) from error
        return web.json_response(stream.report(), status=201)

    async def get(self, request: web.Request) -> web.Response:
        """The reports of all streams, also those that have ended."""
        return self._reports(self._session(request))

    async def delete(self, request: web.Request) -> web.Response:
        """End one, or all: 200 and the reports once they have ended. 404 if there is none."""
        session = self._session(request)
        streams = self._outputs.streams(session)
        if "number" in request.match_info:
            number = int(request.match_info["number"])
            streams = [one for one in streams if one.number == number]
            if not streams:
                remedy = "GET /session/{id}/stream lists them"
                message = f"no such stream; {remedy}"
                raise Problem(404, "not_found", "stream", number, remedy, message)
        for stream in streams:
            await self._outputs.stop(stream)
        return self._reports(session)

    def _reports(self, session: Session) -> web.Response:
        streams = [stream.report() for stream in self._outputs.streams(session)]
        return web.json_response({"streams": streams})

    def _wanted(self, body: dict[str, object]) -> str | None:
        allowed = self._outputs.allowed
        if set(body) == {"hls"} and body["hls"] is True:
            if not allowed.hls:
                raise not_allowed("hls", "HLS", "--hls")
            return None
        if set(body) != {"url"}:
            raise InvalidInput("body", sorted(body), 'send {"url": "rtmp://…"} or {"hls": true}')
        url = allowed.check_stream(body["url"])
        if not allowed.may_stream(url):
            raise not_allowed("url", "stream to this host", "--stream-to HOST")
        return url

    def _session(self, request: web.Request) -> Session:
        self._access.check(request)
        return session_named(self._sessions, request.match_info["id"])


class HlsEndpoint:
    """Serves playlists and segments to whoever has been given their address.

    It is its own secret, like a view's name: players send no header with it.
    """

    def __init__(self, outputs: LiveOutputs) -> None:
        self._outputs = outputs

    async def get(self, request: web.Request) -> web.StreamResponse:
        """A file of a stream; 404 if there is none, or none any more."""
        stream = self._outputs.watched(request.match_info["name"])
        file = request.match_info["file"]
        known = file == PLAYLIST or re.fullmatch(r"\d{6}\.ts", file)
        path = stream.sink.folder / file if stream is not None and known else None
        if path is None or not path.is_file():
            remedy = (
                "a stream begins some seconds after it was asked for, and ends with its session"
            )
            raise Problem(404, "not_found", "stream", file, remedy, "no such stream or segment")
        headers = {"Access-Control-Allow-Origin": "*", "Content-Type": _TYPES[path.suffix]}
        return web.FileResponse(path, headers=headers)


def not_allowed(field: str, what: str, option: str) -> Problem:
    """The answer where the operator has not allowed something."""
    remedy = f"serve with {option}"
    return Problem(
        403, "not_allowed", field, None, remedy, f"this server makes no {what}; {remedy}"
    )


async def _body(request: web.Request) -> dict[str, object]:
    check_type(request, "application/json")
    try:
        body = json.loads(await request.read())
    except (ValueError, RecursionError):
        body = None
    if not isinstance(body, dict):
        remedy = "send one JSON object"
        raise Problem(400, "malformed", "body", None, remedy, f"the body is no object; {remedy}")
    return body
