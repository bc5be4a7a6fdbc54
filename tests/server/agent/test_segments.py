"""Pace, order and bounds of what waits to be said, by a clock that the test turns."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from server.agent.intake import SoundFormat
from server.agent.segments import LIMIT, Block, Segments
from server.ingest import BLOCK

SOUND = SoundFormat("pcm16", 48_000)


def ramp(samples: int, start: int = 1) -> np.ndarray:
    return (np.arange(start, start + samples) % 30_000 + 1).astype("<i2")


def heard(blocks: list[Block]) -> np.ndarray:
    """What of them is sound."""
    sound = np.concatenate([block.pcm for block in blocks])
    return sound[sound != 0]


def run(segments: Segments, start: float, end: float) -> list[Block]:
    """Blocks up to ``end``, asked for every 10 ms."""
    times = np.arange(round(start * 100), round(end * 100)) / 100
    return [block for now in times for block in segments.due(float(now))]


def test_a_burst_is_played_at_its_pace() -> None:
    segments = Segments(SOUND, 0.0)
    sound = ramp(48_000)
    segments.append(sound.tobytes(), 0.0)
    segments.end(0.0)
    blocks = run(segments, 0.0, 2.0)
    assert len(blocks) == 100 and all(len(block.pcm) == BLOCK for block in blocks)
    assert [block.segment is not None for block in blocks] == [True] * 50 + [False] * 50
    assert np.array_equal(heard(blocks), sound) and segments.waiting == 0
    assert [block.until for block in blocks[:50]] == list(range(BLOCK, 48_001, BLOCK))


@settings(deadline=None, max_examples=30)
@given(st.lists(st.tuples(st.integers(1, 4000), st.booleans()), min_size=1, max_size=20))
def test_nothing_is_lost_or_reordered_and_segments_never_share_a_block(
    pieces: list[tuple[int, bool]],
) -> None:
    segments, brought = Segments(SOUND, 0.0), 0
    for length, ends in pieces:
        segments.append(ramp(length, brought).tobytes(), 0.0)
        brought += length
        if ends:
            segments.end(0.0)
    blocks = run(segments, 0.0, 0.1 + (brought / BLOCK + 20) * 0.02)
    assert np.array_equal(heard(blocks), np.concatenate([ramp(brought, 0)]))
    said = [block.segment for block in blocks if block.segment]
    assert [one.id for one in dict.fromkeys(said)] == [
        f"item_{n + 1}" for n in range(len(dict.fromkeys(said)))
    ]
    assert all(one.given == one.came for one in said)


def test_what_comes_just_in_time_stutters_once_and_then_flows() -> None:
    segments, blocks = Segments(SOUND, 0.0), []
    for number in range(50):
        now = number * 0.02 + (0.015 if number % 3 == 0 else 0.0)  # it comes unevenly
        segments.append(ramp(BLOCK, number * BLOCK).tobytes(), now)
        blocks += segments.due(now)
    voiced = [block.segment is not None for block in blocks]
    assert voiced == sorted(voiced), "silence first, then sound without a gap"
    assert voiced.count(False) <= 4


def test_where_it_runs_dry_there_is_silence_and_the_next_gathers_anew() -> None:
    segments = Segments(SOUND, 0.0)
    segments.append(ramp(3 * BLOCK).tobytes(), 0.0)
    assert len([b for b in run(segments, 0.0, 0.3) if b.segment]) == 3
    segments.append(ramp(BLOCK).tobytes(), 0.3)
    assert not [b for b in run(segments, 0.3, 0.36) if b.segment], "it waits for more"
    assert len([b for b in run(segments, 0.36, 0.5) if b.segment]) == 1, "but not for ever"


def test_a_part_of_a_block_that_nothing_follows_is_said() -> None:
    segments = Segments(SOUND, 0.0)
    segments.append(ramp(100).tobytes(), 0.0)
    assert np.array_equal(heard(run(segments, 0.0, 0.3)), ramp(100))


def test_a_cut_forgets_what_waits_and_silence_follows() -> None:
    segments = Segments(SOUND, 0.0)
    first = segments.append(ramp(48_000).tobytes(), 0.0)
    segments.end(0.0)
    second = segments.append(ramp(48_000).tobytes(), 0.0)
    run(segments, 0.0, 0.5)
    assert segments.clear() == [first, second] and second.ended and segments.waiting == 0
    third = segments.append(ramp(4 * BLOCK).tobytes(), 0.5)
    blocks = run(segments, 0.5, 1.0)
    assert [block.segment for block in blocks[:3]] == [None] * 3
    assert {block.segment for block in blocks} == {None, third}


def test_it_says_when_it_is_full() -> None:
    segments = Segments(SOUND, 0.0)
    for _ in range(60):
        assert not segments.full
        segments.append(bytes(2 * 48_000), 0.0)
    assert segments.full and segments.waiting == LIMIT
    run(segments, 0.0, 0.05)
    assert not segments.full


def test_a_server_that_was_held_up_does_not_rush() -> None:
    segments = Segments(SOUND, 0.0)
    segments.append(ramp(20 * BLOCK).tobytes(), 0.0)
    run(segments, 0.0, 0.1)
    assert len(segments.due(0.18)) == 5, "it catches up a little"
    assert len(segments.due(5.0)) == 1, "but not on seconds"


def test_crumbs_take_no_more_room_than_loaves() -> None:
    segments = Segments(SOUND, 0.0)
    for number in range(5000):
        segments.append(ramp(1, number).tobytes(), 0.0)
    assert segments.waiting == 5000 and len(segments._queue) <= 6
    assert np.array_equal(heard(run(segments, 0.0, 0.3))[:5000], ramp(5000, 0))
    for _ in range(LIMIT // BLOCK):
        segments.append(ramp(1).tobytes(), 0.0)
        segments.end(0.0)
    assert segments.full, "each is a block when it is said"
