"""What can be told to a session over HTTP."""

from __future__ import annotations

import pytest

from server.config import ServerConfig
from server.session import Session
from tests.server.clients import Caller
from tests.server.conftest import serving
from tests.server.signaling.test_offer import refused


@pytest.fixture
async def session(server):
    caller = await Caller(server[1], articulation=0.5, blink=0.25).call()
    yield f"{server[1]}/session/{caller.answer['session']}/control", caller
    await caller.close()


async def test_a_message_reaches_the_engine_as_over_the_data_channel(session, http, placement):
    address, caller = session
    for message in (
        {"type": "behaviour", "blink": 0, "camera_style": "lively"},
        {"type": "emotion", "name": "joy", "amount": 0.7, "seconds": 2, "override": True},
        {"type": "attend", "yaw": 0.2, "pitch": 0},
        {"type": "others", "speaking": True},
        {"type": "role", "value": "listener"},
    ):
        async with http.post(address, json=message) as response:
            assert (response.status, await response.text()) == (204, "")

    def told(_):
        return {n: v for control in placement.sessions[0].controls for n, v in control.items()}

    await caller.until(lambda c: "role" in told(c))
    settings = told(caller)
    assert (settings["blink"], settings["camera_style"]) == (0, "lively")
    assert settings["emotions"] == [{"name": "joy", "amount": 0.7, "seconds": 2, "override": True}]
    assert settings["attention"] == [0.2, 0] and settings["others"] is True
    assert settings["role"] == "listener"


async def test_a_session_begins_as_lively_as_asked_for(session, placement):
    assert session[1].answer["behaviour"]["blink"] == 0.25
    assert session[1].answer["role"] == "speaker"
    assert placement.opened[0].options.blink == 0.25


@pytest.mark.parametrize(
    ("data", "status", "code", "field"),
    [
        (b"", 400, "malformed", "message"),
        (b"[]", 400, "malformed", "message"),
        (b"\xff", 400, "malformed", "message"),
        (b'{"type": "dance"}', 422, "unusable", "type"),
        (b'{"type": "behaviour", "blink": 9}', 422, "unusable", "blink"),
        (b'{"type": "emotion", "name": "joy", "amount": -1}', 422, "unusable", "amount"),
        (b'{"type": "size", "width": 1280, "height": 1280}', 422, "unusable", "height"),
    ],
)
async def test_what_is_not_understood_is_refused(session, http, data, status, code, field):
    headers = {"Content-Type": "application/json"}
    async with http.post(session[0], data=data, headers=headers) as response:
        error = await refused(response, status, code)
    assert error["field"] == field and error["remedy"]


async def test_only_json_is_taken(session, http):
    """A form, which any page could send unasked, is not."""
    async with http.post(session[0], data=b'{"type": "role", "value": "listener"}') as response:
        await refused(response, 415, "unsupported_type")


async def test_a_session_that_there_is_not(server, http):
    message = {"type": "role", "value": "listener"}
    async with http.post(f"{server[1]}/session/nobody/control", json=message) as response:
        error = await refused(response, 404, "not_found")
    assert error["field"] == "session" and error["remedy"]


async def test_the_token_is_asked_for(placement, http):
    config = ServerConfig(token="a-shared-secret")
    async with serving(config, placement) as (_, url):
        async with http.post(f"{url}/session/any/control", json={}) as response:
            await refused(response, 401, "unauthorised")
        headers = {"Authorization": "Bearer a-shared-secret", "Origin": "http://evil.example"}
        async with http.post(f"{url}/session/any/control", json={}, headers=headers) as response:
            await refused(response, 403, "forbidden")


async def test_a_failure_is_logged_without_the_session_that_it_was_of(session, http, caplog):
    def fail(_session, _text):
        raise RuntimeError("broken")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Session, "ask", fail)
        async with http.post(session[0], json={"type": "others", "speaking": True}) as response:
            await refused(response, 500, "internal")
    assert "POST /session/{id}/control failed" in caplog.text
    assert session[1].answer["session"] not in caplog.text
