"""How lively a face is, by layer, and what it is told from outside: the words for both.

Every layer of the performance has a gain of its own; 0 switches it off, 1 is natural, 2 twice that.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any

from engine.errors import InvalidInput

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

ROLES: tuple[str, ...] = ("speaker", "listener")
"""Whose voice is heard: the avatar's own, or that of somebody to whom it listens."""

MOST_GAIN = 2.0

LONGEST_CUE_S = 600.0

FURTHEST_YAW, FURTHEST_PITCH = 0.8, 0.5
"""Radians from the camera to where somebody can be told to look: eyes and head together."""


@dataclass(frozen=True, slots=True)
class Behaviour:
    """Gains by layer, 0..2, and the manner of the camera, one of ``CAMERA_STYLES``.

    InvalidInput names what is none of these.
    """

    blink: float = 1.0
    gaze: float = 1.0
    head: float = 1.0
    body: float = 1.0
    expression: float = 1.0
    pauses: float = 1.0
    listening: float = 1.0
    camera: float = 1.0
    camera_style: str = "subtle"

    def __post_init__(self) -> None:
        for layer in LAYERS:
            _number(layer, getattr(self, layer), 0, MOST_GAIN)
        _name("camera_style", self.camera_style, CAMERA_STYLES)

    @property
    def gains(self) -> dict[str, float]:
        """The gain of each layer, by the names of ``LAYERS``."""
        return {layer: getattr(self, layer) for layer in LAYERS}

    def changed(self, values: dict[str, Any]) -> Behaviour:
        """This with other values; InvalidInput names the first that cannot be."""
        _known(values, Behaviour)
        return replace(self, **values)


@dataclass(frozen=True, slots=True)
class Emotion:
    """An explicit cue: show ``name`` (one of ``EMOTIONS``) by ``amount`` (0..1) for ``seconds``.

    ``override`` puts it in the place of what the voice says of the speaker's mood; otherwise the
    two add up. A cue takes the place of an earlier one of its name; an ``amount`` of 0 ends it.
    ``seconds`` is more than 0 and at most ``LONGEST_CUE_S``. InvalidInput names what cannot be.
    """

    name: str
    amount: float = 0.7
    seconds: float = 2.0
    override: bool = False

    def __post_init__(self) -> None:
        _name("name", self.name, EMOTIONS)
        _number("amount", self.amount, 0, 1)
        _number("seconds", self.seconds, 0.01, LONGEST_CUE_S)
        if type(self.override) is not bool:
            raise InvalidInput("override", self.override, "use true or false")

    @staticmethod
    def from_dict(values: dict[str, Any]) -> Emotion:
        """A cue from untrusted names and values; InvalidInput names the first bad one."""
        _known(values, Emotion)
        if "name" not in values:
            raise InvalidInput("name", None, f"use {' or '.join(EMOTIONS)}")
        return Emotion(**values)

    def as_dict(self) -> dict[str, Any]:
        """What `from_dict` reads."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Attention:
    """Where to look: radians from straight into the camera, as `engine.face.GAZE` has them.

    At most ``FURTHEST_YAW`` and ``FURTHEST_PITCH`` to either side; InvalidInput beyond.
    """

    yaw: float = 0.0
    pitch: float = 0.0

    def __post_init__(self) -> None:
        _number("yaw", self.yaw, -FURTHEST_YAW, FURTHEST_YAW)
        _number("pitch", self.pitch, -FURTHEST_PITCH, FURTHEST_PITCH)


@dataclass(frozen=True, slots=True)
class Direction:
    """What a face is told from outside, until it is told otherwise.

    articulation  0..2, see `engine.motion.effort`
    role          one of ``ROLES``
    others        somebody else speaks
    attention     where to look; None leaves it to the face
    """

    articulation: float = 1.0
    behaviour: Behaviour = field(default_factory=Behaviour)
    role: str = ROLES[0]
    others: bool = False
    attention: Attention | None = None


def check_role(role: str) -> None:
    """InvalidInput unless ``role`` is one of ``ROLES``."""
    _name("role", role, ROLES)


def _known(values: dict[str, Any], kind: type[Behaviour] | type[Emotion]) -> None:
    names = [one.name for one in fields(kind)]
    for name in values:
        if name not in names:
            raise InvalidInput(name, values[name], f"use only {', '.join(names)}")


def _number(name: str, value: object, low: float, high: float) -> None:
    # Ends that are not finite, and what is no number at all, fail the comparison.
    if type(value) not in (float, int) or not low <= value <= high:  # type: ignore[operator]
        raise InvalidInput(name, value, f"use a number from {low:g} to {high:g}")


def _name(what: str, value: object, names: tuple[str, ...]) -> None:
    if not isinstance(value, str) or value not in names:
        raise InvalidInput(what, value, f"use {' or '.join(names)}")
