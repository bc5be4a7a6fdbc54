from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.motion.lookahead import split
from engine.timeline import MOTION_HOP
from tests.engine.heard import HEADS_MS

HEADS = st.lists(st.integers(0, 12).map(lambda frames: 10 * frames), min_size=1, unique=True).map(
    lambda delays: (0, *sorted(set(delays) - {0}))
)


@given(st.integers(0, 2560), HEADS)
def test_no_more_is_spent_than_there_is(look_ahead: int, heads_ms: tuple[int, ...]) -> None:
    share = split(look_ahead, heads_ms)
    assert share.heard == heads_ms[share.head] // 10
    assert share.ahead >= 0
    assert (share.heard + share.ahead) * MOTION_HOP <= look_ahead


@given(st.integers(0, 2560), HEADS)
def test_nothing_is_left_lying(look_ahead: int, heads_ms: tuple[int, ...]) -> None:
    share = split(look_ahead, heads_ms)
    assert look_ahead - (share.heard + share.ahead) * MOTION_HOP < MOTION_HOP


@given(st.integers(0, 2400), HEADS)
def test_more_look_ahead_never_hears_less(look_ahead: int, heads_ms: tuple[int, ...]) -> None:
    assert split(look_ahead, heads_ms).heard <= split(look_ahead + MOTION_HOP, heads_ms).heard


def test_without_look_ahead_the_first_head_answers_alone() -> None:
    share = split(0, HEADS_MS)
    assert (share.head, share.heard, share.ahead) == (0, 0, 0)


@pytest.mark.parametrize("look_ahead_ms", [60, 100, 160])
def test_both_shares_get_something(look_ahead_ms: int) -> None:
    share = split(look_ahead_ms * 16, HEADS_MS)
    assert share.heard > 0
    assert share.ahead > 0
