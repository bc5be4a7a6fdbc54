"""Emotions that are asked for: in time, alive, blended, and out of the way of speech."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

from engine.avatar.expressions import EMOTIONS as STILLS
from engine.behaviour import EMOTIONS, Emotion
from engine.face import INDEX
from engine.motion.cues import Cues as Requests
from engine.motion.emotion import FELT, Cues
from engine.motion.layers import Draft, Moment
from tests.engine.conversation import Array
from tests.engine.expressed import at_rest, shape, speech, weights

LEADING = {
    **{"joy": "mouthSmile", "sad": "browInnerUp", "angry": "browDown"},
    **{"surprised": "browOuterUp", "disgusted": "noseSneer", "afraid": "eyeWide"},
}


def asked(moments: list[Moment], *cues: Emotion) -> Iterator[Moment]:
    """The moments with cues that are given after a second."""
    requests = Requests()
    for moment in moments:
        if moment.time == 16_000:
            for cue in cues:
                requests.give(cue)
        requests.move(moment.time)
        yield replace(moment, emotions=requests.emotions, override=requests.override)


def played(*cues: Emotion, moments: list[Moment] | None = None, gain: float = 1) -> list[Draft]:
    """What `Cues` adds to eight seconds."""
    layer = Cues(np.random.default_rng(1))
    made = []
    for moment in asked(list(at_rest(8)) if moments is None else moments, *cues):
        draft = Draft.neutral()
        layer.move(moment, draft, gain)
        made.append(draft)
    return made


def curve(made: list[Draft], name: str) -> Array:
    return shape(made, LEADING[name])


@pytest.mark.parametrize("name", EMOTIONS)
def test_a_cue_comes_is_there_and_goes(name: str) -> None:
    seen = curve(played(Emotion(name, 0.8, 2.0)), name)
    top = STILLS[name].weights[LEADING[name]]
    assert not seen[:100].any()
    assert seen[120] < 0.6 * seen.max(), "not at once"
    assert seen[100:160].max() > 0.65 * top, "within 0.6 s"
    assert seen[170:300].min() > 0.55 * top, "and stays"
    assert seen[450] < 0.15 * top, "gone in a second and a half"
    assert not weights(played(Emotion(name, 0.8, 2.0)))[-1].any()


def test_more_is_asked_and_more_is_seen() -> None:
    for name in EMOTIONS:
        tops = [curve(played(Emotion(name, amount)), name).max() for amount in (0.3, 0.6, 1.0)]
        assert tops[0] < 0.8 * tops[1] < tops[2]
        assert curve(played(Emotion(name, 1.0), gain=2), name).max() <= 1.1


def test_an_expression_that_is_held_is_never_frozen() -> None:
    seen = weights(played(Emotion("surprised", 0.8, 6.0)))[200:650]
    moving = np.ptp(seen, axis=0)
    assert moving[INDEX["browInnerUp"]] > 0.02 and moving[INDEX["eyeWideLeft"]] > 0.02
    still = np.abs(np.diff(seen, axis=0)).max(axis=1) < 1e-5
    assert still.mean() < 0.1


def test_it_comes_faster_than_it_goes() -> None:
    for name in EMOTIONS:
        seen = curve(played(Emotion(name, 0.8, 2.0)), name)
        speed = np.diff(seen)
        assert speed[:180].max() > 1.2 * -speed[300:].min()


def test_speech_keeps_its_lips_and_the_rest_stays() -> None:
    cue = Emotion("surprised", 0.9, 5.0)
    silent, talking = played(cue), played(cue, moments=speech(8))
    jaw, brow = (
        [shape(made, stem)[150:250].mean() for made in (silent, talking)]
        for stem in ("jawOpen", "browOuterUp")
    )
    assert jaw[0] > 0.25 > 0.1 > jaw[1]
    assert brow[1] == pytest.approx(brow[0], rel=0.02)
    smiles = [
        shape(played(Emotion("joy", 0.7, 4.0), moments=m), "mouthSmile")[170:250].mean()
        for m in (None, speech(8))
    ]
    assert 0.4 * smiles[0] < smiles[1] < 0.8 * smiles[0]


def test_emotions_blend_and_none_is_doubled() -> None:
    both = played(Emotion("joy", 0.7, 4.0), Emotion("surprised", 0.7, 4.0))
    alone = {name: played(Emotion(name, 0.7, 4.0)) for name in ("joy", "surprised")}
    for name in ("joy", "surprised"):
        assert curve(both, name)[200:].max() >= 0.95 * curve(alone[name], name)[200:].max()
    assert weights(played(*(Emotion(name, 1.0, 4.0) for name in EMOTIONS))).max() <= 1
    bitter = played(Emotion("joy", 0.6, 4.0), Emotion("sad", 0.6, 4.0))
    assert curve(bitter, "joy").max() < 0.7 * curve(alone["joy"], "joy").max()
    assert curve(bitter, "sad").max() > 0.4


def test_head_and_gaze_go_along_unless_there_is_something_to_look_at() -> None:
    sad = played(Emotion("sad", 0.9, 4.0))
    assert max(draft.head[0] for draft in sad) > 0.05
    assert max(draft.gaze[1] for draft in sad) > 0.05
    looking = [replace(moment, attention=(0.2, 0.0)) for moment in at_rest(8)]
    assert not np.any([draft.gaze for draft in played(Emotion("sad"), moments=looking)])


def test_the_poses_are_those_of_the_stills() -> None:
    assert tuple(FELT) == EMOTIONS == tuple(name for name in STILLS if name != "neutral")
    for name in EMOTIONS:
        made = weights(played(Emotion(name, 1.0, 4.0)))[250]
        still = STILLS[name].frame().blendshapes
        others = [STILLS[other].frame().blendshapes for other in EMOTIONS if other != name]
        likeness = [
            made @ pose / np.linalg.norm(made) / np.linalg.norm(pose) for pose in [still, *others]
        ]
        assert likeness[0] > 0.9
        assert likeness[0] == max(likeness)
