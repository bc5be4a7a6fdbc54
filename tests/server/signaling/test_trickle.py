"""PATCH: candidates that come later, and what is refused of it."""

from __future__ import annotations

import pytest

from tests.network.relay import without_candidates
from tests.server.broadcast import FRAGMENT, Publisher, Watcher, broadcast, refused
from tests.server.clients import Caller


async def patch(http, side, fragment, **headers):
    sent = {"Content-Type": FRAGMENT, "If-Match": side.headers["ETag"], **headers}
    kept = {name: value for name, value in sent.items() if value}
    return await http.patch(side.made, data=fragment, headers=kept)


def fragment_of(sdp):
    ufrag = next(line for line in sdp.splitlines() if line.startswith("a=ice-ufrag:"))
    candidates = [line for line in sdp.splitlines() if line.startswith("a=candidate:")]
    return "\r\n".join(
        [ufrag, "a=ice-pwd:0123456789012345678901", "m=audio 9 RTP/AVP 0", "a=mid:0", *candidates]
    )


@pytest.mark.parametrize("kind", [Publisher, Watcher])
async def test_candidates_that_come_later(server, http, kind):
    async with broadcast(server[1]) as publisher:
        side = publisher if kind is Publisher else await Watcher(server[1]).post()
        fragment = fragment_of(side.connection.localDescription.sdp)
        for text in (
            fragment,
            fragment + "\r\na=end-of-candidates\r\n",
            fragment + "\r\na=candidate:9 1 udp 99 0c8f3f2e-1234.local 4444 typ host",
            fragment + "\r\na=candidate:9 1 tcp 99 192.0.2.1 9 typ host tcptype active",
        ):
            response = await patch(http, side, text)
            assert response.status == 204 and "ETag" not in response.headers
        await side.close()


async def test_the_page_does_the_same(server, http):
    caller = Caller(server[1], width=96, height=64)
    await caller.call()
    fragment = fragment_of(caller.connection.localDescription.sdp)
    made = f"{server[1]}/session/{caller.answer['session']}"
    for match, status in (('"other"', 412), (caller.ice_session, 204)):
        headers = {"Content-Type": FRAGMENT, "If-Match": match, "Origin": "https://a.proxy"}
        async with http.patch(made, data=fragment, headers=headers) as response:
            assert response.status == status
            assert "Access-Control-Allow-Origin" not in response.headers
    await caller.close()


async def test_a_connection_by_trickled_candidates_alone(server, http):
    """The viewer does not know where we are: only our checks can find the way."""
    async with broadcast(server[1]):
        watcher = Watcher(server[1])

        async def nowhere(answer):
            return without_candidates(answer)

        watcher.taken = nowhere
        whole = await watcher.offer()

        async def bare(**_):
            return without_candidates(whole)

        watcher.offer = bare
        await watcher.post()
        assert (await patch(http, watcher, fragment_of(whole))).status == 204
        await watcher.until(lambda w: w.pictures)
        await watcher.close()


@pytest.mark.parametrize(
    ("change", "headers", "status", "code"),
    [
        ("", {"If-Match": None}, 428, "precondition_required"),
        ("", {"If-Match": '"stale"'}, 412, "precondition_failed"),
        ("", {"Content-Type": "application/sdp"}, 415, "unsupported_type"),
        ("restart", {"If-Match": "*"}, 422, "unusable"),
        ("restart", {}, 422, "unusable"),
        ("no fragment", {}, 400, "malformed"),
        ("empty", {}, 400, "malformed"),
        ("bad candidate", {}, 400, "malformed"),
        ("two sessions", {}, 400, "malformed"),
    ],
)
async def test_patches_that_are_refused_and_harm_nobody(
    server, http, change, headers, status, code
):
    async with broadcast(server[1]) as publisher:
        fragment = fragment_of(publisher.connection.localDescription.sdp)
        texts = {
            "": fragment,
            "restart": "a=ice-ufrag:newnew\r\na=ice-pwd:0123456789012345678901\r\n",
            "no fragment": "hello",
            "empty": "",
            "bad candidate": "a=candidate:1 1 udp",
            "two sessions": fragment + "\r\na=ice-ufrag:newnew",
        }
        await refused(await patch(http, publisher, texts[change], **headers), status, code)
        watcher = await Watcher(server[1]).post()
        await watcher.until(lambda w: w.pictures)
        await watcher.close()


async def test_what_there_is_not(server, http):
    for path in ("/whip/news/unknown", "/whep/news/unknown"):
        url = server[1] + path
        headers = {"Content-Type": FRAGMENT, "If-Match": '"x"'}
        await refused(await http.patch(url, data=b"a=mid:0", headers=headers), 404, "not_found")
        await refused(await http.delete(url), 404, "not_found")
        await refused(await http.get(url), 404, "not_found")
    await refused(await http.post(f"{server[1]}/whip/no:such:name", data=b""), 404, "not_found")
