"""WHIP and WHEP from a page of another origin, in a real browser."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from server.app import REGISTRY
from server.config import ServerConfig
from server.placement.fake import FakePlacement
from tests.e2e.conftest import CHROMIUM, each_fixture
from tests.server.conftest import serving

pytestmark = [
    pytest.mark.skipif(not CHROMIUM.exists(), reason=f"no browser: {CHROMIUM} is not installed"),
    pytest.mark.asyncio(loop_scope="module"),
]
TOKEN = "a-token-of-nobody"
PEERS = Path(__file__).resolve().parents[2] / ".venv" / "peers"
LIBRARIES = [
    *map(Path, filter(None, os.environ.get("VISAVIS_WHIP_WHEP", "").split(os.pathsep))),
    *PEERS.glob("*whip-whep*/package"),
]
"""Unpacked npm whip-whep and @binbat/whip-whep, as `.ci/setup dev` leaves them where npm is."""

EXCHANGE = """
async ({ url, token, voice }) => {
  const call = new RTCPeerConnection({ bundlePolicy: "max-bundle" });
  if (voice) {
    const media = await navigator.mediaDevices.getUserMedia({ audio: true });
    call.addTransceiver(media.getAudioTracks()[0], { direction: "sendonly", streams: [media] });
  } else {
    for (const kind of ["audio", "video"]) call.addTransceiver(kind, { direction: "recvonly" });
  }
  await call.setLocalDescription();
  const headers = { authorization: `Bearer ${token}` };
  const answer = await fetch(url, {
    method: "POST",
    headers: { ...headers, "content-type": "application/sdp" },
    body: call.localDescription.sdp,
  });
  if (answer.status !== 201) return { status: answer.status };
  const found = new Promise((done) => {
    const lines = [];
    call.onicecandidate = ({ candidate }) =>
      candidate?.candidate ? lines.push(`a=${candidate.candidate}`) : done(lines);
    if (call.iceGatheringState === "complete") done(lines);
  });
  await call.setRemoteDescription({ type: "answer", sdp: await answer.text() });
  const ufrag = /a=ice-ufrag:.*/.exec(call.localDescription.sdp)[0];
  const made = new URL(answer.headers.get("location"), url);
  const patched = await fetch(made, {
    method: "PATCH",
    headers: {
      ...headers,
      "content-type": "application/trickle-ice-sdpfrag",
      "if-match": answer.headers.get("etag"),
    },
    body: [ufrag, "m=audio 9 RTP/AVP 0", "a=mid:0", ...(await found)].join("\\r\\n"),
  });
  window.calls = { ...window.calls, [voice ? "voice" : "view"]: { call, made, headers } };
  return { status: answer.status, patched: patched.status };
}
"""
RECEIVED = """
async () => {
  const counts = { audio: 0, video: 0 };
  for (const report of (await window.calls.view.call.getStats()).values())
    if (report.type === "inbound-rtp")
      counts[report.kind] = report.framesDecoded ?? report.packetsReceived;
  return Math.min(counts.audio, counts.video) > 5;
}
"""
END = """
async (name) => {
  const { call, made, headers } = window.calls[name];
  const answer = await fetch(made, { method: "DELETE", headers });
  call.close();
  return answer.status;
}
"""
LIBRARY = """
async ({ folder, url, token }) => {
  const { WHIPClient } = await import(`${folder}/whip.js`);
  const { WHEPClient } = await import(`${folder}/whep.js`);
  const speaks = new RTCPeerConnection({ bundlePolicy: "max-bundle" });
  const media = await navigator.mediaDevices.getUserMedia({ audio: true });
  speaks.addTransceiver(media.getTracks()[0], { direction: "sendonly", streams: [media] });
  const publisher = new WHIPClient();
  await publisher.publish(speaks, `${url}/whip/library`, token);
  const sees = new RTCPeerConnection({ bundlePolicy: "max-bundle" });
  for (const kind of ["audio", "video"]) sees.addTransceiver(kind, { direction: "recvonly" });
  const viewer = new WHEPClient();
  await viewer.view(sees, `${url}/whep/library`, token);
  window.calls = { view: { call: sees } };
  window.stop = async () => {
    await viewer.stop();
    await publisher.stop();
  };
}
"""


@each_fixture
async def broadcaster() -> Any:
    """(application, url) of a server that asks for a token."""
    async with serving(ServerConfig(token=TOKEN), FakePlacement()) as running:
        yield running


@each_fixture
async def elsewhere(browser: Any) -> Any:
    """A page on another port of this machine, hence of another origin."""
    app = web.Application()

    async def empty(_: web.Request) -> web.Response:
        return web.Response(text="<title>player</title>", content_type="text/html")

    app.router.add_get("/", empty)
    for folder in LIBRARIES:
        app.router.add_static(f"/{folder.parent.name}", folder)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    context = await browser.new_context(permissions=["microphone"])
    page = await context.new_page()
    await page.goto(f"http://localhost:{runner.addresses[0][1]}/")
    yield page
    await context.close()
    await runner.cleanup()


async def gone(app: web.Application) -> None:
    async with asyncio.timeout(5):
        while len(app[REGISTRY]):
            await asyncio.sleep(0.02)


async def test_a_page_from_elsewhere_speaks_and_watches(broadcaster, elsewhere):
    app, url = broadcaster
    for voice, path in ((True, "/whip/news"), (False, "/whep/news")):
        asked = {"url": url + path, "token": TOKEN, "voice": voice}
        assert await elsewhere.evaluate(EXCHANGE, asked) == {"status": 201, "patched": 204}
    await elsewhere.wait_for_function(RECEIVED, timeout=10_000)
    for name in ("view", "voice"):
        assert await elsewhere.evaluate(END, name) == 200
    await gone(app)


async def test_a_page_can_read_why_it_is_refused(broadcaster, elsewhere):
    asked = {"url": broadcaster[1] + "/whip/news", "token": "wrong", "voice": True}
    assert await elsewhere.evaluate(EXCHANGE, asked) == {"status": 401}


@pytest.mark.skipif(not LIBRARIES, reason="needs npm for whip-whep and @binbat/whip-whep")
@pytest.mark.parametrize("folder", LIBRARIES, ids=lambda folder: folder.parent.name)
async def test_libraries(broadcaster, elsewhere, folder):
    app, url = broadcaster
    asked = {"folder": f"/{folder.parent.name}", "url": url, "token": TOKEN}
    await elsewhere.evaluate(LIBRARY, asked)
    await elsewhere.wait_for_function(RECEIVED, timeout=10_000)
    await elsewhere.evaluate("window.stop()")
    await gone(app)
