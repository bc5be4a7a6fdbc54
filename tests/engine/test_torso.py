from __future__ import annotations

import numpy as np
import pytest

from engine.avatar import catalogue
from engine.face import FaceFrame
from engine.render.framing import Framing
from engine.render.scene import Scene
from engine.render.torso import BREATH_LIMIT, FORWARD, LEAN_LIMIT, SHRUG_LIMIT, Torso, rises


@pytest.fixture(scope="module")
def head():
    return catalogue.load("nora")


def body(breath=0.0, shrug=0.0, lean=0.0):
    return np.array([breath, shrug, lean], np.float32)


def test_at_rest_nothing_is_moved(head):
    torso = Torso(head)
    assert torso.moved(body())[:3] == (0.0, 0.0, 0.0)
    assert torso.carry(body()) == (0.0, 0.0, 0.0)


def test_shoulders_shrug_and_the_neck_does_not(head):
    top, side, chest = (
        head.neck_pivot,
        head.neck_pivot + np.array([13, -13, 0]),
        head.neck_pivot + np.array([0, -13, 6]),
    )
    shares = rises(head, np.array([top, side, chest], np.float32))
    assert shares[:, 1] == pytest.approx([0, 1, 0], abs=0.02)
    assert shares[2, 0] > 0.95 > shares[1, 0] > shares[0, 0] > 0.2


def test_weights_have_no_edges(head):
    for part in head.parts:
        if part.material not in ("cloth", "skin"):
            continue
        shares = rises(head, part.position)
        assert shares.min() >= 0 and shares.max() <= 1
        edges = np.concatenate([part.faces[:, [0, 1]], part.faces[:, [1, 2]]])
        far = np.linalg.norm(np.diff(part.position[edges], axis=1)[:, 0], axis=1)
        step = np.abs(np.diff(shares[edges], axis=1)[:, 0]).max(axis=1)
        assert (step <= 0.2 * far + 1e-6).all()


def test_the_head_is_carried_along_and_keeps_its_direction(head):
    scene = Scene(head, Framing.of(head, 1.0))
    neutral = FaceFrame.neutral()
    leant = FaceFrame(
        0, neutral.blendshapes, neutral.head, neutral.gaze, neutral.camera, body(0.005, 0, 0.05)
    )
    weights = np.zeros(60, np.float32)
    block = scene.pack(leant, weights)
    matrix = block["head"].T
    np.testing.assert_allclose(matrix[:3, :3], np.eye(3), atol=1e-6)
    pivot = np.append(head.neck_pivot, 1)
    moved = matrix @ pivot - pivot
    breath, _, slope, hips = block["torso"]
    # As far as the neck's foot, which does not follow the head: the seam stays closed.
    neck = rises(head, head.neck_pivot[None])[0, 0] * breath
    assert moved[1] == pytest.approx(neck, abs=1e-4) and neck > 0.1
    forward = FORWARD * neck + slope * (head.neck_pivot[1] - hips)
    assert moved[2] == pytest.approx(forward, abs=1e-4) and 1.5 < forward < 4


def test_too_much_is_drawn_as_much(head):
    torso = Torso(head)
    wild = body(9, -9, 9)
    assert torso.moved(wild)[:2] == (100 * BREATH_LIMIT, -100 * SHRUG_LIMIT)
    assert torso.moved(wild)[2] == torso.moved(body(lean=LEAN_LIMIT))[2]
