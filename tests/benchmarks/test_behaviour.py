"""What the bench of behaviour says of faces and voices that are made up."""

from __future__ import annotations

import math

import numpy as np
import pytest

from benchmarks.behaviour import bench, eyes, following, heads, lids, manners, material, people
from benchmarks.behaviour.acting import MANNERS, NEUTRAL, Manner, acted
from benchmarks.behaviour.performed import RATE, Performed, in_room, voice_track
from engine.face import ARKIT, INDEX
from engine.motion.gate import pass_gate
from engine.motion.layers import Draft
from engine.motion.lids import LidBlink
from engine.motion.saccades import duration_s, smooth_run
from engine.timeline import HOP, SAMPLE_RATE
from engine.voice import Heard, Prosody, Voice
from tests.synthetic import syllables


def face(seconds, phrases=(), **parts):
    """A performance at rest but for ``parts``."""
    count = round(seconds * RATE)
    given = {
        "shapes": np.zeros((count, len(ARKIT))),
        "head": np.zeros((count, 6)),
        "eyes": np.zeros((count, 2)),
        "gaze": np.zeros((count, 2)),
        "camera": np.tile([0.0, 0.0, 1.0], (count, 1)),
        "body": np.zeros((count, 3)),
    }
    talk = material.Talk("", np.zeros(round(seconds * SAMPLE_RATE), np.float32), phrases, phrases)
    return Performed(talk, **(given | parts))


def shapes(count, **curves):
    values = np.zeros((count, len(ARKIT)))
    for name, curve in curves.items():
        for side in ("Left", "Right"):
            values[:, INDEX[name + side]] = curve
    return values


def test_blinks_are_found_with_their_times():
    rng = np.random.default_rng(1)
    time = np.arange(3000) / RATE
    closure, starts = np.full(3000, 0.1), np.arange(1.0, 28.0, 3.0)
    for start in starts:
        blink = LidBlink((1.0, 1.0), 0.08, 0.02, 0.2, 0.0)
        closure += [blink.closure(t - start)[0] if t >= start else 0.0 for t in time]
    closure += 0.01 * rng.standard_normal(3000).cumsum() / 50
    found = lids.blinks(closure)
    assert [blink.start_s for blink in found] == pytest.approx(starts.tolist(), abs=0.03)
    assert np.median([blink.closing_s for blink in found]) == pytest.approx(0.065, abs=0.02)
    assert np.median([blink.opening_s for blink in found]) == pytest.approx(0.16, abs=0.04)
    assert all(blink.closing_speed > 1.5 * blink.opening_speed for blink in found)


def test_a_face_that_only_squints_does_not_blink():
    assert lids.blinks(0.1 + 0.1 * np.sin(np.arange(2000) / 300)) == []


def test_blinks_at_ends_are_told_from_blinks_anywhere():
    phrases = tuple((3.0 * k + 0.5, 3.0 * k + 2.5) for k in range(20))
    at_ends = [
        lids.BlinkSeen(end + 0.2, 0.08, 0.2, 1.0, 12.0, 6.0) for _, end in phrases
    ]  # one of each
    anywhere = [lids.BlinkSeen(2.9 * k + 0.2, 0.08, 0.2, 1.0, 12.0, 6.0) for k in range(20)]
    one = face(61, phrases)
    assert lids._at_ends([one], [at_ends], 1) > 3
    assert lids._at_ends([one], [anywhere], 1) == pytest.approx(1, abs=0.6)


