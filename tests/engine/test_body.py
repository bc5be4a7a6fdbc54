from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from engine.motion.body import Body
from engine.motion.layers import Draft, Moment, Pause
from tests.engine.conversation import monologue, silence, spoken, utterances

DEGREE = np.pi / 180
BREATH, SHRUG, LEAN = range(3)


def body(
    moments: Iterable[Moment], seed: int = 1, gain: float = 1.0, pitch: float = 0.0
) -> NDArray[np.float64]:
    """(moments, 3), with a head that was bent by ``pitch`` degrees before."""
    layer = Body(np.random.default_rng(seed))
    layer.gain = gain
    rows = []
    for moment in moments:
        draft = Draft.neutral()
        draft.head[0] = pitch * DEGREE
        layer.move(moment, draft)
        rows.append(draft.body)
    return np.array(rows, np.float64)


def breaths(rise: NDArray[np.float64]) -> NDArray[np.int_]:
    """Where inhalations begin."""
    inward = np.diff(rise) > 1e-6
    return np.flatnonzero(inward[1:] & ~inward[:-1])


def test_at_rest_it_breathes_fifteen_times_a_minute_and_never_quite_alike() -> None:
    rise = body(spoken(120, silence))[:, BREATH]
    begins = breaths(rise)
    cycles = np.diff(begins) / 100
    assert 12 < 60 / cycles.mean() < 18
    assert 0.05 < cycles.std() / cycles.mean() < 0.4
    assert 0.002 < np.ptp(rise) < 0.006
    assert (np.diff(rise) > 1e-6).mean() < (np.diff(rise) < -1e-6).mean(), "out takes longer"


def test_in_speech_it_is_quick_in_at_pauses_and_slow_out() -> None:
    moments = list(spoken(60, lambda second: second % 4 < 3.1))
    speaking = np.array([moment.speaking for moment in moments])
    rise = np.diff(body(moments)[:, BREATH], prepend=0) * 100
    inward = rise > 1e-4
    assert inward[~speaking].mean() > 0.2
    assert inward[speaking].mean() < 0.2
    assert rise[inward].mean() > 3 * -rise[speaking & (rise < 0)].mean()


def test_it_comes_to_no_depth_that_no_chest_has() -> None:
    for script in (silence, monologue, utterances):
        for seed in range(5):
            rise = body(spoken(60, script, arousal=0.8), seed)[:, BREATH]
            assert rise.min() > -0.0015 and rise.max() < 0.007
            assert np.abs(np.diff(rise)).max() < 0.0004


def test_the_trunk_follows_the_head_later_and_less() -> None:
    bent, plain = (body(spoken(6, silence), pitch=pitch)[:, LEAN] for pitch in (10, 0))
    lean = (bent - plain) / DEGREE
    assert lean[20] < 0.3 < 1 < lean[-1] < 5


def test_excitement_and_attention_lean_forward_and_feelings_show() -> None:
    plain = body(spoken(6, silence))[-1]
    for change in ({"arousal": 0.8}, {"others": True}, {"emotions": {"angry": 1.0}}):
        assert body(spoken(6, silence, **change))[-1, LEAN] > plain[LEAN] + 0.5 * DEGREE
    afraid, sad = (
        body(spoken(6, silence, emotions={name: 1.0}))[-1, SHRUG] for name in ("afraid", "sad")
    )
    assert sad < plain[SHRUG] < afraid


def test_laughter_shakes_the_shoulders_some_five_times_a_second() -> None:
    shrug = body(spoken(8, silence, laughing=1.0))[200:, SHRUG]
    power = np.abs(np.fft.rfft((shrug - shrug.mean()) * np.hanning(len(shrug)))) ** 2
    frequency = np.fft.rfftfreq(len(shrug), 0.01)
    assert 4 < frequency[np.argmax(power * (frequency > 1))] < 6
    assert np.ptp(body(spoken(4, silence, laughing=0.3))[:, SHRUG]) < 0.001, "a doubtful one"


def test_without_gain_nothing_moves() -> None:
    assert not body(spoken(5, silence), gain=0.0)[200:].round(6).any()
    one, two = (body(spoken(6, monologue), gain=gain)[300:] for gain in (1.0, 2.0))
    np.testing.assert_allclose(two, 2 * one, atol=1e-5)


def test_some_questions_end_in_a_shrug() -> None:
    def ends(index: int) -> Moment:
        return Moment(
            *(index * 160, False, index == 50, 0, 0, 0), question=1.0, pause=Pause.TURN_END
        )

    highest = [body(map(ends, range(200)), seed)[:, SHRUG].max() for seed in range(20)]
    shrugged = np.array(highest) > 0.0035
    assert 2 <= shrugged.sum() <= 16
