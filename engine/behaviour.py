"""How lively a face is, by layer, and what it is told from outside: the words for both.

Every layer of the performance has a gain of its own; 0 switches it off, 1 is natural, 2 twice that.
"""

from __future__ import annotations

from dataclasses import dataclass

LAYERS: tuple[str, ...] = (
    "blink",
    "gaze",
    "head",
    "body",
    "expression",
    "pauses",
    "listening",
    "camera",
)
"""The layers that have a gain, by name."""

EMOTIONS: tuple[str, ...] = ("joy", "sad", "angry", "surprised", "disgusted", "afraid")
"""What a face can be told to show, by the names of `engine.avatar.expressions.EMOTIONS`."""

CAMERA_STYLES: tuple[str, ...] = ("still", "subtle", "lively")

MOST_GAIN = 2.0


@dataclass(frozen=True, slots=True)
class Behaviour:
    """Gains by layer, 0..2, and the manner of the camera, one of ``CAMERA_STYLES``."""

    blink: float = 1.0
    gaze: float = 1.0
    head: float = 1.0
    body: float = 1.0
    expression: float = 1.0
    pauses: float = 1.0
    listening: float = 1.0
    camera: float = 1.0
    camera_style: str = "subtle"


@dataclass(frozen=True, slots=True)
class Emotion:
    """An explicit cue: show ``name`` (one of ``EMOTIONS``) by ``amount`` (0..1) for ``seconds``.

    ``override`` puts it in the place of what the voice says of the speaker's mood; otherwise the
    two add up.
    """

    name: str
    amount: float = 0.7
    seconds: float = 2.0
    override: bool = False


@dataclass(frozen=True, slots=True)
class Attention:
    """Where to look: radians from straight into the camera, as `engine.face.GAZE` has them."""

    yaw: float = 0.0
    pitch: float = 0.0
