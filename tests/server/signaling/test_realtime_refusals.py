"""What is wrong at an agent's socket is named, and loses nothing; and who may open one."""

from __future__ import annotations

import base64

import aiohttp
import pytest

from server.agent import events
from server.config import ServerConfig
from server.placement.fake import FakePlacement
from tests.server.agents import agent, join_refused, tone
from tests.server.broadcast import refused
from tests.server.conftest import serving

# --- bad input ---

BAD = [
    ("{", "event"),
    ("[]", "event"),
    ("{}", "type"),
    ('{"type": "input_audio_buffer.apend"}', "type"),
    ('{"type": "input_audio_buffer.append"}', "audio"),
    ('{"type": "input_audio_buffer.append", "audio": 7}', "audio"),
    ('{"type": "input_audio_buffer.append", "audio": "not base64!"}', "audio"),
    ('{"type": "input_audio_buffer.append", "audio": "AAA="}', None),
    ('{"type": "input_audio_buffer.append", "audio": "AAAA"}', "audio"),
    ('{"type": "input_audio_buffer.append", "audio": "AAA=", "rate": 8000}', "rate"),
    ('{"type": "session.update", "session": {"sample_rate": 8000}}', "sample_rate"),
    ('{"type": "session.update", "session": {"input_audio_format": "mp3"}}', "input_audio_format"),
    ('{"type": "session.update", "session": {"sample_rate": 16000}}', "input_audio_format"),
    ('{"type": "session.update"}', "session"),
    ('{"type": "emotion", "name": "boredom"}', "name"),
    (b"\0\0\0", "audio"),
    ("x" * (events.LONGEST + 1), "event"),
    (bytes(events.LONGEST + 2), "audio"),
]


async def test_what_is_wrong_is_named_and_nothing_is_lost(server):
    """All of it in the middle of a segment, of which every sample is played."""
    async with agent(server[1]) as speaker:
        await speaker.append(tone(0.1))
        fields = [field for _, field in BAD if field is not None]
        for message, _ in BAD:
            if isinstance(message, bytes):
                await speaker.socket.send_bytes(message)
            else:
                await speaker.socket.send_str(message)
        await speaker.refused(len(fields))
        await speaker.commit()
        assert (await speaker.until("output_audio_buffer.stopped"))["samples"] == 2400 + 1
        errors = [event["error"] for event in speaker.of("error")]
        assert [error["field"] for error in errors] == fields
        assert all(error["remedy"] and error["value"] and error["message"] for error in errors)
        assert {error["type"] for error in errors} == {"invalid_request_error"}


async def test_an_error_says_which_event_it_is_about(server):
    async with agent(server[1]) as speaker:
        await speaker.say(events.COMMIT, event_id="mine")
        error = await speaker.refused()
        assert error["event_id"] == "mine" and error["remedy"].startswith("send input_audio_buffer")


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("sample_rate=8000", 422),
        ("sample_rate=many", 422),
        ("input_audio_format=mp3", 422),
        ("width=7", 422),
        ("hue=green", 422),
        ("name=a/b", 422),
    ],
)
async def test_what_cannot_be_is_refused_before_it_begins(server, placement, query, status):
    assert (await join_refused(server[1], query)).status == status
    assert not placement.opened


async def test_a_plain_request_is_told_to_upgrade(server):
    async with (
        aiohttp.ClientSession() as http,
        http.get(f"{server[1]}/v1/realtime") as response,
    ):
        await refused(response, 426, "upgrade_required")


# --- who may ---

TOKEN = "a/token+of=="


async def test_the_token_comes_in_a_header_or_a_subprotocol():
    async with serving(ServerConfig(token=TOKEN), FakePlacement()) as (_, url):
        for headers in ({}, {"Authorization": "Bearer wrong-token"}):
            failed = await join_refused(url, headers=headers)
            assert failed.status == 401 and "WWW-Authenticate" in failed.headers
        coded = base64.urlsafe_b64encode(TOKEN.encode()).decode().rstrip("=")
        for protocol in ("bearer.!!!", "bearer.AAAA"):
            assert (await join_refused(url, protocols=("realtime", protocol))).status == 401
        async with agent(url, headers={"Authorization": f"Bearer {TOKEN}"}):
            pass
        async with agent(url, protocols=("realtime", f"bearer.{coded}")) as speaker:
            assert speaker.socket.protocol == "realtime"


async def test_pages_from_elsewhere_need_the_token(server):
    failed = await join_refused(server[1], headers={"Origin": "https://elsewhere.example"})
    assert failed.status == 403
