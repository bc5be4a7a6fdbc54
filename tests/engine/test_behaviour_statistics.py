"""About a minute of real speech: is what the face does of the order of what people do?

Wide bounds, few events: `visavis bench behaviour` measures minutes against published ranges.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest

from benchmarks.behaviour import eyes, following, heads, lids, lips, manners, material
from benchmarks.behaviour.material import Talk
from benchmarks.behaviour.performed import (
    RATE,
    Performed,
    VoiceTrack,
    by_session,
    hear,
    perform,
    voice_track,
)
from engine.behaviour import LAYERS, Behaviour
from engine.pipeline import Engine

_SEED = 3


@dataclass(frozen=True)
class Minute:
    talk: Talk
    voice: VoiceTrack
    talking: Performed
    listening: Performed
    alone: Performed
    engine: Engine


@pytest.fixture(scope="module")
def minute() -> Minute:
    """45 s of one speaker, as speaker, as listener and with all layers off."""
    try:
        talks, kind = material.talks(45, _SEED, ["2116"])
    except FileNotFoundError:
        pytest.skip("no speech recordings beside this checkout")
    if kind != material.RECORDED:
        pytest.skip("no speech recordings beside this checkout")
    engine = Engine.load()
    heard = hear(engine, talks[0])
    talking = perform(engine, talks[0], heard, _SEED)
    return Minute(
        talks[0],
        voice_track(heard, len(talking)),
        talking,
        perform(engine, talks[0], heard, _SEED, role="listener"),
        perform(engine, talks[0], heard, _SEED, Behaviour(**dict.fromkeys(LAYERS, 0.0))),
        engine,
    )


def test_a_session_does_what_is_measured(minute):
    short = Talk("", minute.talk.samples[: 4 * 16_000], (), ())
    whole = perform(minute.engine, short, hear(minute.engine, short), _SEED)
    assert by_session(minute.engine, short, _SEED).bytes == whole.bytes


def test_it_blinks_as_people_do(minute):
    found = lids.blinks(minute.talking.shape("eyeBlink"))
    gaps = np.diff([blink.start_s for blink in found])
    assert 8 <= len(found) / minute.talking.minutes <= 40
    assert gaps.std() / gaps.mean() > 0.3
    assert np.median([b.closing_speed / b.opening_speed for b in found]) > 1.3


def test_it_looks_at_the_viewer_more_when_it_listens(minute):
    shares = [
        eyes.on_viewer(one)[one.within(one.talk.turns)].mean()
        for one in (minute.talking, minute.listening)
    ]
    assert 0.3 < shares[0] < 0.95 and shares[1] > 0.6


def test_larger_saccades_are_faster(minute):
    found = eyes.saccades(minute.talking.gaze)
    size, peak = np.array([(one.size, one.peak) for one in found]).T
    assert len(found) > 15 and np.corrcoef(np.log(size), np.log(peak))[0, 1] > 0.8
    assert peak.max() < 800


def test_the_head_moves_slowly_and_with_the_voice(minute):
    shares = heads.shares([minute.talking])
    assert shares["below 1 Hz"] > 35 and shares["above 6 Hz"] < 1
    spans = following._phrases(minute.talking)
    late = 10  # samples by which a neck follows
    up = -np.roll(following._swift(minute.talking.head[:, 0]), -late)
    up = following._gathered(up, spans)
    pitch = following._gathered(minute.voice.pitch, spans)
    told = following.correlation([up], [pitch], _SEED)
    assert told.r > told.high and abs(told.chance) < 0.06


def test_the_head_moves_more_in_speech(minute):
    speed = np.linalg.norm(np.gradient(minute.talking.head[:, :3], axis=0), axis=1)
    listened = np.linalg.norm(np.gradient(minute.listening.head[:, :3], axis=0), axis=1)
    spoken = minute.talking.within(minute.talk.phrases)
    assert speed[spoken].mean() > 1.3 * listened.mean()


def test_a_listener_nods_and_keeps_its_mouth_shut(minute):
    assert minute.listening.shape("jawOpen").max() < 0.12
    assert 1 <= len(manners.nods(minute.listening)) / minute.listening.minutes <= 20


def test_it_breathes(minute):
    rate, share = manners._breaths([minute.listening])
    assert 6 < rate < 24 and 0.2 < share < 0.55


def test_the_lips_say_the_same_whatever_the_layers_do(minute):
    told = {one.what: one for one in lips.findings(minute.alone, minute.talking)}
    assert told["jaw, with all layers, r"].value > 0.98
    assert told["closures that other layers open"].value <= 2


def test_switched_off_layers_leave_a_still_head(minute):
    settled = 2 * RATE
    assert np.abs(minute.alone.head[settled:]).max() < 1e-6
    assert np.abs(minute.alone.camera - [0, 0, 1]).max() < 1e-6
    assert len(lids.blinks(minute.alone.shape("eyeBlink"))) == 0
    assert len(minute.alone) > 40 * RATE
