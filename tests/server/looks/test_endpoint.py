from __future__ import annotations

import io

import aiohttp
import av
import pytest

from server.config import ServerConfig
from server.looks import endpoint, pictures
from server.looks.pictures import Still
from server.placement.fake import FakePlacement
from tests.server.conftest import serving


class FakeStills:
    """Says what it was asked for in place of drawing it."""

    def __init__(self, arguments=()):
        self.arguments = arguments
        self.asked = []

    async def get(self, still):
        self.asked.append(still)
        return repr(still).encode()

    async def close(self):
        pass


@pytest.fixture
async def site(monkeypatch):
    monkeypatch.setattr("server.app.Stills", FakeStills)
    async with (
        serving(ServerConfig(), FakePlacement()) as (_, url),
        aiohttp.ClientSession() as http,
    ):
        yield url, http


async def test_the_choices(site):
    url, http = site
    async with http.get(f"{url}/looks") as answer:
        assert answer.status == 200
        listing = await answer.json()
    assert listing["defaults"]["framing"] == "portrait"
    for entry in (listing["avatars"][0], listing["sets"][0]):
        async with http.get(f"{url}/{entry['thumbnail']}") as answer:
            assert answer.status == 200, "thumbnails are relative to the page"


async def test_a_picture_is_cached(site):
    url, http = site
    address = f"{url}/looks/picture?avatar=nora&set=studio&width=320&height=180"
    async with http.get(address) as answer:
        assert answer.status == 200 and answer.content_type == "image/webp"
        assert repr(Still("nora", "studio", "auto", "portrait", 320, 180)) == await answer.text()
        assert "max-age" in answer.headers["Cache-Control"]
        tag = answer.headers["ETag"]
    async with http.get(address, headers={"If-None-Match": tag}) as answer:
        assert (answer.status, await answer.read()) == (304, b"")


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("width=8&height=8", "width"),
        ("width=642", "width"),
        ("height=99", "height"),
        ("height=ten", "height"),
        ("avatar=../x", "avatar"),
        ("set=../x", "set"),
        ("framing=far", "framing"),
        ("hat=red", "hat"),
    ],
)
async def test_what_cannot_be_drawn_is_named(site, query, field):
    url, http = site
    async with http.get(f"{url}/looks/picture?{query}") as answer:
        assert answer.status == 422
        assert (await answer.json())["error"]["field"] == field


def size(picture):
    with av.open(io.BytesIO(picture)) as container:
        frame = next(container.decode(video=0))
    return frame.width, frame.height


@pytest.fixture
async def stills():
    drawn = pictures.Stills()
    yield drawn
    await drawn.close()


async def test_a_process_draws_and_goes_when_nobody_asks(stills, monkeypatch):
    monkeypatch.setattr(pictures, "_IDLE_S", 0.01)
    look = Still("default", "gradient", "auto", "close", 48, 64)
    picture = await stills.get(look)
    assert size(picture) == (48, 64)
    place = await stills.get(Still(None, "transparent", "auto", "portrait", 32, 32))
    assert size(place) == (32, 32)
    process = stills._process
    assert process is None or await process.wait() == 0
    assert await stills.get(look) is picture
    assert stills._process is None, "what was drawn is kept"


async def test_a_name_that_is_not_there_is_refused_and_the_next_one_drawn(stills):
    with pytest.raises(endpoint.InvalidInput, match=r"avatar: 'elvis' .* use one of"):
        await stills.get(Still("elvis", "gradient", "auto", "close", 32, 32))
    assert size(await stills.get(Still(None, "plain", "auto", "close", 32, 32))) == (32, 32)


async def test_a_process_that_dies_is_replaced(stills):
    place = Still(None, "plain", "auto", "close", 32, 32)
    await stills.get(place)
    stills._process.kill()
    await stills._process.wait()
    with pytest.raises(pictures.BackendUnavailable, match="visavis doctor"):
        await stills.get(Still(None, "#112233", "auto", "close", 32, 32))
    assert await stills.get(Still(None, "#445566", "auto", "close", 32, 32))
