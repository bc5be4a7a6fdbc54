"""The HTTP side: every refusal names field, value and remedy, and harms nobody."""

from __future__ import annotations

import pytest
from aiortc import RTCPeerConnection

from engine.options import SessionOptions
from server.config import ServerConfig
from tests.server.clients import Caller
from tests.server.conftest import serving


@pytest.fixture
async def offer(server):
    caller = Caller(server[1])
    yield {"sdp": await caller.offer(), "type": "offer"}
    await caller.close()


async def refused(response, status, code):
    body = await response.json()
    assert response.status == status, body
    assert set(body["error"]) == {"code", "field", "value", "remedy", "message"}
    assert body["error"]["code"] == code, body
    assert body["error"]["message"]
    assert response.headers["Cache-Control"] == "no-store"
    return body["error"]


@pytest.mark.parametrize(
    ("data", "field"),
    [
        (b"", "body"),
        (b"{", "body"),
        (b"[]", "body"),
        (b'"offer"', "body"),
        (b"\xff\xfe", "body"),
        (b"[" * 50_000, "body"),
        (b"{}", "type"),
        (b'{"type": "answer", "sdp": "v=0"}', "type"),
        (b'{"type": "offer"}', "sdp"),
        (b'{"type": "offer", "sdp": 5}', "sdp"),
        (b'{"type": "offer", "sdp": ""}', "sdp"),
        (b'{"type": "offer", "sdp": "v=0", "colour": 1}', "colour"),
        (b'{"type": "offer", "sdp": "m=nonsense"}', "sdp"),
    ],
)
async def test_malformed_bodies(server, placement, http, data, field):
    headers = {"Content-Type": "application/json"}
    async with http.post(f"{server[1]}/offer", data=data, headers=headers) as response:
        error = await refused(response, 400, "malformed")
    assert error["field"] == field and error["remedy"]
    assert placement.opened == []


async def test_a_body_of_another_type(server, http):
    async with http.post(f"{server[1]}/offer", data=b"v=0") as response:
        error = await refused(response, 415, "unsupported_type")
    assert error["remedy"] == "send application/json"


@pytest.mark.parametrize("origin", ["http://evil.example:8080", "http://[::1", "http://"])
async def test_a_page_whose_name_may_have_been_pointed_here(server, placement, http, offer, origin):
    async with http.post(f"{server[1]}/offer", json=offer, headers={"Origin": origin}) as response:
        error = await refused(response, 403, "forbidden")
    assert error["field"] == "Origin" and placement.opened == []


@pytest.mark.parametrize(
    "origin",
    [
        "http://localhost:8080",
        "http://app.localhost",
        "http://127.0.0.1:8080",
        "http://[fd00::2]:8080",
        "https://face.example",
        "null",
    ],
)
async def test_a_page_from_where_a_microphone_can_be_used(server, http, offer, origin):
    async with http.post(f"{server[1]}/offer", json=offer, headers={"Origin": origin}) as response:
        assert response.status == 200, await response.text()


async def test_pages_of_other_origins_are_not_let_in(server, http):
    """A JSON body makes the browser ask first, and no answer lets it through."""
    headers = {"Origin": "https://evil.example", "Access-Control-Request-Method": "POST"}
    async with http.options(f"{server[1]}/offer", headers=headers) as response:
        await refused(response, 405, "method_not_allowed")
        assert not [name for name in response.headers if name.startswith("Access-Control")]


async def test_a_body_that_is_too_large(server, http):
    for data in ({"sdp": "x" * 70_000, "type": "offer"},):
        async with http.post(f"{server[1]}/offer", json=data) as response:
            error = await refused(response, 413, "too_large")
    assert "64 KiB" in error["remedy"]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("look_ahead_ms", 161),
        ("look_ahead_ms", -1),
        ("look_ahead_ms", "60"),
        ("look_ahead_ms", 60.0),
        ("look_ahead_ms", True),
        ("look_ahead_ms", None),
        ("width", 100_000),
        ("width", 127),
        ("height", 0),
        ("fps", 24),
        ("fps", [25]),
        ("seed", -1),
        ("seed", 10**400),
    ],
)
async def test_options_out_of_range(server, placement, http, offer, field, value):
    async with http.post(f"{server[1]}/offer", json={**offer, field: value}) as response:
        error = await refused(response, 422, "unusable")
    assert error["field"] == field and error["remedy"]
    assert placement.opened == []


