from __future__ import annotations

import asyncio
import socket

import aiohttp
import pytest

from engine.errors import InvalidInput, WorkerLost
from server.app import ADMISSION, announcement, serve
from server.config import ServerConfig
from server.placement.fake import FakePlacement
from tests.server.conftest import serving


@pytest.fixture
def web_dir(tmp_path):
    (tmp_path / "index.html").write_text("<title>page</title>")
    (tmp_path / "main.js").write_text("export {}")
    (tmp_path.parent / "secret.txt").write_text("secret")
    return tmp_path


@pytest.fixture
async def site(web_dir):
    async with (
        serving(ServerConfig(web_dir=web_dir), FakePlacement()) as (app, url),
        aiohttp.ClientSession() as http,
    ):
        yield app, url, http


async def test_the_page_and_its_modules(site):
    _, url, http = site
    async with http.get(url) as response:
        assert response.status == 200 and response.content_type == "text/html"
        assert response.headers["Cache-Control"] == "no-cache"
        assert response.headers["X-Content-Type-Options"] == "nosniff"
    async with http.get(f"{url}/web/main.js") as response:
        assert response.status == 200 and "javascript" in response.content_type
        tag = response.headers["ETag"]
    async with http.get(f"{url}/web/main.js", headers={"If-None-Match": tag}) as response:
        assert response.status == 304


@pytest.mark.parametrize(
    "path",
    ["/web/../secret.txt", "/web/%2e%2e/secret.txt", "/web/..%2fsecret.txt", "/web//etc/passwd"],
)
async def test_nothing_outside_is_served(site, path):
    host, port = site[1].removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
    answer = (await reader.read()).decode()
    writer.close()
    assert answer.split()[1] in ("403", "404") and "secret\n" not in answer
    assert not answer.endswith("secret")


async def test_folders_are_not_listed(site):
    async with site[2].get(f"{site[1]}/web/") as response:
        assert response.status in (403, 404)
        assert "error" in await response.json()


async def test_health(site):
    app, url, http = site
    async with http.get(f"{url}/healthz") as response:
        assert await response.json() == {"status": "ok"}
    async with http.get(f"{url}/readyz") as response:
        assert await response.json() == {
            "status": "ready",
            "sessions": 0,
            "limit": app[ADMISSION].limit,
            "room": app[ADMISSION].limit,
        }
    app[ADMISSION].draining = True
    async with http.get(f"{url}/readyz") as response:
        assert response.status == 503


async def test_no_page_is_said_so(tmp_path):
    async with (
        serving(ServerConfig(web_dir=tmp_path / "none"), FakePlacement()) as (_, url),
        aiohttp.ClientSession() as http,
        http.get(url) as response,
    ):
        assert response.status == 404
        assert (await response.json())["error"]["field"] == "page"


async def test_a_taken_port_is_named_with_a_remedy():
    placement = FakePlacement()
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(InvalidInput, match="--port") as raised:
            await serve(ServerConfig(port=port), placement, asyncio.Event())
    assert raised.value.field == "port"
    assert not placement.started


@pytest.mark.parametrize("host", ["192.0.2.200", "no such host"])
async def test_an_address_of_another_machine_is_named(host):
    with pytest.raises(InvalidInput) as raised:
        await serve(ServerConfig(host=host, port=0), FakePlacement(), asyncio.Event())
    assert raised.value.field == "host"


async def test_a_placement_that_cannot_start_is_closed():
    class Broken(FakePlacement):
        async def start(self):
            raise WorkerLost("no worker")

    placement = Broken()
    with pytest.raises(WorkerLost):
        await serve(ServerConfig(port=0), placement, asyncio.Event())
    assert placement.closed


async def test_it_says_where_it_is_and_ends(capsys):
    stop = asyncio.Event()
    stop.set()
    placement = FakePlacement()
    await serve(ServerConfig(port=0), placement, stop)
    assert "http://localhost:" in capsys.readouterr().out
    assert placement.started and placement.closed


def test_the_announcement_tells_what_other_devices_need(tmp_path):
    assert "http://localhost:80" in announcement(ServerConfig(), 80, 3)
    assert "--host 0.0.0.0" in announcement(ServerConfig(), 80, 3)
    guarded = announcement(ServerConfig(token="a.token.of+mine"), 80, 3)
    assert "http://localhost:80/#token=<the token>" in guarded and "mine" not in guarded
    assert "http://[fd00::2]:80" in announcement(ServerConfig(host="fd00::2"), 80, 3)
    assert "HTTPS" in announcement(ServerConfig(host="0.0.0.0"), 80, 3)
    (tmp_path / "pem").write_text("")
    secure = ServerConfig(host="0.0.0.0", cert=tmp_path / "pem", key=tmp_path / "pem")
    assert "https://<this machine's address>:443" in announcement(secure, 443, 3)
