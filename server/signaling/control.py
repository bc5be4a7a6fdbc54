"""``POST /session/{id}/control``: what can be said over the data channel, said over HTTP."""

from __future__ import annotations

from aiohttp import web

from engine.errors import InvalidInput
from server.admission import Registry
from server.session import Session
from server.signaling.access import Access
from server.signaling.exchange import check_type
from server.signaling.problems import Problem


class ControlEndpoint:
    """Passes messages on to the sessions that run."""

    def __init__(self, access: Access, sessions: Registry[Session]) -> None:
        self._access = access
        self._sessions = sessions

    async def post(self, request: web.Request) -> web.Response:
        """One message, as `server.messages` has them: 204 once it is understood.

        400 if it is no JSON object, 404 if there is no such session, 422 naming field, value and
        remedy if it cannot be. What the engine alone can refuse is told over the data channel.
        """
        self._access.check(request)
        check_type(request, "application/json")
        session_id = request.match_info["id"]
        session = self._sessions.find(session_id)
        if session is None:
            remedy = "it may have ended"
            raise Problem(404, "not_found", "session", session_id, remedy, "no such session")
        try:
            session.ask((await request.read()).decode(errors="replace"))
        except InvalidInput as error:
            if error.field != "message":
                raise
            field, value, remedy = error.field, error.value, error.remedy
            raise Problem(400, "malformed", field, value, remedy, str(error)) from error
        return web.Response(status=204)
