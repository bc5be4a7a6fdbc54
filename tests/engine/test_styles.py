"""Styles of a head: drawn with ink, cut in facets; and glass that one sees through."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from engine.avatar.head.build import canonical_face
from engine.avatar.head.facets import facet_size, faceted
from engine.avatar.head.lashes import lashes
from engine.avatar.rig import STYLES, Head
from engine.face import FaceFrame
from engine.render import Renderer
from engine.render.yuv import Bytes
from tests.engine.sample_head import ball, sample_head

SIZE = 128
FLIP = np.array([-1.0, 1.0, 1.0])


def drawn(head: Head) -> Bytes:
    with Renderer(head, SIZE, SIZE, supersample=1) as renderer:
        return renderer.rgb(FaceFrame.neutral())


def tones(picture: Bytes, head: Head) -> int:
    """How many different colours the skin has, to 4 bits; skin is where red leads."""
    pixels = picture.reshape(-1, 3).astype(int)
    skin = pixels[(pixels[:, 0] > pixels[:, 2] + 20)]
    return len(np.unique(skin // 16, axis=0))


def test_each_style_has_a_look_of_its_own() -> None:
    pictures = [drawn(replace(sample_head(), style=style)).astype(int) for style in STYLES]
    for a in range(len(pictures)):
        for b in range(a):
            assert np.abs(pictures[a] - pictures[b]).mean() > 1.0


def test_a_drawn_head_has_few_tones_and_an_outline() -> None:
    natural, toon = sample_head(), replace(sample_head(), style="toon")
    assert tones(drawn(toon), toon) < 0.7 * tones(drawn(natural), natural)
    beside_the_jaw = np.s_[70:88, 25:64]
    assert (drawn(toon).max(axis=2)[beside_the_jaw].min(axis=1) < 60).mean() > 0.5
    assert (drawn(natural).max(axis=2)[beside_the_jaw].min(axis=1) > 90).all()


def test_facets_are_flat() -> None:
    picture = drawn(replace(sample_head(), style="facet")).astype(int)
    row = picture[78, 52:76]
    steps = np.abs(np.diff(row, axis=0)).max(axis=1)
    assert (steps <= 2).sum() > (steps > 2).sum()
    assert steps.max() > 4


def test_a_pane_of_glass_shows_what_is_behind_it() -> None:
    head = sample_head()
    clear = drawn(head)
    pane = ball("pane", "lens", (0, 0, 11), (6, 6, 0.5), (1, 1, 1, 1))
    through = drawn(replace(head, parts=(*head.parts, pane)))
    change = np.abs(through.astype(int) - clear.astype(int)).max(axis=2)
    assert (change > 3).any()
    assert change[60:68, 60:68].mean() < 60
    contrast = through[48:80, 40:88].astype(int).std()
    assert contrast > 0.6 * clear[48:80, 40:88].astype(int).std()


@pytest.fixture(scope="module")
def counts() -> tuple[int, int]:
    face = canonical_face()
    return len(face.faces), len(faceted(face).faces)


def test_a_faceted_face_has_a_third_of_the_triangles_at_most(counts: tuple[int, int]) -> None:
    assert counts[1] < counts[0] / 3


def test_a_faceted_face_is_symmetric_closed_and_of_the_same_vertices() -> None:
    face = canonical_face()
    cut = faceted(face)
    known = {tuple(point) for point in face.position}
    assert all(tuple(point) in known for point in cut.position)
    points = {tuple(np.round(point, 6) + 0.0) for point in cut.rest}
    assert all(tuple(np.round(point * FLIP, 6) + 0.0) in points for point in cut.rest)
    edges = Counter(
        (int(a), int(b))
        for triangle in cut.faces
        for a, b in zip(triangle, np.roll(triangle, -1), strict=True)
    )
    assert max(edges.values()) == 1
    assert len({int(vertex) for vertex in cut.faces.ravel()}) == len(cut.position)


def test_a_faceted_face_keeps_lids_and_lips_where_they_close() -> None:
    face, cut = canonical_face(), faceted(canonical_face())
    for marks, cut_marks in ((face.rim, cut.rim), (face.bag, cut.bag)):
        assert (cut_marks > 0).sum() == (marks > 0).sum()
    assert (cut.slit >= 1).sum() == (face.slit >= 1).sum()


def test_facets_are_finer_where_the_face_says_more() -> None:
    nose, cheek, back = facet_size(np.array([[0, -2, 9.5], [5.5, -3, 3.0], [0, 3, -9.0]]))
    assert nose < cheek < back


def test_lashes_follow_the_lid_and_are_one_line_in_drawn_heads() -> None:
    natural, bold = lashes(0.5), lashes(0.5, "toon")
    assert len(bold.faces) < len(natural.faces) / 2
    for part in (natural, bold):
        blink = part.shapes["eyeBlinkLeft"]
        assert (blink.position[:, 1] < 0).mean() > 0.9
        assert (part.position[blink.index, 0] > 0).all()
    assert len(lashes(1.0).faces) > len(lashes(0.0).faces)
