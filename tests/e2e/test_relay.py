"""A browser whose only way is a relay: coturn, with credentials that the server made."""

from __future__ import annotations

import asyncio
import socket

import pytest

from server.config import ServerConfig
from server.placement.fake import FakePlacement
from server.rtc.network import Network
from tests.e2e.conftest import CHROMIUM
from tests.network.coturn import coturn, needs_coturn
from tests.server.conftest import serving

pytestmark = [
    pytest.mark.skipif(not CHROMIUM.exists(), reason=f"no browser: {CHROMIUM} is not installed"),
    pytest.mark.asyncio(loop_scope="module"),
    needs_coturn,
]

RELAY_ONLY = """
window.RTCPeerConnection = class extends RTCPeerConnection {
  constructor(given) {
    super({ ...given, iceTransportPolicy: "relay" });
    window.call = this;
  }
  setConfiguration(given) {
    super.setConfiguration({ ...given, iceTransportPolicy: "relay" });
  }
};
"""
FLOWS = """
async () => {
  const reports = [...((await window.call?.getStats()) ?? new Map()).values()];
  const heard = reports.find((r) => r.type === "inbound-rtp" && r.kind === "audio");
  const pair = reports.find((r) => r.type === "candidate-pair" && r.nominated);
  const local = reports.find((r) => r.id === pair?.localCandidateId);
  return heard?.packetsReceived > 25 ? [local.candidateType, local.relayProtocol] : null;
}
"""


def own_address():
    """Of the interface that leads out: browsers do not reach a relay on loopback from there."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.connect(("192.0.2.1", 9))
        return probe.getsockname()[0]


@pytest.mark.parametrize("transport", ["udp", "tcp"])
async def test_voice_and_picture_pass_the_relay(browser, transport):
    address = own_address()
    async with coturn("s3cret", address) as port:
        relay = f"turn:{address}:{port}?transport={transport}"
        network = Network(turn=(relay,), turn_secret="s3cret")
        async with serving(ServerConfig(network=network), FakePlacement()) as (_, url):
            context = await browser.new_context(permissions=["microphone"])
            page = await context.new_page()
            await page.add_init_script(RELAY_ONLY)
            await page.goto(url)
            await page.click("#start")
            async with asyncio.timeout(20):
                while (flows := await page.evaluate(FLOWS)) is None:
                    await asyncio.sleep(0.1)
            assert flows == ["relay", transport]
            await context.close()
