"""Hair and beards as meshes: what every haircut promises to the renderer and to the face."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from engine.avatar.head.beard import grow_beard
from engine.avatar.head.field_points import SLIT, face_points
from engine.avatar.head.fields_mouth import mouth_fields
from engine.avatar.head.hair import grow
from engine.avatar.head.hair_ground import figure, on_head
from engine.avatar.head.hair_options import BEARDS, STYLES, BeardOptions, HairLayer, HairOptions
from engine.avatar.head.hair_scalp import CENTRE, hairline
from engine.avatar.head.layout import EYE, EYE_RADIUS, MOUTH_HALF_WIDTH, Array, lip_line
from engine.errors import InvalidInput
from engine.render.strands import strand_texture

CUTS = [style for style in STYLES if style not in ("bald", "buzz")]
GROWN_BEARDS = [style for style in BEARDS if style not in ("none", "stubble")]
TRIANGLES = 8000


@cache
def cut(style: str, form: str = "strands") -> HairLayer:
    (layer,) = grow(HairOptions(style=style, form=form))
    return layer


@cache
def beard(style: str) -> HairLayer:
    (layer,) = grow_beard(BeardOptions(style=style))
    return layer


def check_layer(layer: HairLayer) -> None:
    vertices, faces = layer.mesh
    count = len(vertices)
    assert 0 < len(faces) <= TRIANGLES
    assert faces.min() == 0 and faces.max() == count - 1
    for values in (layer.normal, layer.tangent):
        assert values.shape == (count, 3)
        np.testing.assert_allclose(np.linalg.norm(values, axis=1), 1.0, atol=1e-3)
    assert layer.texture.shape == (count, 3)
    for values in (layer.shade, layer.tint, layer.grey, layer.follow, layer.texture[:, 2]):
        assert values.shape[0] == count
        assert values.min() >= 0.0 and values.max() <= 1.0
    assert np.isfinite(np.column_stack([vertices, layer.texture])).all()
    assert layer.core.shape[1] == 4 and np.isfinite(layer.core).all()


@pytest.mark.parametrize("style", CUTS)
def test_a_haircut_is_a_sound_mesh_within_its_budget(style: str) -> None:
    check_layer(cut(style))


@pytest.mark.parametrize("style", ("crop", "bob"))
def test_smooth_shapes_are_fewer_and_whole(style: str) -> None:
    shapes = cut(style, "shapes")
    check_layer(shapes)
    assert len(shapes.mesh[1]) < 0.6 * len(cut(style).mesh[1])


@pytest.mark.parametrize("style", ("bald", "buzz"))
def test_a_shaved_head_has_no_strands(style: str) -> None:
    assert grow(HairOptions(style=style)) == []


@pytest.mark.parametrize("style", CUTS)
def test_faces_look_where_their_normals_point(style: str) -> None:
    layer = cut(style)
    vertices, faces = layer.mesh
    first, second, third = vertices[faces].transpose(1, 0, 2)
    across = np.cross(second - first, third - first)
    agree = (across * layer.normal[faces].mean(1)).sum(1) > 0
    area = np.linalg.norm(across, axis=1)
    assert area[agree].sum() > 0.95 * area.sum()


@pytest.mark.parametrize("style", CUTS)
def test_hair_covers_the_scalp(style: str) -> None:
    random = np.random.default_rng(4)
    u = random.normal(size=(400, 3))
    u /= np.linalg.norm(u, axis=1, keepdims=True)
    scalp = on_head(u)
    scalp = scalp[hairline(scalp) > 0.8]
    outwards = scalp - CENTRE
    outwards /= np.linalg.norm(outwards, axis=1, keepdims=True)
    vertices, faces = cut(style).mesh
    middles = vertices[faces].mean(1) - CENTRE
    middles = middles / np.linalg.norm(middles, axis=1, keepdims=True)
    nearest = (outwards @ middles.T).max(1)
    assert np.arccos(np.clip(nearest, -1, 1)).max() < 0.16


@pytest.mark.parametrize("style", CUTS)
def test_hair_leaves_eyes_free_and_stays_out_of_the_head(style: str) -> None:
    vertices, _ = cut(style).mesh
    at = np.abs(vertices[:, :2]) - EYE[:2]
    before_eye = (np.abs(at) < 0.8 * EYE_RADIUS).all(1) & (vertices[:, 2] > EYE[2])
    assert not before_eye.any()
    deep = figure().distance(vertices) < -0.6
    assert deep.mean() < 0.02


def test_long_hair_lies_on_the_shoulders_and_turns_little_with_the_head() -> None:
    layer = cut("waves")
    y = layer.mesh[0][:, 1]
    assert layer.follow[y > 0].min() == 1.0
    assert layer.follow[y < -17].max() < 0.3
    assert cut("crop").follow.min() > 0.95


def test_the_same_options_grow_the_same_hair_and_another_seed_another() -> None:
    once, again = (grow(HairOptions(style="crop"))[0].mesh[0] for _ in range(2))
    np.testing.assert_array_equal(once, again)
    other = grow(HairOptions(style="crop", seed=1))[0].mesh[0]
    assert other.shape != once.shape or not np.array_equal(other, once)


def test_length_and_volume_do_what_they_say() -> None:
    def extent(**options: float) -> tuple[float, float]:
        vertices = grow(HairOptions(style="bob", **options))[0].mesh[0]  # type: ignore[arg-type]
        return float(vertices[:, 1].min()), float(np.abs(vertices[:, 0]).max())

    low, wide = extent()
    assert extent(length=1.0)[0] < low - 2 < extent(length=-1.0)[0]
    assert extent(volume=1.0)[1] > wide + 0.3 > extent(volume=-1.0)[1] + 0.3


def test_grey_is_a_share_of_the_locks() -> None:
    def share(grey: float) -> float:
        return float(grow(HairOptions(style="crop", grey=grey))[0].grey.mean())

    assert share(0.0) == 0.0
    assert 0.0 < share(0.2) < share(0.6) < share(1.0)
    assert share(1.0) > 0.8


def test_an_unknown_style_is_refused_by_name() -> None:
    with pytest.raises(InvalidInput, match="mohawk"):
        grow(HairOptions(style="mohawk"))
    with pytest.raises(InvalidInput, match="goatee"):
        grow_beard(BeardOptions(style="goatee"))


@pytest.mark.parametrize("kind", ("round", "square", "receding"))
def test_hairlines_leave_face_and_ears_free(kind: str) -> None:
    places = np.array([[0, 11.5, 0], [0, 3, -9], [7.4, 4, -1], [0, 4, 8], [6, -2, 5], [3, 5, 7]])
    depth = hairline(places.astype(np.float64), kind)
    assert (depth[:3] > 0.5).all() and (depth[3:] < -0.5).all()


@pytest.mark.parametrize("style", GROWN_BEARDS)
def test_a_beard_is_a_sound_mesh_that_moves(style: str) -> None:
    layer = beard(style)
    check_layer(layer)
    assert {"jawOpen", "mouthSmileLeft", "mouthPucker"} <= set(layer.motion)
    chin = layer.mesh[0][:, 1] < -9.0
    if chin.any():
        assert layer.motion["jawOpen"][chin, 1].mean() < -1.0


def _slit(pose: dict[str, float], x: Array) -> tuple[Array, Array]:
    """Height of the upper and of the lower edge of the open mouth over the moved ``x``, cm."""
    edges = []
    for side in (1.0, -1.0):
        at = np.column_stack([x, lip_line(x) + SLIT * side, np.full_like(x, 8.0)])
        points = face_points(at)
        fields = mouth_fields()
        moved = at + sum(weight * fields[name](points) for name, weight in pose.items())
        order = np.argsort(moved[:, 0])
        edges.append(np.interp(x, moved[order, 0], moved[order, 1]))
    return edges[0], edges[1]


@pytest.mark.parametrize("style", GROWN_BEARDS)
@pytest.mark.parametrize(
    "pose",
    (
        {"jawOpen": 1.0},
        {"jawOpen": 0.4, "mouthFunnel": 0.7, "mouthPucker": 0.4},
        {"jawOpen": 0.3, "mouthSmileLeft": 1.0, "mouthSmileRight": 1.0},
        {"jawOpen": 0.3, "mouthUpperUpLeft": 0.8, "mouthUpperUpRight": 0.8},
    ),
)
def test_no_hair_hangs_into_the_open_mouth(style: str, pose: dict[str, float]) -> None:
    layer = beard(style)
    vertices = layer.mesh[0]
    moved = vertices + sum(weight * layer.motion[name] for name, weight in pose.items())
    x = np.linspace(-MOUTH_HALF_WIDTH, MOUTH_HALF_WIDTH, 41)
    upper, lower = _slit(pose, x)
    top, bottom = (np.interp(moved[:, 0], x, edge) for edge in (upper, lower))
    within = (np.abs(moved[:, 0]) < 0.85 * MOUTH_HALF_WIDTH) & (moved[:, 2] > 5.0)
    inside = within & (moved[:, 1] < top - 0.1) & (moved[:, 1] > bottom + 0.1)
    assert not inside.any()


def test_the_strand_texture_is_even_and_repeats() -> None:
    texels = strand_texture().astype(np.float64)
    assert texels.shape[2] == 3
    np.testing.assert_allclose(texels.mean((0, 1)), 127.5, atol=0.5)
    inner = np.abs(np.diff(texels, axis=0)).mean()
    seam = np.abs(texels[0] - texels[-1]).mean()
    assert seam < 1.5 * inner
    assert np.abs(np.diff(texels, axis=1)).mean() > 2 * inner
