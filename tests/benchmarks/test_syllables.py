"""The benchmark's voice is heard as speech and opens the mouth on time: latency is told from that.

A network that takes it for noise leaves nothing to measure, and in silence.
"""

from __future__ import annotations

import av
import numpy as np
import pytest

from benchmarks import latency, syllables
from benchmarks.browser import onsets
from engine.avatar.lips import LipMeasure
from engine.avatar.rig import load_head
from engine.encode.opus import PACKET, PRE_SKIP, OpusEncoder
from engine.speech.audio import PCM
from engine.timeline import SAMPLE_RATE
from tests.engine.sessions import motion

OPEN = 0.25
"""Aperture that nobody takes for a closed mouth."""

SHUT = 0.1


def through_opus(pcm: PCM, bitrate: int = 32_000) -> PCM:
    """As a browser would send it, the codec's own delay taken off."""
    encoder = OpusEncoder(bitrate)
    decoder = av.CodecContext.create("libopus", "r")
    decoder.sample_rate, decoder.layout = syllables.RATE, "mono"
    padded = np.append(pcm, np.zeros(-len(pcm) % PACKET + PACKET, np.int16))
    packets = [encoder.encode(padded[k : k + PACKET]) for k in range(0, len(padded), PACKET)]
    frames = [frame for packet in packets for frame in decoder.decode(av.Packet(packet))]
    heard = np.concatenate([frame.to_ndarray().reshape(-1) for frame in frames])
    if heard.dtype != np.int16:
        heard = np.clip(heard * 32768, -32768, 32767).astype(np.int16)
    return heard[PRE_SKIP : PRE_SKIP + len(pcm)]


def aperture(pcm: PCM, look_ahead_ms: int) -> tuple[np.ndarray, np.ndarray]:
    """Seconds, and how far the engine's mouth is open."""
    poses = motion(pcm, look_ahead_ms=look_ahead_ms)
    lips = LipMeasure(load_head()).measure(np.array([pose.blendshapes for pose in poses]))
    return np.array([pose.time for pose in poses]) / SAMPLE_RATE, lips["aperture"]


def half_open_ms(
    times: np.ndarray, values: np.ndarray, openings: list[float]
) -> tuple[np.ndarray, np.ndarray]:
    """Of each /a/: when the mouth is half open, ms after the vowel starts, or nan if it stays shut;
    and how far it was open at the least while the lips were together."""
    late, shut = [], []
    for opening in openings:
        near = (times > opening - 0.1) & (times < opening + 0.4)
        opened = values[near].max() > OPEN
        risen = latency.rise(times[near] - opening, values[near]) if opened else np.nan
        late.append(1000 * risen)
        shut.append(values[(times > opening - 0.12) & (times < opening)].min())
    return np.array(late), np.array(shut)


@pytest.mark.parametrize(
    ("look_ahead_ms", "coded"), [(0, True), (60, False), (60, True), (160, True)]
)
def test_the_mouth_opens_with_every_vowel(look_ahead_ms: int, coded: bool) -> None:
    pcm, openings = syllables.train(12)
    times, values = aperture(through_opus(pcm) if coded else pcm, look_ahead_ms)
    late, shut = half_open_ms(times, values, openings)
    found = late[~np.isnan(late)]
    assert len(openings) >= 7
    assert len(found) >= 0.95 * len(openings)
    assert np.mean(shut < SHUT) >= 0.95, "the lips of /p/ meet"
    assert abs(np.median(found)) <= 20
    assert np.all(np.abs(found - np.median(found)) <= 20)


@pytest.mark.parametrize("gain_db", [-12, 5])
def test_a_microphone_of_another_gain_does_not_change_that(gain_db: float) -> None:
    pcm, openings = syllables.train(8)
    louder = np.clip(pcm * 10 ** (gain_db / 20), -32768, 32767).astype(np.int16)
    late, _ = half_open_ms(*aperture(louder, 60), openings)
    assert np.all(np.abs(late) <= 30)


def test_each_is_loud_at_once_so_long_before_its_vowel_and_never_quiet_for_long() -> None:
    pcm, openings = syllables.train(20)
    blocks = pcm[: len(pcm) // 240 * 240].reshape(-1, 240) / 32768
    level = np.sqrt(np.mean(blocks**2, axis=1))
    heard = onsets(np.column_stack([np.arange(1, len(level) + 1) * 0.005, level]))
    assert len(heard) == len(openings)
    assert np.all(np.abs(heard + syllables.OPENING_S - openings) <= 0.010)


def test_intervals_are_irregular_and_wide_enough_to_tell_delays_apart() -> None:
    _, openings = syllables.train(60)
    intervals = np.diff(openings)
    assert intervals.min() > syllables.SAID_S + 0.5
    assert np.std(intervals) > 0.03


def test_nothing_is_clipped_and_all_is_the_same_again() -> None:
    first, again = syllables.train(4), syllables.train(4)
    assert np.array_equal(first[0], again[0])
    assert 0.4 < np.abs(first[0]).max() / 32768 < 0.6
