"""Streams over HTTP: to a real nginx, over HLS, or refused with a reason and without the key."""

from __future__ import annotations

import asyncio
import logging

import pytest

from engine.errors import InvalidInput
from server.outputs.allowed import ANY, Allowed, without_key
from tests.server.media import media
from tests.server.signaling.test_recording import asked, in_call
from tests.server.test_rtmp import Nginx, nginx

__all__ = ["nginx"]


async def streams_until(http, address, wanted):
    async with asyncio.timeout(20):
        while True:
            _, report = await asked(http, "GET", address)
            if wanted(report["streams"][-1]):
                return report["streams"][-1]
            await asyncio.sleep(0.05)


async def test_a_call_is_pushed_to_a_service(placement, nginx: Nginx, caplog):
    caplog.set_level(logging.INFO)
    async with in_call(placement, stream_to=("127.0.0.1",)) as (_, http, session, _caller):
        address = f"{session}/stream"
        url = f"rtmp://127.0.0.1:{nginx.port}/live/very-secret"
        status, report = await asked(http, "POST", address, json={"url": url})
        assert status == 201 and report["to"] == "rtmp://127.0.0.1" and report["stream"] == 1
        await streams_until(http, address, lambda one: one["state"] == "live")
        await asyncio.sleep(1)
        status, reports = await asked(http, "DELETE", f"{address}/1")
        (report,) = reports["streams"]
        assert status == 200 and report["state"] == "finished" and report["bytes"] > 1000
        assert "very-secret" not in str(reports) + caplog.text
        assert len(nginx.takes()[0].pictures) > 12


async def test_a_call_is_watched_over_hls(placement, tmp_path):
    async with in_call(placement, hls=True) as (_, http, session, caller):
        address = f"{session}/stream"
        status, report = await asked(http, "POST", address, json={"hls": True})
        assert status == 201 and report["state"] == "starting"
        await streams_until(http, address, lambda one: one["state"] == "live")
        playlist = session.split("/session/")[0] + report["playlist"]
        async with http.get(playlist) as response:
            assert response.status == 200
            assert response.headers["Content-Type"] == "application/vnd.apple.mpegurl"
            assert response.headers["Access-Control-Allow-Origin"] == "*"
            listed = await response.text()
        segment = next(line for line in listed.splitlines() if line.endswith(".ts"))
        async with http.get(playlist.replace("index.m3u8", segment)) as response:
            assert response.status == 200 and response.headers["Content-Type"] == "video/mp2t"
            (tmp_path / segment).write_bytes(await response.read())
        got = media(str(tmp_path / segment))
        assert got.keyframes[0] == 0 and got.codecs == ("h264", "aac")
        for other in ("other.ts", "..%2f..%2fetc%2fpasswd", "index.m3u8.tmp"):
            async with http.get(playlist.replace("index.m3u8", other)) as response:
                assert response.status == 404
        await asked(http, "DELETE", address)
        async with http.get(playlist) as response:
            assert (await response.text()).endswith("#EXT-X-ENDLIST\n"), "to be seen to its end"
        count = len(caller.pictures)
        await caller.until(lambda c: len(c.pictures) > count + 3)


async def test_what_is_not_allowed_is_said(placement):
    async with in_call(placement) as (_, http, session, _caller):
        for body, option in (({"hls": True}, "--hls"), ({"url": "rtmp://h/a/key"}, "--stream-to")):
            status, answer = await asked(http, "POST", f"{session}/stream", json=body)
            assert status == 403 and option in answer["error"]["remedy"]
            assert "key" not in str(answer)
        assert (await asked(http, "DELETE", f"{session}/stream/7"))[0] == 404
        assert await asked(http, "GET", f"{session}/stream") == (200, {"streams": []})


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"hls": False},
        {"url": 7},
        {"url": "http://host/app/key"},
        {"url": "file:///etc/key"},
        {"url": "rtmp://"},
        {"url": "rtmp://host"},
        {"url": "rtmp://host:99999/app/key"},
        {"url": "rtmp://host/app/key swfUrl=x"},
        {"url": "rtmp://host/app/key\n"},
    ],
    ids=str,
)
async def test_what_is_no_address_is_refused_without_telling_it(placement, body):
    async with in_call(placement, stream_to=(ANY,), hls=True) as (_, http, session, _caller):
        status, answer = await asked(http, "POST", f"{session}/stream", json=body)
        assert status == 422 and answer["error"]["remedy"]
        assert "/app/key" not in str(answer).replace(answer["error"]["remedy"], "")


async def test_a_session_has_so_many_streams(placement):
    async with in_call(placement, hls=True) as (_, http, session, _caller):
        for wanted in (201, 201, 201, 201, 409):
            status, _ = await asked(http, "POST", f"{session}/stream", json={"hls": True})
            assert status == wanted
        status, reports = await asked(http, "DELETE", f"{session}/stream")
        assert [one["state"] for one in reports["streams"]] == ["finished"] * 4


def test_hosts_are_names():
    assert Allowed(stream_to=("a.rtmp.youtube.com",)).may_stream("rtmps://A.rtmp.youtube.com/x/k")
    assert not Allowed(stream_to=("a.rtmp.youtube.com",)).may_stream("rtmp://b.youtube.com/x/k")
    assert without_key("rtmp://user:pass@host:1935/app/key?token=x") == "rtmp://host"
    with pytest.raises(InvalidInput, match="name of a host"):
        Allowed(stream_to=("rtmp://host/app",))
