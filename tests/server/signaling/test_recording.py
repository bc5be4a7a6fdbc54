"""Recordings over HTTP: begun, looked at and ended, or refused with a reason."""

from __future__ import annotations

import asyncio
import contextlib
import shutil

import aiohttp
import pytest

from engine.errors import InvalidInput
from server.app import REGISTRY
from server.config import ServerConfig
from server.outputs.allowed import Allowed
from tests.server.clients import Caller
from tests.server.conftest import serving
from tests.server.media import media


@contextlib.asynccontextmanager
async def in_call(placement, **allowed):
    """(app, HTTP client, address of the session, its caller)"""
    config = ServerConfig(max_sessions=2, outputs=Allowed(**allowed))
    async with serving(config, placement) as (app, url), aiohttp.ClientSession() as http:
        caller = await Caller(url, width=96, height=64).call()
        await caller.until(lambda c: c.pictures)
        yield app, http, f"{url}/session/{caller.answer['session']}", caller
        await caller.close()


async def asked(http, method, address, **body):
    async with http.request(method, address, **body) as response:
        return response.status, await response.json()


async def report_with(http, address, wanted):
    async with asyncio.timeout(10):
        while True:
            _, report = await asked(http, "GET", address)
            if wanted(report):
                return report
            await asyncio.sleep(0.02)


async def test_it_begins_tells_how_it_is_and_ends(placement, tmp_path):
    async with in_call(placement, record=tmp_path) as (_, http, session, _caller):
        address = f"{session}/recording"
        assert await asked(http, "GET", address) == (200, {"state": "idle"})
        status, report = await asked(http, "POST", address)
        assert (status, report["state"], report["duration_s"]) == (201, "recording", 0)
        assert (await asked(http, "POST", address))[0] == 409
        report = await report_with(http, address, lambda r: r["duration_s"] > 0.5)
        assert report["state"] == "recording" and report["error"] is None
        status, report = await asked(http, "DELETE", address)
        assert (status, report["state"]) == (200, "finished")
        assert report["dropped"] == {"pictures": 0, "sound": 0}
        path = tmp_path / report["file"]
        assert report["files"] == [path.name] and report["bytes"] == path.stat().st_size
        got = media(str(path))
        assert len(got.pictures) / 25 == report["duration_s"]
        assert (await asked(http, "GET", address))[1] == report
        status, again = await asked(http, "POST", address)
        assert status == 201 and again["state"] == "recording"


async def test_a_session_that_ends_leaves_a_whole_file(placement, tmp_path):
    async with in_call(placement, record=tmp_path) as (_, http, session, _caller):
        await asked(http, "POST", f"{session}/recording")
        await report_with(http, f"{session}/recording", lambda r: r["duration_s"] > 0.5)
        async with http.delete(session) as response:
            assert response.status == 204
        assert (await asked(http, "GET", f"{session}/recording"))[0] == 404
    (path,) = tmp_path.iterdir()
    assert len(media(str(path)).pictures) >= 12


async def test_a_server_that_stops_completes_its_files(placement, tmp_path):
    async with in_call(placement, record=tmp_path, record_all=True) as (
        app,
        http,
        session,
        _caller,
    ):
        await report_with(http, f"{session}/recording", lambda r: r["duration_s"] > 0.3)
        assert len(app[REGISTRY]) == 1
    (path,) = tmp_path.iterdir()
    assert b"moof" not in path.read_bytes()[:200], "it was completed"
    assert len(media(str(path)).pictures) >= 7


async def test_a_server_without_a_folder_says_so(placement):
    async with in_call(placement) as (_, http, session, caller):
        status, answer = await asked(http, "POST", f"{session}/recording")
        assert status == 403 and answer["error"]["remedy"] == "serve with --record DIR"
        assert caller.answer["record"] is False


async def test_a_folder_that_is_gone_says_so(placement, tmp_path):
    folder = tmp_path / "takes"
    folder.mkdir()
    async with in_call(placement, record=folder) as (_, http, session, caller):
        assert caller.answer["record"] is True
        shutil.rmtree(folder)
        status, answer = await asked(http, "POST", f"{session}/recording")
        assert status == 507 and answer["error"]["code"] == "no_storage"
        assert "make the folder" in answer["error"]["message"]
        assert str(tmp_path) not in str(answer)
        count = len(caller.pictures)
        await caller.until(lambda c: len(c.pictures) > count + 3)


async def test_unknown_sessions_and_recordings(placement, tmp_path):
    async with in_call(placement, record=tmp_path) as (_, http, session, _caller):
        assert (await asked(http, "DELETE", f"{session}/recording"))[0] == 404
        assert (await asked(http, "POST", f"{session}x/recording"))[0] == 404


async def test_the_token_is_asked_for(placement, tmp_path):
    config = ServerConfig(token="open-sesame", outputs=Allowed(record=tmp_path))
    async with serving(config, placement) as (_, url), aiohttp.ClientSession() as http:
        for method in ("POST", "GET", "DELETE"):
            assert (await asked(http, method, f"{url}/session/x/recording"))[0] == 401


def test_what_cannot_be_is_said_at_the_start(tmp_path):
    with pytest.raises(InvalidInput, match="give a folder for recordings"):
        Allowed(record=tmp_path / "none" / "below")
    (tmp_path / "file").touch()
    with pytest.raises(InvalidInput, match="give a folder for recordings"):
        Allowed(record=tmp_path / "file")
    assert Allowed(record=tmp_path / "new").record.is_dir()
    with pytest.raises(InvalidInput, match="give a folder with --record as well"):
        Allowed(record_all=True)