def test_the_main_sequence_is_recovered_from_100_samples_a_second():
    rng, path, at = np.random.default_rng(3), [], 0.0
    sizes = rng.uniform(1.5, 18, 200)
    for size in sizes:
        lasts, phase = duration_s(size), rng.uniform(0, 1)
        way = size if at < 0 else -size
        path += [at + way * smooth_run((k + phase) / RATE / lasts, 0.1) for k in range(40)]
        at += way
    found = eyes.saccades(np.stack([path, np.zeros(len(path))], axis=1))
    fine = np.diff([smooth_run(k / 1000, 0.1) for k in range(1001)]).max() * 1000
    assert len(found) == len(sizes)
    wanted = fine * np.array([one.size / duration_s(one.size) for one in found])
    assert np.median([one.peak for one in found] / wanted) == pytest.approx(1, abs=0.05)
    fastest, constant = eyes.main_sequence(found)
    at_10 = fastest * (1 - math.exp(-10 / constant))
    assert at_10 == pytest.approx(fine * 10 / duration_s(10), rel=0.08)


def test_a_smooth_turn_is_no_saccade():
    slow = np.stack([np.linspace(0, 25, 200), np.zeros(200)], axis=1)
    assert eyes.saccades(slow) == []


def test_looks_away_count_and_flickers_do_not():
    gaze = np.zeros((1000, 2))
    gaze[200:300], gaze[500:505] = (9, 0), (9, 0)
    runs = eyes._runs(eyes.on_viewer(face(10, gaze=gaze)))
    assert [value for value, _, _ in runs] == [True, False, True]


def test_gaze_in_the_room_undoes_the_gate():
    draft = Draft.neutral()
    draft.gaze[:] = 0.12, -0.05
    draft.head[:3] = 0.06, -0.15, 0.08
    shown = pass_gate(0, draft)
    back = in_room(shown.head[None].astype(float), shown.gaze[None].astype(float))
    assert np.radians(back[0]) == pytest.approx([0.12, -0.05], abs=1e-5)


def test_power_lies_where_the_head_moves():
    time = np.arange(6000) / RATE
    head = np.zeros((6000, 6))
    head[:, 1] = np.radians(3 * np.sin(2 * np.pi * 1.5 * time))
    told = heads.shares([face(60, head=head)])
    assert told["1 to 2 Hz"] > 90 and told["above 6 Hz"] < 1


def test_a_face_that_follows_the_voice_and_one_that_does_not():
    rng = np.random.default_rng(4)
    voice = np.convolve(rng.standard_normal(6000), np.hanning(25), "same")
    with_it = 0.5 * voice + np.convolve(rng.standard_normal(6000), np.hanning(25), "same")
    told = following.correlation([with_it], [voice], 1)
    assert told.r > told.high and abs(told.chance) < 0.02 and told.r > 0.3
    apart = following.correlation([np.roll(with_it, 1500)], [voice], 1)
    assert abs(apart.r) < 0.12 and abs(apart.chance) < 0.02


def test_nods_are_quick_and_turns_are_not():
    time = np.arange(3000) / RATE
    head = np.zeros((3000, 6))
    for at in (5.0, 12.0, 20.0):
        head[:, 0] += np.radians(2.5) * np.exp(-(((time - at) / 0.15) ** 2))
    head[:, 0] += np.radians(6) * np.sin(2 * np.pi * time / 20)
    assert manners.nods(face(30, head=head)).tolist() == pytest.approx([5, 12, 20], abs=0.05)


def test_breaths_are_counted():
    time = np.arange(6000) / RATE
    body = np.zeros((6000, 3))
    body[:, 0] = 0.0015 * (1 - np.cos(2 * np.pi * time / 4))
    rate, share = manners._breaths([face(60, body=body)])
    assert rate == pytest.approx(15, abs=1) and share == pytest.approx(0.5, abs=0.02)


def test_talk_has_pauses_and_turns():
    phrase = np.ones(2 * SAMPLE_RATE) * 0.1
    talk = material.laid_out("x", [phrase], 60.0, 3)
    assert talk.seconds == 60.0 and len(talk.pcm) == 60 * 48_000
    gaps = np.array([b[0] - a[1] for a, b in zip(talk.phrases, talk.phrases[1:], strict=False)])
    assert gaps.min() >= 0.4 and gaps.max() <= 5.5 and (gaps > 2.4).any() and (gaps < 1.6).any()
    assert len(talk.turns) == 1 + (gaps > 2.4).sum()


