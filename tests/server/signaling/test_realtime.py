"""``/v1/realtime``: a real client's voice, played by a server with a fake engine."""

from __future__ import annotations

import asyncio
import base64

import numpy as np
import pytest

from engine.encode.opus import PACKET, OpusEncoder
from engine.units import AudioUnit
from server.agent import events, segments, voice
from server.app import ADMISSION, REGISTRY
from server.config import ServerConfig
from server.rtc.opus import open_decoder
from server.signaling import realtime
from server.taps import Tap
from tests.server.agents import SMALL, agent, join_refused, tone
from tests.server.broadcast import Watcher
from tests.server.clients import loudness
from tests.server.conftest import serving
from tests.server.test_session import freed


class Listener(Tap):
    """Every packet of sound that leaves, decoded."""

    def __init__(self):
        self.sound, self.times = [], []
        self._decoder = open_decoder()

    def put(self, unit):
        if isinstance(unit, AudioUnit):
            self.times.append(unit.time)
            self.sound.append(self._decoder.decode(unit.payload))


def listener(app, speaker):
    tap = Listener()
    app[REGISTRY].find(speaker.session["id"]).tap(tap)
    return tap


# --- a voice gets a face ---


async def test_who_watches_sees_and_hears_it(server):
    _, url = server
    async with agent(url) as speaker:
        watcher = await Watcher(url).post(speaker.session["whep_url"])
        await watcher.until(lambda c: len(c.pictures) > 3 and len(c.sound) > 5)
        await speaker.append(tone(1.0))
        await speaker.commit()
        committed = await speaker.until("input_audio_buffer.committed")
        assert committed["samples"] == 24_000
        started = await speaker.until("output_audio_buffer.started")
        stopped = await speaker.until("output_audio_buffer.stopped")
        assert started["item_id"] == stopped["item_id"] == committed["item_id"]
        assert (stopped["samples"], stopped["audio_end_ms"]) == (24_000, 1000.0)
        await watcher.until(lambda c: max(map(loudness, c.sound)) > 0.1)
        await watcher.close()


