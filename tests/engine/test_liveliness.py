"""The layers together: what each leaves to the others, and that nothing leaps, whatever happens."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.behaviour import (
    CAMERA_STYLES,
    EMOTIONS,
    LAYERS,
    Attention,
    Behaviour,
    Direction,
    Emotion,
)
from engine.face import ARKIT, FaceFrame, Floats
from engine.motion import gate
from engine.motion.performance import Performance
from engine.render.scene import rotation
from engine.voice import Heard
from tests.engine.heard import SPEECH_SHAPES, model, mouth, said, shape, spoken
from tests.engine.sessions import numbers

SOUNDS = (
    ["SIL"] * 40 + ["AA", "AA", "M", "IY", "UW", "P", "S", "F", "OW", "N"] * 30 + ["SIL"] * 90
) * 3
LEFT_ALONE: dict[str, tuple[str, ...]] = {
    "blink": ("brows", "lips", "look", "head", "camera", "body"),
    "gaze": ("brows", "lips"),
    "head": ("lids", "brows", "lips", "look"),
    "body": ("lids", "brows", "lips", "look"),
    "expression": ("look",),
    "pauses": ("brows", "look"),
    "listening": ("lids", "look"),
    "camera": ("lids", "brows", "lips", "look", "head", "body"),
}
"""What does not change when a layer is switched off. Eyes lead the head, which the trunk follows
and the camera keeps in the picture; lids blink with large looks; breath lifts the head a little."""


def lively(hops: list[Heard]) -> list[Heard]:
    """The same voice with the prosody of somebody who means it."""
    rng = np.random.default_rng(3)
    made = []
    for number, hop in enumerate(hops):
        accent = float(max(0.0, np.sin(number / 9.0))) ** 4 if hop.voice.active else 0.0
        told = replace(
            hop.prosody,
            accent=accent,
            contour=4 * accent,
            rate=4.5,
            arousal=float(np.sin(number / 150)),
            valence=float(np.sin(number / 230)),
            final=0.7,
            question=0.5,
            stressed_at=hop.voice.time if accent and rng.random() < 0.1 else None,
        )
        made.append(Heard(hop.voice, told, hop.posteriors))
    return made


def voice() -> list[Heard]:
    return lively(spoken([sound for sound in SOUNDS for _ in range(2)]))


def performed(hops: list[Heard], behaviour: Behaviour, seed: int = 1) -> list[FaceFrame]:
    performance = Performance(model(), 960, seed, Direction(behaviour=behaviour))
    return [pose for hop in hops for pose in performance.push(hop)]


def parts(faces: list[FaceFrame]) -> dict[str, Floats]:
    names = [name for name in FaceFrame.__slots__ if name != "time"]
    arrays = {name: np.array([getattr(face, name) for face in faces]) for name in names}
    shapes = arrays["blendshapes"]
    for part, stems in (("lids", "eyeBlink"), ("brows", "brow"), ("lips", ("mouth", "jaw"))):
        arrays[part] = shapes[:, [i for i, name in enumerate(ARKIT) if name.startswith(stems)]]
    arrays["look"] = np.array([_look(face) for face in faces])
    return arrays


def _look(face: FaceFrame) -> Floats:
    """Where in the room a face looks."""
    pitch, yaw, roll = face.head[:3].tolist()
    turned = rotation(pitch, yaw, roll) @ rotation(float(face.gaze[1]), float(face.gaze[0]))
    return np.asarray(turned[:, 2], np.float32)


@pytest.fixture(scope="module")
def natural() -> dict[str, Floats]:
    return parts(performed(voice(), Behaviour()))


@pytest.mark.parametrize("layer", LAYERS)
def test_switching_a_layer_off_leaves_the_others_as_they_were(
    layer: str, natural: dict[str, Floats]
) -> None:
    without = parts(performed(voice(), Behaviour(**{layer: 0.0})))
    for part in LEFT_ALONE[layer]:
        assert np.allclose(without[part], natural[part], atol=1e-5), part


def test_without_any_layer_only_the_mouth_moves() -> None:
    still = Behaviour(**dict.fromkeys(LAYERS, 0.0))
    faces = parts(performed(voice(), still))
    upper = [
        i
        for i, name in enumerate(ARKIT)
        if not name.startswith(("mouth", "jaw", "cheek", "tongue"))
    ]
    settled = slice(300, None)
    assert mouth_moves(faces)
    assert np.abs(faces["blendshapes"][settled][:, upper]).max() < 2e-3
    for part in ("head", "gaze", "body"):
        assert np.abs(faces[part][settled]).max() < 2e-3, part
    assert np.abs(faces["camera"][settled] - [0, 0, 1]).max() < 2e-3


def mouth_moves(faces: dict[str, Floats]) -> bool:
    return bool(np.ptp(faces["blendshapes"][:, SPEECH_SHAPES], axis=0).max() > 0.2)


def test_articulation_is_the_same_however_lively_the_face() -> None:
    """But for what a smile or a parted jaw adds."""
    jaws = [
        np.array(
            [face.blendshapes[ARKIT.index("mouthPucker")] for face in performed(voice(), each)]
        )
        for each in (Behaviour(), Behaviour(**dict.fromkeys(LAYERS, 0.0)))
    ]
    assert np.abs(jaws[0] - jaws[1]).max() < 0.05


STATES: st.SearchStrategy[dict[str, Any]] = st.one_of(
    st.builds(
        lambda gains, style: {"behaviour": Behaviour(**gains, camera_style=style)},
        st.dictionaries(st.sampled_from(LAYERS), st.sampled_from([0.0, 0.5, 1.0, 2.0])),
        st.sampled_from(CAMERA_STYLES),
    ),
    st.builds(lambda role: {"role": role}, st.sampled_from(["speaker", "listener"])),
    st.builds(lambda others: {"others": others}, st.booleans()),
    st.builds(
        lambda place: {"attention": place},
        st.none() | st.builds(Attention, st.floats(-0.8, 0.8), st.floats(-0.5, 0.5)),
    ),
    st.builds(
        lambda name, amount, override: {"cue": Emotion(name, amount, 1.0, override)},
        st.sampled_from(EMOTIONS),
        st.floats(0, 1),
        st.booleans(),
    ),
    st.builds(lambda sound: {"sound": sound}, st.sampled_from(["SIL", "AA", "UW", "P", "IY"])),
)


@settings(deadline=None, max_examples=15)
@given(st.lists(st.tuples(STATES, st.integers(1, 40)), min_size=4, max_size=10), st.integers(0, 99))
def test_nothing_leaps_whatever_changes(
    changes: list[tuple[dict[str, Any], int]], seed: int
) -> None:
    direction, sound, number = Direction(), "AA", 0
    performance = Performance(model(), 960, seed)
    faces: list[FaceFrame] = []
    for change, lasting in changes:
        told = dict(change)
        sound = told.pop("sound", sound)
        if "cue" in told:
            performance.cue(told.pop("cue"))
        direction = replace(direction, **told)
        performance.direct(direction)
        for _ in range(lasting):
            faces += performance.push(lively([said(number, sound)])[0])
            number += 1
    _check_bounds(faces)


def _check_bounds(faces: list[FaceFrame]) -> None:
    table = numbers(faces).astype(float)[:, 1:]
    columns = {"head": slice(52, 58), "camera": slice(60, 63), "body": slice(63, 66)}
    limits = {"head": gate.TURN[0], "camera": gate.CAMERA[-1][0], "body": gate.BODY[-1][0]}
    for name, where in columns.items():
        speed = np.abs(np.diff(table[:, where], axis=0)) * 100
        assert speed.max(initial=0) <= limits[name] * 1.01, name
    for index, shape_name in enumerate(ARKIT):
        if shape_name.startswith(("brow", "nose", "cheekSquint")):
            speed = np.abs(np.diff(table[:, index])) * 100
            assert speed.max(initial=0) <= gate.FACE[0] * 1.01, shape_name


def test_a_listener_keeps_its_mouth_shut_and_lives() -> None:
    performance = Performance(model(), 960, 1, Direction(role="listener"))
    faces = [pose for hop in voice() for pose in performance.push(hop)]
    assert shape(faces, "jawOpen").max() < 0.05
    assert np.ptp(parts(faces)["head"], axis=0)[:3].min() > 0.002
    assert shape(faces, "eyeBlinkLeft").max() > 0.9


def test_who_stops_to_speak_and_listens_shuts_its_mouth_at_once() -> None:
    performance = Performance(model(), 960, 1)
    faces = [pose for number in range(40) for pose in performance.push(said(number, "AA"))]
    assert mouth(faces)[-1].max() > 0.2
    performance.direct(Direction(role="listener"))
    faces = [pose for number in range(40, 60) for pose in performance.push(said(number, "AA"))]
    assert mouth(faces)[0].max() > 0.1, "not in one frame"
    assert not mouth(faces)[8:].any(), "but within 80 ms"


@pytest.mark.parametrize("name", EMOTIONS)
def test_an_emotion_is_shown_and_goes(name: str) -> None:
    def run(cued: bool) -> Floats:
        performance = Performance(model(), 960, 1)
        if cued:
            performance.cue(Emotion(name, 1.0, 2.0))
        hops = [said(number, "SIL") for number in range(350)]
        return parts([pose for hop in hops for pose in performance.push(hop)])["blendshapes"]

    change = np.abs(run(True) - run(False)).max(axis=1)
    assert change[0] < 0.01 and change[150] > 0.4 and change[-1] < 0.05


def test_eyes_and_head_go_where_they_are_told() -> None:
    performance = Performance(model(), 960, 1, Direction(attention=Attention(0.35, 0.1)))
    faces = [pose for number in range(200) for pose in performance.push(said(number, "SIL"))]
    seen = np.array([face.head[1] + face.gaze[0] for face in faces[60:]])
    assert np.median(seen) == pytest.approx(0.35, abs=0.05)
    assert np.median([face.head[1] for face in faces[100:]]) > 0.05, "the head follows the eyes"


def test_a_face_that_begins_anew_goes_on_from_where_it_was() -> None:
    before = Performance(model(), 960, 1)
    faces = [pose for number in range(100) for pose in before.push(said(number, "AA"))]
    after = Performance(model(), 960, 2, start=faces[-1])
    faces = faces[-3:] + [p for number in range(100) for p in after.push(said(number, "SIL"))]
    _check_bounds(faces)
    assert mouth(faces)[3].max() > 0.2 and not mouth(faces)[40:].any()
