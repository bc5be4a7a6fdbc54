"""A pose as VTuber programs take it: the VMC protocol, performer to marionette.

Specification: https://protocol.vmc.info/marionette-spec. Bones have Unity's names
(``HumanBodyBones``) and Unity's axes: left-handed, x to the subject's right, y up, z out of the
face. Ours differ in x alone (`engine.face`), so a turn (w, x, y, z) is (w, x, -y, -z) there.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

from engine.face import ARKIT
from engine.timeline import SAMPLE_RATE
from engine.units import MotionUnit
from server.motion_out.osc import Template, bundled

NAMES = ("perfect-sync", "arkit")
"""How blendshapes are called: "BrowInnerUp", as the clips of VRM models made for perfect sync are,
or "browInnerUp", as ARKit has it. Programs tell capitals from small letters."""

BONES = ("Spine", "LeftShoulder", "RightShoulder", "Neck", "Head", "LeftEye", "RightEye")

_NECK_SHARE = 0.5
"""Of a turn of the head; the rest is the joint of the skull, where about half of what the neck can
turn comes from (White and Panjabi 1990, Clinical Biomechanics of the Spine)."""

_COLLAR_BONE = 0.15
"""Metres from where it turns to the shoulder that it lifts."""

Turn = tuple[float, float, float, float]
"""A unit quaternion: w, x, y, z."""


class VmcEncoder:
    """Datagrams of one receiver; ``names`` is one of `NAMES`."""

    def __init__(self, names: str = NAMES[0]) -> None:
        shapes = [name[0].upper() + name[1:] if names == NAMES[0] else name for name in ARKIT]
        # Loaded, calibrated, in normal mode: what receivers wait for.
        ready = Template("/VMC/Ext/OK", (1, 3, 0))
        self._pose = bundled(
            [
                *(Template("/VMC/Ext/Bone/Pos", (bone,), 7) for bone in BONES),
                ready,
                Template("/VMC/Ext/T", (), 1),
            ]
        )
        blend = [Template("/VMC/Ext/Blend/Val", (name,), 1) for name in shapes]
        self._shapes = bundled([*blend, Template("/VMC/Ext/Blend/Apply")])

    def encode(self, unit: MotionUnit) -> list[bytes]:
        """The datagrams of a pose, to be sent in this order."""
        bones = [value for turn in turns(unit) for value in (0.0, 0.0, 0.0, *_in_unity(turn))]
        values = iter([*bones, unit.time / SAMPLE_RATE])
        shapes = iter(unit.blendshapes)
        pose = [bundle.filled(_next(values, bundle.floats)) for bundle in self._pose]
        return pose + [bundle.filled(_next(shapes, bundle.floats)) for bundle in self._shapes]


def turns(unit: MotionUnit) -> list[Turn]:
    """How each of `BONES` is turned against the one that carries it, in our axes."""
    pitch, yaw, roll = unit.head[:3]
    breath, shrug, lean = unit.body
    lift = math.asin(min(1.0, max(-1.0, (breath + shrug) / _COLLAR_BONE)))
    head = turn(pitch, yaw, roll)
    eye = turn(unit.gaze[1], unit.gaze[0], 0.0)
    return [
        turn(lean, 0.0, 0.0),
        turn(0.0, 0.0, lift),
        turn(0.0, 0.0, -lift),
        part_of(head, _NECK_SHARE),
        part_of(head, 1 - _NECK_SHARE),
        eye,
        eye,
    ]


def turn(pitch: float, yaw: float, roll: float) -> Turn:
    """Roll, then pitch, then yaw, radians with the signs of `engine.face`."""
    (cp, sp), (cy, sy), (cr, sr) = (
        (math.cos(angle / 2), math.sin(angle / 2)) for angle in (pitch, yaw, roll)
    )
    return (
        cy * cp * cr + sy * sp * sr,
        cy * sp * cr + sy * cp * sr,
        sy * cp * cr - cy * sp * sr,
        cy * cp * sr - sy * sp * cr,
    )


def part_of(whole: Turn, share: float) -> Turn:
    """A share of a turn, about the same axis."""
    w, *axis = whole
    sine = math.hypot(*axis)
    if sine < 1e-9:
        return (1.0, 0.0, 0.0, 0.0)
    half = math.atan2(sine, w) * share
    x, y, z = (value * math.sin(half) / sine for value in axis)
    return (math.cos(half), x, y, z)


def _in_unity(turn: Turn) -> tuple[float, float, float, float]:
    """As the protocol writes it: x, y, z, w."""
    w, x, y, z = turn
    return (x, -y, -z, w)


def _next(values: Iterator[float], count: int) -> list[float]:
    return [next(values) for _ in range(count)]
