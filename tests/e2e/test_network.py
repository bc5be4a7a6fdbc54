"""The page and the server's token, and the ways that it is told of."""

from __future__ import annotations

import pytest

from tests.e2e.conftest import CHROMIUM

pytestmark = [
    pytest.mark.skipif(not CHROMIUM.exists(), reason=f"no browser: {CHROMIUM} is not installed"),
    pytest.mark.asyncio(loop_scope="module"),
]
TOKEN = "a/token+of~mine=="


async def test_the_token_in_the_address(visit, server):
    server.token = TOKEN
    visited = await visit()
    await visited.page.goto(f"http://127.0.0.1:{server.port}/#token={TOKEN}")
    await visited.page.reload()
    assert "token" not in visited.page.url
    await visited.page.click("#start")
    await visited.reaches("live")
    await visited.page.keyboard.press("s")
    await visited.reaches("idle")
    await visited.page.wait_for_timeout(100)
    assert server.ended == ["s1"]
    assert not [url for url in visited.requests if TOKEN in url.partition("#")[0]]


async def test_the_token_is_asked_for(visit, server):
    server.token = TOKEN
    visited = await visit()
    answers = ["wrong", TOKEN]
    visited.page.on("dialog", lambda dialog: dialog.accept(answers.pop(0)))
    await visited.page.click("#start")
    await visited.reaches("live")
    assert answers == []


async def test_who_does_not_know_it_is_asked_once_and_told(visit, server):
    server.token = TOKEN
    visited = await visit()
    asked = []

    async def dismiss(dialog):
        asked.append(dialog.message)
        await dialog.dismiss()

    visited.page.on("dialog", dismiss)
    await visited.page.click("#start")
    await visited.reaches("failed")
    assert server.offers == [] and len(asked) == 1


async def test_the_call_uses_the_servers_relays(visit, server):
    server.ice = [{"urls": "turn:127.0.0.1:9", "username": "1:a", "credential": "b"}]
    visited = await visit()
    await visited.page.add_init_script(
        """const set = RTCPeerConnection.prototype.setConfiguration;
        RTCPeerConnection.prototype.setConfiguration = function (given) {
          window.given = given;
          return set.call(this, given);
        };"""
    )
    await visited.page.reload()
    await visited.page.click("#start")
    await visited.reaches("live")
    assert (await visited.js("window.given"))["iceServers"] == server.ice


FIND = """address => {
  const candidate = `candidate:1 1 udp 9 ${address} 4444 typ relay raddr 0.0.0.0 rport 0`;
  const found = new RTCIceCandidate({ candidate, sdpMid: "0" });
  for (const call of window.calls)
    call.dispatchEvent(new RTCPeerConnectionIceEvent("icecandidate", { candidate: found }));
}"""


async def test_a_relay_that_is_found_late_is_told(visit, server):
    visited = await visit()
    await visited.page.add_init_script(
        """window.calls = [];
        window.RTCPeerConnection = class extends RTCPeerConnection {
          constructor(given) {
            super(given);
            window.calls.push(this);
          }
        };"""
    )
    await visited.page.reload()
    await visited.page.click("#start")
    await visited.reaches("live")
    assert server.trickled == []
    await visited.page.evaluate(FIND, "192.0.2.7")
    await visited.page.wait_for_timeout(200)
    ((match, fragment),) = server.trickled
    assert match == '"ice of s1"'
    assert fragment.startswith("a=ice-ufrag:") and "192.0.2.7 4444 typ relay" in fragment
    assert "a=mid:0" in fragment
