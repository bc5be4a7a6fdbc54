"""An interruption with the real engine: the mouth shuts and stays shut, and nothing is heard."""

from __future__ import annotations

import asyncio

import numpy as np

from engine.face import INDEX
from engine.units import AudioUnit, MotionUnit
from server.app import REGISTRY
from server.config import ServerConfig
from server.placement.local import LocalPlacement
from server.rtc.opus import open_decoder
from server.taps import Tap
from tests.server.agents import agent
from tests.server.conftest import serving
from tests.synthetic import pcm, syllables

JAW, CLOSE = INDEX["jawOpen"], INDEX["mouthClose"]
SHUT = 0.05


class Listener(Tap):
    def __init__(self):
        self.sound, self.aperture = {}, {}
        self._decoder = open_decoder()

    def put(self, unit):
        if isinstance(unit, AudioUnit):
            self.sound[unit.time] = int(np.abs(self._decoder.decode(unit.payload)).max())
        elif isinstance(unit, MotionUnit):
            self.aperture[unit.time] = unit.blendshapes[JAW] - unit.blendshapes[CLOSE]


async def test_the_mouth_shuts_and_the_sound_is_gone():
    config = ServerConfig(max_sessions=1)
    query = "width=64&height=64&motion_units=true&sample_rate=48000"
    async with serving(config, LocalPlacement(1)) as (app, url), agent(url, query) as speaker:
        session, tap = app[REGISTRY].find(speaker.session["id"]), Listener()
        session.tap(tap)
        await speaker.sounds(pcm(syllables(6.0)))
        await speaker.until("output_audio_buffer.started")
        await asyncio.sleep(1.5)
        async with asyncio.timeout(10):
            while list(tap.aperture.values())[-1] < 2 * SHUT:
                await asyncio.sleep(0.005)
        await speaker.say("response.cancel")
        await speaker.until("output_audio_buffer.cleared")
        cut = max(tap.sound)
        said = session._hushed
        async with asyncio.timeout(10):
            while max(tap.sound) < said + 16_000:
                await asyncio.sleep(0.01)
        # What had left is followed by silence, but for the codec's overlap in one packet.
        assert max(level for time, level in tap.sound.items() if time > cut + 320) < 50
        # No pose has been made yet for what is a look-ahead away from what was heard: from there
        # the mouth has 70 ms to shut, long before the sound would have come to an end.
        after = [value for time, value in tap.aperture.items() if time >= said]
        assert max(after) < SHUT
        wide = [value for time, value in tap.aperture.items() if time < said - 960]
        assert max(wide) > 2 * SHUT
