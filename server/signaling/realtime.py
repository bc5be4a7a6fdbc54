"""``GET /v1/realtime``: an agent's voice comes in over a WebSocket, to be watched over WHEP."""

from __future__ import annotations

import asyncio
import dataclasses
import json
import re
from typing import Any

from aiohttp import WSMsgType, web

from engine.errors import InvalidInput
from server.admission import Registry
from server.agent.conversation import Conversation
from server.agent.events import LONGEST
from server.agent.intake import SoundFormat
from server.agent.outbox import Outbox
from server.agent.voice import AgentVoice
from server.session import Session
from server.signaling.access import Access
from server.signaling.opening import Opener
from server.signaling.problems import Problem
from server.signaling.streams import NAME, Streams, watch_name
from server.signaling.whip import options_in

PING = 20.0
"""Seconds of silence after which the other side is asked whether it is there; so long again
without an answer, and it is gone."""

PROTOCOL = "realtime"
_OWN = ("input_audio_format", "sample_rate", "name", "resume")
_REFUSED_AT = 4 * LONGEST
"""Bytes of a message at which the connection ends (RFC 6455, close code 1009): shorter ones, if
longer than `LONGEST`, are only refused."""


class RealtimeEndpoint:
    """Makes sessions of agents' voices, and gives one back to an agent that was cut off."""

    def __init__(
        self, access: Access, opener: Opener, running: Registry[Session], streams: Streams
    ) -> None:
        self._access = access
        self._opener = opener
        self._running = running
        self._streams = streams

    async def get(self, request: web.Request) -> web.StreamResponse:
        """Until either side ends it. Before that 404, 409, 422, 426 and 503 as elsewhere."""
        self._access.check_foreign(request)
        socket = web.WebSocketResponse(
            protocols=(PROTOCOL,), autoping=False, max_msg_size=_REFUSED_AT, compress=False
        )
        if not socket.can_prepare(request).ok:
            remedy = "ask with a WebSocket: ws:// in place of http://"
            raise Problem(426, "upgrade_required", "Upgrade", None, remedy, remedy)
        query = dict(request.query)
        asked = {name: query.pop(name) for name in _OWN if name in query}
        if "resume" in asked:
            session, voice = self._resumed(asked | query)
            name = watch_name(session.id)
            await socket.prepare(request)
        else:
            session, voice, name = await self._opened(request, socket, asked, query)
        await _talk(socket, session, voice, _about(session, voice, name))
        return socket

    async def _opened(
        self,
        request: web.Request,
        socket: web.WebSocketResponse,
        asked: dict[str, str],
        query: dict[str, str],
    ) -> tuple[Session, AgentVoice, str]:
        options = self._opener.options(options_in(query))
        sound = SoundFormat.of(asked.get("input_audio_format"), _rate(asked.get("sample_rate")))
        if "name" not in asked:
            async with self._opener.opened(options, lambda seat: AgentVoice(sound, seat)) as opened:
                await socket.prepare(request)
            return *opened, watch_name(opened[0].id)
        name = asked["name"]
        if not re.fullmatch(NAME, name):
            raise InvalidInput("name", name, "use 1 to 64 letters, digits, '.', '-' and '_'")
        with self._streams.reserved(name) as stream:
            async with self._opener.opened(options, lambda seat: AgentVoice(sound, seat)) as opened:
                await socket.prepare(request)
            stream.leads_to(opened[0])
        return *opened, name

    def _resumed(self, asked: dict[str, str]) -> tuple[Session, AgentVoice]:
        wanted = asked.pop("resume")
        for name, value in asked.items():
            raise InvalidInput(name, value, "leave it: a session that goes on is what it was")
        session = self._running.find(wanted)
        voice = None if session is None else session.caller
        if session is None or not session.live or not isinstance(voice, AgentVoice):
            remedy = "connect without 'resume' to begin anew"
            raise Problem(404, "not_found", "resume", wanted, remedy, f"it has ended; {remedy}")
        return session, voice


async def _talk(
    socket: web.WebSocketResponse, session: Session, voice: AgentVoice, about: dict[str, Any]
) -> None:
    """Until either side ends it; what has been brought is still said then."""
    outbox = Outbox()
    voice.attach(outbox)
    outbox.put({"type": "session.created", "session": about})
    sending = asyncio.create_task(_send(socket, outbox))
    try:
        await _hear(socket, Conversation(session, voice, outbox.put))
    finally:
        voice.detach(outbox)
        sending.cancel()
        await asyncio.gather(sending, return_exceptions=True)


async def _send(socket: web.WebSocketResponse, outbox: Outbox) -> None:
    try:
        async for event in outbox.events():
            await socket.send_str(json.dumps(event, separators=(",", ":")))
        await socket.close(message=outbox.reason.encode())
    except ConnectionError:
        pass  # the other side is gone, and reading from it ends


async def _hear(socket: web.WebSocketResponse, conversation: Conversation) -> None:
    asked = False
    while True:
        try:
            message = await socket.receive(timeout=PING)
        except TimeoutError:
            if asked:
                return
            asked = True
            await socket.ping()
            continue
        asked = False
        if message.type is WSMsgType.TEXT:
            await conversation.said(message.data)
        elif message.type is WSMsgType.BINARY:
            await conversation.sounded(message.data)
        elif message.type is WSMsgType.PING:
            await socket.pong(message.data)
        elif message.type is not WSMsgType.PONG:
            return


def _about(session: Session, voice: AgentVoice, name: str) -> dict[str, Any]:
    options = session.options
    return {
        "id": session.id,
        "watch": name,
        "watch_url": f"/watch/{name}",
        "whep_url": f"/whep/{name}",
        "input_audio_format": voice.sound.name,
        "sample_rate": voice.sound.rate,
        "delay_ms": sum(delay.ms for delay in session.delays),
        "look": dataclasses.asdict(options.look),
        "video": {
            "codec": options.video_codec,
            "width": options.width,
            "height": options.height,
            "fps": options.fps,
        },
    }


def _rate(text: str | None) -> int | None:
    try:
        return None if text is None else int(text)
    except ValueError:
        raise InvalidInput("sample_rate", text, "use a number of Hz") from None
