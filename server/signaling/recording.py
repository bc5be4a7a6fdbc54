"""``/session/{id}/recording``: a session is recorded, on this machine's disk."""

from __future__ import annotations

import time

from aiohttp import web

from server.admission import Registry
from server.motion_out.websocket import session_named
from server.outputs.allowed import Allowed
from server.outputs.disk import NoStorage
from server.outputs.live import InUse, LiveOutputs
from server.outputs.provenance import Signing
from server.session import Session
from server.signaling.access import Access
from server.signaling.problems import Problem
from server.signaling.streaming import HlsEndpoint, StreamEndpoint, not_allowed


class RecordingEndpoint:
    """Starts, shows and stops recordings."""

    def __init__(self, access: Access, sessions: Registry[Session], outputs: LiveOutputs) -> None:
        self._access = access
        self._sessions = sessions
        self._outputs = outputs

    async def post(self, request: web.Request) -> web.Response:
        """Begin: 201 and the report. 403 if the server records nothing, 409 if it runs already,
        507 if nothing can be written.
        """
        session = self._session(request)
        if self._outputs.allowed.record is None:
            raise not_allowed("record", "recordings", "--record DIR")
        try:
            recording = self._outputs.record(session)
        except InUse as error:
            remedy = "DELETE it first, or let it go on"
            raise Problem(409, "in_use", "session", session.label, remedy, str(error)) from error
        except NoStorage as error:
            field, value, remedy = error.field, error.value, error.remedy
            raise Problem(507, "no_storage", field, value, remedy, str(error)) from error
        return web.json_response(recording.report(), status=201)

    async def get(self, request: web.Request) -> web.Response:
        """The report of the last recording, ``idle`` if there is none."""
        recording = self._outputs.recording(self._session(request))
        return web.json_response({"state": "idle"} if recording is None else recording.report())

    async def delete(self, request: web.Request) -> web.Response:
        """End it: 200 and the report once the file is complete. 404 if there is none."""
        recording = self._outputs.recording(self._session(request))
        if recording is None:
            remedy = "POST here begins one"
            raise Problem(404, "not_found", "recording", None, remedy, f"there is none; {remedy}")
        await self._outputs.stop(recording)
        return web.json_response(recording.report())

    def _session(self, request: web.Request) -> Session:
        self._access.check(request)
        return session_named(self._sessions, request.match_info["id"])


def add_outputs(
    app: web.Application,
    access: Access,
    sessions: Registry[Session],
    allowed: Allowed,
    signing: Signing,
) -> None:
    """Serve recordings and streams; all are completed when the application shuts down.

    Raises what `Signing.open` does, if anything may be recorded.
    """
    provenance = None if allowed.record is None else signing.open()
    outputs = LiveOutputs(allowed, time.localtime, provenance)
    sessions.started = outputs.record_if_all
    recording = RecordingEndpoint(access, sessions, outputs)
    app.router.add_post("/session/{id}/recording", recording.post)
    app.router.add_get("/session/{id}/recording", recording.get)
    app.router.add_delete("/session/{id}/recording", recording.delete)
    stream = StreamEndpoint(access, sessions, outputs)
    app.router.add_post("/session/{id}/stream", stream.post)
    app.router.add_get("/session/{id}/stream", stream.get)
    app.router.add_delete("/session/{id}/stream", stream.delete)
    app.router.add_delete(r"/session/{id}/stream/{number:\d+}", stream.delete)
    app.router.add_get("/hls/{name}/{file}", HlsEndpoint(outputs).get)

    async def drain(_: web.Application) -> None:
        await outputs.close()

    app.on_shutdown.append(drain)