async def test_an_offer_without_a_microphone(server, http, offer):
    offer["sdp"] = offer["sdp"].replace("a=sendrecv", "a=recvonly")
    async with http.post(f"{server[1]}/offer", json=offer) as response:
        error = await refused(response, 422, "unusable")
    assert error["value"] == "'no audio is sent'"


async def test_no_usable_codec(server, http, offer):
    offer["sdp"] = offer["sdp"].replace("VP8/", "VP9/").replace("H264/", "AV1/")
    async with http.post(f"{server[1]}/offer", json=offer) as response:
        error = await refused(response, 422, "unusable")
    assert "VP8" in error["remedy"]


async def test_unknown_paths_methods_and_sessions(server, http):
    url = server[1]
    async with http.get(f"{url}/nothing") as response:
        await refused(response, 404, "not_found")
    async with http.get(f"{url}/offer") as response:
        await refused(response, 405, "method_not_allowed")
        assert response.headers["Allow"] == "POST"
    async with http.delete(f"{url}/session/unknown") as response:
        error = await refused(response, 404, "not_found")
        assert error["field"] == "session"


async def test_a_full_server_says_when_to_come_back(server, http, offer):
    url = server[1]
    callers = [await Caller(url, width=64, height=64).call() for _ in range(2)]
    async with http.post(f"{url}/offer", json=offer) as response:
        await refused(response, 503, "at_capacity")
        assert int(response.headers["Retry-After"]) > 0
    async with http.delete(f"{url}/session/{callers[0].answer['session']}") as response:
        assert response.status == 204
    async with http.post(f"{url}/offer", json={**offer, "width": 64, "height": 64}) as response:
        assert response.status == 200
    for caller in callers:
        await caller.close()


async def test_an_engine_that_fails_to_open_costs_no_place(server, placement, http, offer):
    url = server[1]
    placement.limit = 0
    for _ in range(5):
        async with http.post(f"{url}/offer", json=offer) as response:
            await refused(response, 503, "at_capacity")
    placement.limit = 10
    async with http.post(f"{url}/offer", json=offer) as response:
        assert response.status == 200
    assert len(placement.sessions) == 1


async def test_an_answer_that_fails_frees_engine_and_place(
    server, placement, http, offer, monkeypatch
):
    async def fail(peer, description):
        raise ValueError("what aiortc says")

    with monkeypatch.context() as broken:
        broken.setattr(RTCPeerConnection, "setRemoteDescription", fail)
        for _ in range(5):
            async with http.post(f"{server[1]}/offer", json=offer) as response:
                await refused(response, 400, "malformed")
    assert len(placement.opened) == 5 and placement.sessions == []
    async with http.post(f"{server[1]}/offer", json=offer) as response:
        assert response.status == 200


async def test_an_unexpected_failure_tells_nothing(server, placement, http, offer, monkeypatch):
    async def fail(options):
        raise RuntimeError("secret detail")

    monkeypatch.setattr(placement, "open", fail)
    async with http.post(f"{server[1]}/offer", json=offer) as response:
        error = await refused(response, 500, "internal")
    assert "secret" not in str(error)


async def test_more_pixels_than_the_operator_wants(placement, http):
    config = ServerConfig(defaults=SessionOptions(width=64, height=64), max_size=(128, 96))
    async with serving(config, placement) as (_, url):
        caller = Caller(url)
        offer = {"type": "offer", "sdp": await caller.offer(), "width": 130, "height": 96}
        async with http.post(f"{url}/offer", json=offer) as response:
            error = await refused(response, 422, "unusable")
        await caller.close()
    assert error["field"] == "size" and "128x96" in error["remedy"]
    assert placement.opened == []