def test_without_recordings_a_voice_is_made_up_and_said_to_be(monkeypatch):
    def none(*_):
        raise FileNotFoundError

    monkeypatch.setattr(material.speech_data, "index", none)
    talks, kind = material.talks(40, 1)
    assert "formula" in kind and len(talks) == 2
    assert all(len(talk.phrases) >= 3 for talk in talks)


def heard_as(f0, seconds, speaking=True):
    count = round(seconds * SAMPLE_RATE / HOP)
    voice = Voice(0, True, speaking, -25.0)
    prosody = Prosody(f0, 0.9, -25.0, 0.7, 0.0)
    return [Heard(voice, prosody, np.zeros((1, 2, 40), np.float32))] * count


def period_of(samples):
    """Samples of the strongest period between 65 and 400 Hz."""
    part = samples[4000:8000]
    correlation = np.correlate(part, part, "full")[len(part) - 1 :]
    return 40 + int(np.argmax(correlation[40:246]))


@pytest.mark.parametrize("semitones", [-3.0, 0.0, 4.0])
def test_acting_changes_the_pitch_as_told(semitones):
    time = np.arange(2 * SAMPLE_RATE) / SAMPLE_RATE
    buzz = sum(np.sin(2 * np.pi * 125 * k * time) / k for k in range(1, 12))
    talk = material.Talk("x", (0.1 * buzz).astype(np.float32), (), ())
    said = acted(talk, heard_as(125.0, 2.0), Manner(semitones), 0.0)
    wanted = SAMPLE_RATE / (125 * 2 ** (semitones / 12))
    assert period_of(said.samples) == pytest.approx(wanted, rel=0.03)


def test_acting_keeps_what_comes_first_and_moves_the_rest():
    samples = syllables(6.0, rate=SAMPLE_RATE).astype(np.float32)
    talk = material.Talk("x", samples, ((1.0, 2.0), (4.0, 5.0)), ())
    slow = acted(talk, heard_as(120.0, 6.0), Manner(rate=0.8), 3.0)
    assert (slow.samples[: 3 * SAMPLE_RATE] == samples[: 3 * SAMPLE_RATE]).all()
    assert slow.seconds == pytest.approx(3 + 3 / 0.8, abs=0.01)
    assert slow.phrases[1] == pytest.approx((4.25, 5.5))
    loud = acted(talk, heard_as(120.0, 6.0), Manner(level_db=6.0), 3.0)
    rms = [np.sqrt(np.mean(one[3 * SAMPLE_RATE :] ** 2)) for one in (loud.samples, samples)]
    assert rms[0] / rms[1] == pytest.approx(2, rel=0.1)
    assert MANNERS["neutral"] is NEUTRAL


def test_the_voice_is_told_at_the_faces_own_rate():
    track = voice_track(heard_as(100.0, 2.0), 200)
    assert track.pitch.shape == (200,) and np.ptp(track.pitch) < 1e-6


def test_verdicts():
    def told(value):
        return people.Finding("blinks", "closing takes", value).verdict

    assert [told(v) for v in (40, 90, 200, math.nan)] == [
        people.UNLIKE,
        people.LIKE_PEOPLE,
        people.UNLIKE,
        people.OPEN,
    ]
    assert people.Finding("x", "nobody knows", 1.0).verdict == people.OPEN


def test_every_range_names_its_source():
    for what, of in people.RANGES.items():
        assert of.source in people.SOURCES, what
        assert of.low is not None or of.high is not None
    assert {of.source for of in people.RANGES.values()} | {"Banse 1996"} == set(people.SOURCES)


def test_the_table_is_readable_at_100_columns(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "100")
    found = [people.Finding(group, what, 123.456, "°/s") for group, what in people.RANGES]
    bench.show(found, "about it")
    told = capsys.readouterr().out
    assert max(map(len, told.splitlines())) <= 100
    for _, what in people.RANGES:
        assert what.strip() in told
