"""Poses as the VMC protocol has them, read by python-osc."""

from __future__ import annotations

import math

import numpy as np
import pytest
from pythonosc.osc_bundle import OscBundle

from engine.face import ARKIT, INDEX
from engine.render.scene import rotation
from engine.units import MotionUnit
from server.motion_out.osc import MOST_BYTES, Bundle, Template
from server.motion_out.vmc import BONES, VmcEncoder, part_of, turn, turns


def unit(
    head: tuple[float, ...] = (0, 0, 0, 0, 0, 0),
    gaze: tuple[float, float] = (0, 0),
    body: tuple[float, float, float] = (0, 0, 0),
    time: int = 0,
) -> MotionUnit:
    weights = tuple(k / 64 for k in range(52))
    return MotionUnit(time, 320, weights, head, gaze, (0, 0, 1), body)


def messages(unit: MotionUnit, names: str = "perfect-sync") -> list[tuple[str, list[object]]]:
    told = []
    for datagram in VmcEncoder(names).encode(unit):
        assert len(datagram) <= MOST_BYTES
        assert OscBundle.dgram_is_bundle(datagram)
        told += [(message.address, message.params) for message in OscBundle(datagram)]
    return told


def bones(unit: MotionUnit) -> dict[str, list[float]]:
    told = messages(unit)
    return {params[0]: params[1:] for address, params in told if address == "/VMC/Ext/Bone/Pos"}


def test_a_pose_is_bones_then_weights_then_apply() -> None:
    told = messages(unit(time=40_000))
    addresses = [address for address, _ in told]
    blend = [params for address, params in told if address == "/VMC/Ext/Blend/Val"]
    assert addresses[:7] == ["/VMC/Ext/Bone/Pos"] * 7
    assert addresses[-1] == "/VMC/Ext/Blend/Apply"
    assert addresses.count("/VMC/Ext/Blend/Apply") == 1
    assert ("/VMC/Ext/OK", [1, 3, 0]) in told and ("/VMC/Ext/T", [2.5]) in told
    assert [name for name, _ in blend] == [name[0].upper() + name[1:] for name in ARKIT]
    assert dict(blend)["JawOpen"] == INDEX["jawOpen"] / 64


def test_names_may_be_those_of_arkit() -> None:
    told = messages(unit(), "arkit")
    assert [p[0] for address, p in told if address == "/VMC/Ext/Blend/Val"] == list(ARKIT)


@pytest.mark.parametrize(
    ("head", "axis", "sign"),
    [
        ((0.3, 0, 0), 0, 1),  # down: about Unity's x, to the right, left-handed
        ((0, 0.3, 0), 1, -1),  # to its left: against the clock, seen from above
        ((0, 0, 0.3), 2, -1),  # to its right shoulder
    ],
)
def test_turns_have_the_sense_of_unity_s_axes(
    head: tuple[float, float, float], axis: int, sign: int
) -> None:
    told = bones(unit(head=(*head, 0, 0, 0)))
    for bone in ("Neck", "Head"):
        position, quaternion = told[bone][:3], told[bone][3:]
        assert position == [0, 0, 0]
        wanted = [0.0, 0.0, 0.0, math.cos(0.075)]
        wanted[axis] = sign * math.sin(0.075)
        assert quaternion == pytest.approx(wanted, abs=1e-6)


def test_neck_and_head_together_turn_as_the_picture_s_head() -> None:
    pitch, yaw, roll = 0.2, -0.4, 0.15
    neck, head = turns(unit(head=(pitch, yaw, roll, 0, 0, 0)))[3:5]
    assert np.allclose(matrix(neck) @ matrix(head), rotation(pitch, yaw, roll))
    assert np.allclose(matrix(turn(pitch, yaw, roll)), rotation(pitch, yaw, roll))


def test_eyes_turn_alike_and_shoulders_rise_together() -> None:
    told = bones(unit(gaze=(0.2, -0.1), body=(0.004, 0.011, 0.05)))
    assert told["LeftEye"] == told["RightEye"]
    assert told["LeftEye"][3:5] == pytest.approx([-0.05, -0.1], abs=2e-3)
    assert told["Spine"][3] == pytest.approx(math.sin(0.025), abs=1e-6)
    # The left arm points along -x: it rises by a turn against the z axis, the right one by one
    # with it.
    assert told["LeftShoulder"][5] == pytest.approx(-math.sin(0.05), abs=1e-3)
    assert told["RightShoulder"][5] == -told["LeftShoulder"][5]
    assert set(told) == set(BONES)


def test_a_share_of_no_turn_is_none() -> None:
    assert part_of((1.0, 0.0, 0.0, 0.0), 0.5) == (1.0, 0.0, 0.0, 0.0)


def test_numbers_are_put_where_the_library_puts_them() -> None:
    bundle = Bundle([Template("/a", ("name",), 2), Template("/b"), Template("/c", (7,), 1)])
    told = [(m.address, m.params) for m in OscBundle(bundle.filled([0.5, -2.0, 3.0]))]
    assert told == [("/a", ["name", 0.5, -2.0]), ("/b", []), ("/c", [7, 3.0])]
    with pytest.raises(ValueError):
        bundle.filled([1.0])


def matrix(turn: tuple[float, float, float, float]) -> np.ndarray:
    w, x, y, z = turn
    return np.array(
        [
            [1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)],
            [2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)],
            [2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)],
        ]
    )
