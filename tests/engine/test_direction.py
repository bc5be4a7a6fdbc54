"""What a session is told of how to behave, and what of it outlives a reset."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from engine.behaviour import Attention, Behaviour, Emotion
from engine.errors import InvalidInput
from engine.face import FaceFrame
from engine.options import SessionOptions
from engine.speech.audio import INPUT_HOP
from tests.engine.heard import mouth
from tests.engine.sessions import engine as shared
from tests.engine.sessions import numbers
from tests.synthetic import pcm, silence, syllables

VOICE = pcm(silence(0.2), syllables(0.5), silence(0.3))


def test_a_reset_may_go_on_from_the_pose_that_is_shown() -> None:
    session = shared().session(SessionOptions(look_ahead_ms=0), "motion")
    for start in range(0, len(VOICE), INPUT_HOP):
        session.push(VOICE[start : start + INPUT_HOP])
        last = (session.curves() or [FaceFrame.neutral()])[-1]
        if mouth([last]).max() > 0.2:
            break
    session.reset(smoothly=True)
    session.push(np.zeros(30 * INPUT_HOP, np.int16))
    first, *_, settled = session.curves()
    assert first.time == 0
    steps = np.abs(numbers([last])[0, 1:] - numbers([first])[0, 1:])
    assert steps.max() < 0.1, "the jaw included"
    assert mouth([first]).max() > 0.1 and not mouth([settled]).any()


def test_behaviour_and_cues_reach_the_face_and_outlive_a_reset_or_not() -> None:
    def shown(**told: Any) -> NDArray[np.float64]:
        session = shared().session(SessionOptions(look_ahead_ms=0), "motion")
        session.set_behaviour(Behaviour(**told.get("behaviour", {})))
        session.set_role(told.get("role", "speaker"))
        session.set_others(told.get("others", False))
        session.attend(told.get("attention"))
        if "cue" in told:
            session.cue_emotion(told["cue"])
        if told.get("reset"):
            session.reset()
        session.push(VOICE)
        return numbers(session.curves())

    plain, joyful = shown(), shown(cue=Emotion("joy", 1.0, 5.0))
    assert not np.array_equal(joyful, plain)
    assert np.array_equal(shown(cue=Emotion("joy", 1.0, 5.0), reset=True), plain)
    for told in (
        {"behaviour": {"head": 0.0}},
        {"role": "listener"},
        {"attention": Attention(0.3, 0.0)},
    ):
        assert not np.array_equal(shown(**told), plain)
        assert np.array_equal(shown(**told, reset=True), shown(**told))
    with pytest.raises(InvalidInput, match="role"):
        shown(role="dancer")
