"""Two watch: one over a network that cannot take the pictures. The other must not notice."""

from __future__ import annotations

import itertools

from server.config import ServerConfig
from server.placement.fake import FakePlacement
from server.rtc import viewer_rules
from tests.network.link import Impairment
from tests.network.relay import Relay, without_candidates
from tests.server.broadcast import Watcher, broadcast
from tests.server.conftest import serving

FRAME = 90_000 // 25
"""Between two pictures, on the clock of RTP."""


class Distant(Watcher):
    """One who watches through a relay."""

    def __init__(self, url, relay):
        super().__init__(url)
        self.relay = relay

    async def offer(self, **wishes):
        return without_candidates(await super().offer(**wishes))

    async def taken(self, answer):
        return await self.relay.reroute(answer)


async def test_a_viewer_on_a_narrow_network_hears_on_and_disturbs_nobody(monkeypatch):
    monkeypatch.setattr(viewer_rules, "TRIAL", 0.5)
    monkeypatch.setattr(viewer_rules, "HOLD", 0.5)
    narrow = Impairment(delay=0.02, rate=150_000)
    placement = FakePlacement()
    async with (
        serving(ServerConfig(), placement) as (_, url),
        broadcast(url, path="/whip/news?width=640&height=480"),
        Relay(Impairment(delay=0.02), narrow) as relay,
    ):
        near, far = await Watcher(url).post(), await Distant(url, relay).post()
        await near.until(lambda w: w.pictures)
        await far.until(lambda w: w.pictures)
        first, heard = len(near.pictures), len(far.sound)
        asked = len(placement.sessions[0].controls)
        await near.until(lambda w: len(w.pictures) >= first + 125)
        pts = [picture.pts for picture in near.pictures[first:]]
        assert {late - early for early, late in itertools.pairwise(pts)} == {FRAME}
        keyframes = placement.sessions[0].controls[asked:]
        assert len(keyframes) <= 5 / viewer_rules.KEYFRAME_INTERVAL / 2
        assert relay.down.overflowed > 0
        assert far.connection.connectionState == "connected"
        assert len(far.sound) > heard + 40
        await near.close()
        await far.close()
