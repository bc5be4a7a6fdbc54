"""The default head as shipped: complete, symmetric, closed, well-formed and up to date."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from engine.avatar.head.build import made_from, options_file
from engine.avatar.rig import DEFAULT, Head, Part, load_head
from engine.face import ARKIT, Floats

CORRECTIVES = ("eyeBlinkHalfLeft", "eyeBlinkHalfRight", "tongueUp", "mouthPurse")
MOUTH = ("jaw", "mouth", "tongue")
EYES = ("eyeBlink", "eyeSquint", "eyeWide", "eyeLook")
EYE_LEVEL, MOUTH_LEVEL = -1.8, -3.2  # cm: lids and mouth shapes stay on their own side of these
MIRROR = np.array([-1, 1, 1], np.float32)


@pytest.fixture(scope="module")
def head() -> Head:
    return load_head()


def moved(part: Part, name: str) -> Floats:
    """The part's dense displacement under one shape; zero if the part lacks it."""
    change = np.zeros_like(part.position)
    if name in part.shapes:
        change[part.shapes[name].index] = part.shapes[name].position
    return change


def twins(points: Floats) -> NDArray[np.intp]:
    """For each vertex the one at its mirror image."""
    order = np.lexsort(np.round(points * 1e3).astype(int).T)
    mirrored = np.lexsort(np.round(points * MIRROR * 1e3).astype(int).T)
    pairs = np.empty(len(points), np.intp)
    pairs[mirrored] = order
    return pairs


def other_side(name: str) -> str:
    for a, b in (("Left", "Right"), ("Right", "Left")):
        if name.endswith(a):
            return name.removesuffix(a) + b
    return name


def slit(skin: Part) -> list[tuple[int, int]]:
    """Pairs (upper, lower) of skin vertices that share a place: where the lips touch."""
    keys: dict[bytes, list[int]] = {}
    for i, place in enumerate(skin.position):
        keys.setdefault(place.tobytes(), []).append(i)
    drop = moved(skin, "jawOpen")[:, 1]
    return [
        (max(pair, key=lambda i: drop[i]), min(pair, key=lambda i: drop[i]))
        for pair in keys.values()
        if len(pair) == 2
    ]


def test_every_arkit_shape_and_corrective_is_there(head: Head) -> None:
    present = {name for part in head.parts for name in part.shapes}
    assert present == set(ARKIT) | set(CORRECTIVES)


def test_shapes_are_in_the_parts_that_they_move(head: Head) -> None:
    assert "tongueOut" in head.part("tongue").shapes
    assert "tongueUp" in head.part("tongue").shapes
    for name in ("skin", "teeth_lower", "gum_lower", "tongue"):
        assert "jawOpen" in head.part(name).shapes
    for name in ("teeth_upper", "gum_upper", "hair", "eye"):
        assert "jawOpen" not in head.part(name).shapes
    assert "browInnerUp" in head.part("brow").shapes
    assert "eyeBlinkLeft" in head.part("lash").shapes


def test_arrays_are_sound(head: Head) -> None:
    for part in head.parts:
        for field in ("position", "normal", "bind", "colour", "light", "shadow"):
            assert np.isfinite(getattr(part, field)).all(), (part.name, field)
        assert np.abs(np.linalg.norm(part.normal, axis=1) - 1).max() < 0.01, part.name
        assert part.faces.min() >= 0
        assert part.faces.max() < len(part.position)
        assert part.light.min() >= 0 and part.light.max() <= 1
        for name, shape in part.shapes.items():
            assert np.isfinite(shape.position).all(), name
            assert np.isfinite(shape.normal).all(), name
            assert (np.diff(shape.index) > 0).all(), name


def test_faces_are_wound_consistently_and_outwards(head: Head) -> None:
    for part in head.parts:
        f = part.faces.astype(np.int64)
        edges = np.concatenate([f[:, [0, 1]], f[:, [1, 2]], f[:, [2, 0]]])
        keys = edges[:, 0] << 32 | edges[:, 1]
        assert len(np.unique(keys)) == len(keys), f"{part.name}: an edge is run twice one way"
        a, b, c = (part.position[f[:, k]] for k in range(3))
        agree = (np.cross(b - a, c - a) * part.normal[f].sum(1)).sum(1) > 0
        assert agree.mean() > 0.95, part.name


def test_lids_and_brows_leave_the_mouth_alone_and_the_reverse(head: Head) -> None:
    skin = head.part("skin")
    y = skin.position[:, 1]
    for name in skin.shapes:
        still = np.abs(moved(skin, name)).max(1) < 0.02
        if name.startswith(MOUTH) and not name.startswith("mouthSmile"):
            assert still[y > EYE_LEVEL + 1.0].all(), name
        if name.startswith((*EYES, "brow")):
            assert still[y < MOUTH_LEVEL].all(), name
    for name in ARKIT:
        if name.startswith(MOUTH):
            assert name not in head.part("lash").shapes
            assert name not in head.part("brow").shapes


