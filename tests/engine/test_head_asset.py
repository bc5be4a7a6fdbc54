"""Every head as shipped: complete, symmetric, closed, well-formed, light enough and up to date.

What its blendshapes do is tested in test_shapes.
"""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from engine.avatar import catalogue
from engine.avatar.head.build import made_from, options_file
from engine.avatar.head.character import read_character
from engine.avatar.head.layout import EYE_RADIUS, LID_RADIUS
from engine.avatar.rig import Head, Part, triangles
from engine.face import ARKIT, Floats

CORRECTIVES = {"eyeBlinkHalfLeft", "eyeBlinkHalfRight", "tongueUp", "mouthPurse"}
MIRROR = np.array([-1, 1, 1], np.float32)
MOST_TRIANGLES = 26_000
FIELDS = ("position", "normal", "bind", "colour", "light", "shadow")


@pytest.fixture(scope="module", params=catalogue.names())
def head(request: pytest.FixtureRequest) -> Head:
    return catalogue.load(request.param)


def moved(part: Part, name: str) -> Floats:
    """The part's dense displacement under one shape; zero if the part lacks it."""
    change = np.zeros_like(part.position)
    if name in part.shapes:
        change[part.shapes[name].index] = part.shapes[name].position
    return change


def twins(points: Floats) -> NDArray[np.float64]:
    """For each vertex how far its mirror image is from the nearest vertex."""
    from scipy.spatial import cKDTree

    away, _ = cKDTree(points).query(points * MIRROR)
    return np.asarray(away)


def slit(skin: Part) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Upper and lower vertices that share a place: where the lips touch."""
    keys: dict[bytes, list[int]] = {}
    for i, place in enumerate(skin.position):
        keys.setdefault(place.tobytes(), []).append(i)
    drop = moved(skin, "jawOpen")[:, 1]
    pairs = [sorted(pair, key=lambda i: -drop[i]) for pair in keys.values() if len(pair) == 2]
    upper, lower = np.array(pairs).T
    return upper, lower


def test_it_is_what_its_options_say(head: Head) -> None:
    character = read_character(options_file(head.name))
    assert (head.title, head.style) == (character.title, character.style)
    assert ("glasses" in {p.name for p in head.parts}) == (character.glasses.style != "none")
    assert ("hair" in {p.name for p in head.parts}) == (
        character.hair.style not in ("bald", "buzz")
    )
    assert head.settings["iris_inner"] == pytest.approx(list(character.eyes.iris_inner))


def test_every_arkit_shape_and_corrective_is_there(head: Head) -> None:
    present = {name for part in head.parts for name in part.shapes}
    assert present == set(ARKIT) | CORRECTIVES


def test_arrays_are_sound(head: Head) -> None:
    for part in head.parts:
        for field in FIELDS:
            assert np.isfinite(getattr(part, field)).all(), (part.name, field)
        assert np.abs(np.linalg.norm(part.normal, axis=1) - 1).max() < 0.01, part.name
        assert part.faces.min() >= 0
        assert part.faces.max() < len(part.position)
        assert part.light.min() >= 0 and part.light.max() <= 1
        assert part.shadow.min() >= 0 and part.shadow.max() <= 1
        for name, shape in part.shapes.items():
            assert np.isfinite(shape.position).all() and np.isfinite(shape.normal).all(), name
            assert (np.diff(shape.index) > 0).all(), name


def test_faces_are_wound_consistently_and_outwards(head: Head) -> None:
    for part in head.parts:
        if part.material in ("hair", "lens"):
            continue  # ribbons and panes are seen from both sides
        f = part.faces.astype(np.int64)
        edges = np.concatenate([f[:, [0, 1]], f[:, [1, 2]], f[:, [2, 0]]])
        keys = edges[:, 0] << 32 | edges[:, 1]
        assert len(np.unique(keys)) == len(keys), f"{part.name}: an edge is run twice one way"
        a, b, c = (part.position[f[:, k]] for k in range(3))
        agree = (np.cross(b - a, c - a) * part.normal[f].sum(1)).sum(1) > 0
        assert agree.mean() > 0.95, part.name


def test_a_face_is_symmetric(head: Head) -> None:
    assert np.abs(head.eye_centres[0] - head.eye_centres[1] * MIRROR).max() < 1e-4
    for part in head.parts:
        if part.name in ("skin", "ears", "teeth_upper", "teeth_lower", "glasses"):
            assert twins(part.position).max() < 5e-3, part.name


def test_lips_touch_at_rest(head: Head) -> None:
    skin = head.part("skin")
    upper, lower = slit(skin)
    assert len(upper) >= 20
    assert np.ptp(skin.position[upper, 0]) > 3.4, "the line where lips touch is the whole mouth"
    total = np.zeros_like(skin.position)
    for key, value in head.settings.items():
        if key.startswith("rest_"):
            assert isinstance(value, float)
            total += value * moved(skin, key.removeprefix("rest_"))
    assert np.abs((total[upper] - total[lower])[:, 1]).max() < 0.02


def test_lids_fit_the_eyeballs(head: Head) -> None:
    """Lids lie where they were sculpted about the eye, measured in its radius, on every head."""
    skin = head.part("skin")
    for centre, side in zip(head.eye_centres, ("Left", "Right"), strict=True):
        lids = np.linalg.norm(moved(skin, f"eyeBlink{side}"), axis=1) > 0.2 * head.eye_radius
        off = np.linalg.norm(skin.position[lids] - centre, axis=1) / head.eye_radius
        assert lids.sum() > 20
        assert np.median(off) == pytest.approx(LID_RADIUS / EYE_RADIUS, abs=2e-3)


def test_it_is_light_enough_for_a_software_renderer(head: Head) -> None:
    assert triangles(head) <= MOST_TRIANGLES
    clothes = [part for part in head.parts if part.material == "cloth"]
    assert sum(len(part.faces) for part in clothes) <= 3000


def test_clothes_reach_below_the_picture(head: Head) -> None:
    clothes = np.concatenate([p.position for p in head.parts if p.material == "cloth"])
    eyes_to_chin = (
        head.eye_centres[0, 1]
        - head.part("skin").position[np.abs(head.part("skin").position[:, 0]) < 0.5][:, 1].min()
    )
    assert clothes[:, 1].min() < head.eye_centres[0, 1] - 1.5 * eyes_to_chin


def test_its_skin_has_a_map_small_enough_to_ship(head: Head) -> None:
    assert head.skin_map is not None
    assert head.skin_map.dtype == np.uint8 and head.skin_map.shape[2] == 3
    assert head.skin_map.std() > 2, "a map of one colour"


def test_all_together_are_small() -> None:
    sizes = [catalogue.path_of(name).stat().st_size for name in catalogue.names()]
    assert sum(sizes) < 10e6


def test_it_is_as_new_as_its_sources(head: Head) -> None:
    """A stale head fails here; `make avatar` renews it."""
    assert head.made_from == made_from(options_file(head.name))