@pytest.mark.parametrize("rate", [16_000, 24_000, 48_000])
async def test_it_is_heard_as_it_was_brought(server, rate):
    app, url = server
    async with agent(url, f"{SMALL}&sample_rate={rate}") as speaker:
        assert speaker.session["sample_rate"] == rate
        tap = listener(app, speaker)
        await speaker.sounds(tone(0.5, rate))
        await speaker.commit()
        stopped = await speaker.until("output_audio_buffer.stopped")
        assert (stopped["samples"], stopped["audio_end_ms"]) == (rate // 2, 500.0)
    loud = np.abs(np.concatenate(tap.sound)) > 1000
    assert np.ptp(np.flatnonzero(loud)) == pytest.approx(24_000, rel=0.01)
    assert tap.times == list(range(tap.times[0], tap.times[-1] + 1, 320)), "without a gap"


async def test_opus_packets_in_messages_of_either_kind(server):
    app, url = server
    async with agent(url, f"{SMALL}&input_audio_format=opus") as speaker:
        assert speaker.session["sample_rate"] == 48_000
        tap, encoder = listener(app, speaker), OpusEncoder(32_000)
        for number, hop in enumerate(tone(0.4, 48_000).reshape(-1, PACKET)):
            packet = encoder.encode(hop)
            if number % 2:
                await speaker.socket.send_bytes(packet)
            else:
                await speaker.say(events.APPEND, audio=base64.b64encode(packet).decode())
        await speaker.commit()
        stopped = await speaker.until("output_audio_buffer.stopped")
        assert stopped["samples"] == 19_200
    loud = np.abs(np.concatenate(tap.sound)) > 1000
    assert np.ptp(np.flatnonzero(loud)) == pytest.approx(19_200, rel=0.03)


async def test_segments_are_played_one_after_the_other(server):
    _, url = server
    async with agent(url) as speaker:
        for seconds in (0.2, 0.1, 0.3):
            await speaker.append(tone(seconds))
            await speaker.commit()
        await speaker.until("output_audio_buffer.stopped", 3)
        kinds = [
            (event["type"].rsplit(".")[-1], event["item_id"])
            for event in speaker.events
            if event["type"].startswith("output_audio_buffer")
        ]
        names = [event["item_id"] for event in speaker.of("input_audio_buffer.committed")]
        assert kinds == [(kind, name) for name in names for kind in ("started", "stopped")]


async def test_the_face_lives_on_where_nothing_is_said(server, placement):
    app, url = server
    async with agent(url) as speaker:
        tap = listener(app, speaker)
        before = placement.sessions[0].pushed
        await asyncio.sleep(0.5)
        assert placement.sessions[0].pushed - before == pytest.approx(24_000, abs=6000)
        assert not np.concatenate(tap.sound).any()


# --- interrupting ---


async def test_an_interruption_is_exact_and_final(server):
    app, url = server
    async with agent(url, f"{SMALL}&sample_rate=48000") as speaker:
        tap = listener(app, speaker)
        for _ in range(2):
            await speaker.append(tone(5.0, 48_000))
            await speaker.commit()
        await speaker.until("output_audio_buffer.started")
        await asyncio.sleep(0.4)
        await speaker.say(events.CANCEL)
        cleared = await speaker.until("output_audio_buffer.cleared")
        await asyncio.sleep(0.5)
        first, second = (e["item_id"] for e in speaker.of("input_audio_buffer.committed"))
        assert (cleared["item_id"], cleared["forgotten"]) == (first, [second])
        loud = np.flatnonzero(np.abs(np.concatenate(tap.sound)) > 500)
        assert np.ptp(loud) == pytest.approx(cleared["samples"], abs=240), "5 ms"
        assert cleared["audio_end_ms"] == pytest.approx(cleared["samples"] / 48, abs=1e-3)
        assert not speaker.of("output_audio_buffer.stopped")
        await speaker.append(tone(0.2, 48_000))
        await speaker.commit()
        stopped = await speaker.until("output_audio_buffer.stopped")
        assert stopped["item_id"] not in (first, second) and stopped["samples"] == 9600
        again = np.flatnonzero(np.abs(np.concatenate(tap.sound)) > 500)
        assert np.ptp(again[again > loud[-1]]) == pytest.approx(9600, rel=0.05)


async def test_what_was_on_its_way_leaves_as_silence(server, placement):
    app, url = server
    async with agent(url) as speaker:
        tap = listener(app, speaker)
        await speaker.append(tone(2.0))
        await speaker.until("output_audio_buffer.started")
        await speaker.say(events.CANCEL)
        await speaker.until("output_audio_buffer.cleared")
        here = len(tap.sound) + 1
        await asyncio.sleep(0.3)
        assert np.abs(np.concatenate(tap.sound[here:])).max() < 50
        assert tap.times == list(range(tap.times[0], tap.times[-1] + 1, 320))
        assert {"hush": True} in placement.sessions[0].controls


async def test_there_may_be_nothing_to_interrupt(server, placement):
    async with agent(server[1]) as speaker:
        await speaker.say(events.CANCEL)
        cleared = await speaker.until("output_audio_buffer.cleared")
        assert (cleared["item_id"], cleared["samples"], cleared["forgotten"]) == (None, 0, [])
        assert {"hush": True} not in placement.sessions[0].controls


# --- bounds ---


async def test_whoever_brings_too_much_is_not_read_until_there_is_room(server, monkeypatch):
    monkeypatch.setattr(segments, "LIMIT", 48_000)
    monkeypatch.setattr(voice, "READ_AGAIN", 24_000)
    _, url = server
    async with agent(url) as speaker:
        for _ in range(4):
            await speaker.append(tone(0.6))
        await speaker.commit()
        held = await speaker.until("input_audio_buffer.level")
        assert held["reading"] is False and 1000 <= held["buffered_ms"] <= 1300
        assert not speaker.of("input_audio_buffer.committed")
        stopped = await speaker.until("output_audio_buffer.stopped")
        assert stopped["samples"] == 4 * 14_400, "and nothing is lost"
        assert any(event["reading"] for event in speaker.of("input_audio_buffer.level"))


async def test_there_is_no_place_left(placement):
    async with serving(ServerConfig(max_sessions=1), placement) as (_, url), agent(url):
        failed = await join_refused(url)
        assert failed.status == 503 and failed.headers["Retry-After"] == "5"
        assert len(placement.sessions) == 1


async def test_the_place_of_an_agent_that_has_gone_is_given_to_the_next(server, placement):
    app, url = server
    for _ in range(5):
        async with agent(url):
            pass
    assert app[ADMISSION].lent == 2
    async with agent(url), agent(url):
        await asyncio.sleep(0.05)
        assert len(app[REGISTRY]) == 2


# --- leaving and coming back ---


async def test_what_was_brought_is_said_after_the_agent_has_gone(server, placement, monkeypatch):
    monkeypatch.setattr(voice, "KEPT", 0.3)
    app, url = server
    async with agent(url) as speaker:
        tap = listener(app, speaker)
        await speaker.append(tone(0.8))
        await speaker.until("output_audio_buffer.started")
    await freed(app, placement)
    loud = np.flatnonzero(np.abs(np.concatenate(tap.sound)) > 1000)
    assert np.ptp(loud) == pytest.approx(0.8 * 48_000, rel=0.01)


async def test_an_agent_that_was_cut_off_comes_back(server, placement):
    _, url = server
    async with agent(url) as speaker:
        pass
    async with agent(url, f"resume={speaker.session['id']}") as again:
        assert again.session == speaker.session
        await again.append(tone(0.1))
        await again.commit()
        assert (await again.until("output_audio_buffer.stopped"))["samples"] == 2400
        async with agent(url, f"resume={speaker.session['id']}") as third:
            await asyncio.sleep(0.05)
            assert again.closed == 1000 and third.session == speaker.session
    assert len(placement.opened) == 1


async def test_there_may_be_nothing_to_come_back_to(server):
    failed = await join_refused(server[1], "resume=gone")
    assert failed.status == 404
    async with agent(server[1]) as speaker:
        failed = await join_refused(server[1], f"resume={speaker.session['id']}&width=64")
        assert failed.status == 422


async def test_a_session_that_ends_says_goodbye(server, placement):
    app, url = server
    async with agent(url) as speaker:
        await app[REGISTRY].stop(speaker.session["id"])
        async with asyncio.timeout(5):
            while speaker.closed is None:
                await asyncio.sleep(0.01)
        assert speaker.closed == 1000
    await freed(app, placement)


async def test_a_lost_worker_is_told(server, placement):
    async with agent(server[1]) as speaker:
        placement.sessions[0].lose()
        error = await speaker.refused()
        assert (error["type"], error["code"]) == ("server_error", "worker_lost")


async def test_a_socket_that_is_dead_is_noticed(server, monkeypatch):
    monkeypatch.setattr(realtime, "PING", 0.1)
    app, url = server
    async with agent(url, autoping=False) as speaker:
        async with asyncio.timeout(5):
            while not app[ADMISSION].lent:
                await asyncio.sleep(0.02)
        await speaker.close()
    async with agent(url) as speaker:
        await asyncio.sleep(0.5)
        assert app[REGISTRY].find(speaker.session["id"]).caller._outbox is not None


# --- directing the face ---


async def test_the_face_is_directed_as_everywhere(server, placement):
    async with agent(server[1]) as speaker:
        await speaker.say("emotion", name="joy", amount=0.5, event_id="e1")
        await speaker.say("attend", yaw=0.2, pitch=0.0)
        await speaker.say("subscribe", units=["phones"])
        await speaker.until("session.created")
        async with asyncio.timeout(5):
            while not placement.sessions[0].phone_units:
                await asyncio.sleep(0.01)
        asked = {name: value for c in placement.sessions[0].controls for name, value in c.items()}
        assert asked["emotions"][0]["name"] == "joy" and asked["attention"] == [0.2, 0.0]
        await speaker.append(tone(0.5))
        assert (await speaker.until("speech"))["active"] is True
        assert (await speaker.until("phone"))["phone"] in ("SIL", "AA", "IY")


async def test_settings_are_changed_together_or_not_at_all(server, placement):
    async with agent(server[1]) as speaker:
        wanted = {"sample_rate": 16_000, "width": 64, "height": 64, "blink": 0.2, "light": "warm"}
        await speaker.say(events.UPDATE, session=wanted)
        updated = (await speaker.until("session.updated"))["session"]
        assert updated == {**wanted, "input_audio_format": "pcm16"}
        assert (await speaker.until("look"))["width"] == 64
        asked = len(placement.sessions[0].controls)
        for bad in ({"sample_rate": 48_000, "blink": 9}, {"blink": 1, "voice": "alloy"}, []):
            await speaker.say(events.UPDATE, session=bad)
        await speaker.refused(3)
        assert len(placement.sessions[0].controls) == asked
        await speaker.append(tone(0.1, 16_000))
        await speaker.commit()
        assert (await speaker.until("output_audio_buffer.stopped"))["audio_end_ms"] == 100


async def test_options_are_those_of_an_offer(server, placement):
    async with agent(server[1], f"{SMALL}&look_ahead_ms=40&video_codec=vp8&name=news") as speaker:
        assert speaker.session["watch"] == "news" and speaker.session["whep_url"] == "/whep/news"
        options = placement.sessions[0].options
        assert (options.width, options.look_ahead_ms, options.video_codec) == (96, 40, "vp8")
        assert (await join_refused(server[1], "name=news")).status == 409