def test_left_shapes_mirror_right_shapes(head: Head) -> None:
    for part in (head.part(name) for name in ("skin", "brow", "lash")):
        pairs = twins(part.position)
        assert np.abs(part.position[pairs] - part.position * MIRROR).max() < 2e-3
        _, place, count = np.unique(
            np.round(part.position * 1e3), axis=0, return_inverse=True, return_counts=True
        )
        single = count[place.ravel()] == 1
        for name in part.shapes:
            ours, theirs = moved(part, name), moved(part, other_side(name))
            assert np.abs(theirs[pairs] - ours * MIRROR)[single].max() < 0.01, name


def test_sided_shapes_stay_on_their_side(head: Head) -> None:
    skin = head.part("skin")
    x = skin.position[:, 0]
    for name in skin.shapes:
        if name.startswith(("mouthLeft", "mouthRight", "jaw")) or name == other_side(name):
            continue
        sign = 1 if name.endswith("Left") else -1
        assert np.abs(moved(skin, name)[sign * x < -2.6]).max() < 0.25, name
        assert np.abs(moved(skin, name)[sign * x > 0]).max() > 0.03, name


def test_lips_touch_at_rest_and_never_cross(head: Head) -> None:
    skin = head.part("skin")
    pairs = slit(skin)
    assert len(pairs) >= 25
    upper, lower = np.array(pairs).T
    assert np.ptp(skin.position[upper, 0]) > 4.0, "the line where lips touch is the whole mouth"
    for name in skin.shapes.keys() - {"mouthClose"}:
        change = moved(skin, name)
        gap = (change[upper] - change[lower])[:, 1]
        behind = np.abs(change[upper] - change[lower])[:, 2] > 0.1
        assert (gap[~behind] > -0.09).all(), name


@pytest.mark.parametrize(
    "pose",
    [
        ("mouthShrugLower", "mouthShrugUpper"),
        ("noseSneerLeft", "noseSneerRight"),
        ("mouthSmileLeft", "mouthSmileRight", "cheekSquintLeft", "cheekSquintRight"),
    ],
)
def test_what_does_not_open_the_mouth_keeps_it_shut(head: Head, pose: tuple[str, ...]) -> None:
    skin = head.part("skin")
    upper, lower = np.array(slit(skin)).T
    total = sum((moved(skin, name) for name in pose), np.zeros_like(skin.position))
    assert np.abs((total[upper] - total[lower])[:, 1]).max() < 0.01


def test_resting_expression_keeps_the_mouth_shut(head: Head) -> None:
    skin = head.part("skin")
    upper, lower = np.array(slit(skin)).T
    total = np.zeros_like(skin.position)
    for key, value in head.settings.items():
        if key.startswith("rest_"):
            assert isinstance(value, float)
            total += value * moved(skin, key.removeprefix("rest_"))
    assert np.abs((total[upper] - total[lower])[:, 1]).max() < 0.02


def test_mouth_close_undoes_jaw_open_at_the_lips(head: Head) -> None:
    skin = head.part("skin")
    upper, lower = np.array(slit(skin)).T
    for jaw in (0.3, 0.6, 1.0):
        total = jaw * (moved(skin, "jawOpen") + moved(skin, "mouthClose"))
        assert np.abs(total[upper] - total[lower]).max() < 0.06 * jaw
        assert total[lower, 1].mean() < -0.8 * jaw


def test_blink_meets_and_clears_the_eyeball(head: Head) -> None:
    skin = head.part("skin")
    centre = head.eye_centres[0]
    lid = np.linalg.norm(moved(skin, "eyeBlinkLeft"), axis=1) > 0.15
    for blink in (0.25, 0.5, 0.75, 1.0):
        in_between = 4 * blink * (1 - blink)
        at = skin.position + blink * moved(skin, "eyeBlinkLeft")
        at = at + in_between * moved(skin, "eyeBlinkHalfLeft")
        front = lid & (np.linalg.norm(skin.position - centre, axis=1) > head.eye_radius + 0.1)
        assert np.linalg.norm(at[front] - centre, axis=1).min() > head.eye_radius, blink


def test_light_enough_for_a_software_renderer(head: Head) -> None:
    drawn = sum(len(part.faces) * (2 if part.name == "eye" else 1) for part in head.parts)
    assert drawn <= 22_500
    assert DEFAULT.stat().st_size < 5e6


def test_asset_is_as_new_as_its_sources(head: Head) -> None:
    """A stale asset fails here; `make avatar` renews it."""
    assert head.made_from == made_from(options_file(head.name))
