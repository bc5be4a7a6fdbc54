"""Typed options of a session, checked once, where they enter."""

from __future__ import annotations

import re
from dataclasses import dataclass, fields
from typing import Any

from engine.behaviour import LAYERS, ROLES, Behaviour, check_role
from engine.errors import InvalidInput
from engine.look import FRAMINGS, Look
from engine.quality import QUALITIES
from engine.timeline import Samples, samples_from_ms

VIDEO_CODECS = ("h264", "vp8")
LONGEST_SIDE = 1280
MOST_PIXELS = 1280 * 720
_LOOK = Look()
_BEHAVIOUR = Behaviour()
_NAME = "a name of letters, digits, dots, hyphens and underscores"
_SET = 'the name of a set, or a colour such as "#1d2733"'
_SET_NAME = re.compile(r"[^./\\][^/\\]{0,99}")
_KINDS = {int: "a whole number", float: "a number", bool: "true or false", str: "a text"}
_ACCEPTED: dict[type, tuple[type, ...]] = {float: (float, int)}


@dataclass(frozen=True, slots=True)
class SessionOptions:
    """What a session is asked to be; ``check`` has been passed once one exists.

    look_ahead_ms   0..160: how much later than the audio the motion may be decided
    width, height   16..1280 each, even, at most 1280 * 720 pixels together
    fps             25 or 30 frames per second
    video_codec     "h264" or "vp8"
    video_bitrate   100_000..8_000_000 bits per second; None chooses by picture size
    audio_bitrate   12_000..128_000 bits per second, Opus
    avatar, set, light, framing
                    as `engine.look.Look` has them; which names there are is known to those who
                    hold the characters, sets and lights
    quality         "low", "medium", "high", or "auto": as the machine can
    seed            of every random choice that the face makes
    motion_units    also give MotionUnits (50 per second)
    phone_units     also give PhoneUnits, one as each speech sound starts
    motion_model    name of the motion model: "default", or one of the user's own
    articulation    0..2: how far jaw and lips go; 0 mumbles, 1 is natural, 2 emphatic
    blink, gaze, head, body, expression, pauses, listening, camera, camera_style
                    how lively each layer of the face is, as `engine.behaviour.Behaviour` has them
    role            "speaker"; or "listener": the voice is of somebody to whom the avatar listens
    """

    look_ahead_ms: int = 60
    width: int = 512
    height: int = 512
    fps: int = 25
    video_codec: str = "h264"
    video_bitrate: int | None = None
    audio_bitrate: int = 48_000
    avatar: str = _LOOK.avatar
    set: str = _LOOK.set
    light: str = _LOOK.light
    framing: str = _LOOK.framing
    quality: str = "auto"
    seed: int = 1
    motion_units: bool = False
    phone_units: bool = False
    motion_model: str = "default"
    articulation: float = 1.0
    blink: float = _BEHAVIOUR.blink
    gaze: float = _BEHAVIOUR.gaze
    head: float = _BEHAVIOUR.head
    body: float = _BEHAVIOUR.body
    expression: float = _BEHAVIOUR.expression
    pauses: float = _BEHAVIOUR.pauses
    listening: float = _BEHAVIOUR.listening
    camera: float = _BEHAVIOUR.camera
    camera_style: str = _BEHAVIOUR.camera_style
    role: str = ROLES[0]

    def __post_init__(self) -> None:
        _within("look_ahead_ms", self.look_ahead_ms, 0, 160)
        check_size(self.width, self.height)
        _one_of("fps", self.fps in (25, 30), self.fps, "25 or 30")
        _one_of("video_codec", self.video_codec in VIDEO_CODECS, self.video_codec, "h264 or vp8")
        if self.video_bitrate is not None:
            _within("video_bitrate", self.video_bitrate, 100_000, 8_000_000)
        _within("audio_bitrate", self.audio_bitrate, 12_000, 128_000)
        check_look(self.look)
        check_quality(self.quality)
        _within("seed", self.seed, 0, 2**31 - 1)
        _one_of("motion_model", _is_name(self.motion_model), self.motion_model, _NAME)
        check_articulation(self.articulation)
        _ = self.behaviour  # which checks itself
        check_role(self.role)

    @property
    def behaviour(self) -> Behaviour:
        """How lively the face is."""
        gains = {layer: getattr(self, layer) for layer in LAYERS}
        return Behaviour(**gains, camera_style=self.camera_style)

    @property
    def look(self) -> Look:
        """Who speaks, where, in which light, how near."""
        return Look(self.avatar, self.set, self.light, self.framing)

    @property
    def look_ahead(self) -> Samples:
        """The look-ahead in samples."""
        return samples_from_ms(self.look_ahead_ms)

    @property
    def bitrate(self) -> int:
        """The video bit rate in force: the one asked for, or 0.13 bit per pixel."""
        chosen = int(self.width * self.height * self.fps * 0.13)
        return self.video_bitrate or min(8_000_000, max(100_000, chosen))

    @staticmethod
    def from_dict(values: dict[str, Any]) -> SessionOptions:
        """Options from untrusted names and values; InvalidInput names the first bad one."""
        known = {f.name: f for f in fields(SessionOptions)}
        for name, value in values.items():
            if name not in known:
                raise InvalidInput(name, value, f"use one of {', '.join(sorted(known))}")
            default = known[name].default
            kind = int if default is None else type(default)
            ok = (value is None and default is None) or type(value) in _ACCEPTED.get(kind, (kind,))
            _one_of(name, ok, value, _KINDS[kind])
        return SessionOptions(**values)


def _is_name(text: object) -> bool:
    return (
        isinstance(text, str) and re.fullmatch(r"[A-Za-z0-9][\w.-]{0,63}", text, re.A) is not None
    )


def _is_set(text: object) -> bool:
    """Whether a text can name a set: a picture may be called what its file can be called."""
    return isinstance(text, str) and text.isprintable() and bool(_SET_NAME.fullmatch(text))


def check_size(width: int, height: int) -> None:
    """InvalidInput unless a picture may be this large, in pixels."""
    for name, value in (("width", width), ("height", height)):
        _within(name, value, 16, LONGEST_SIDE)
        _one_of(name, value % 2 == 0, value, "an even number of pixels")
    most = MOST_PIXELS // width // 2 * 2
    _one_of("height", height <= most, height, f"at most {most} with a width of {width}")


def check_look(look: Look) -> None:
    """InvalidInput unless each part of a look can be a name, and the framing is one."""
    _one_of("avatar", _is_name(look.avatar), look.avatar, _NAME)
    _one_of("set", _is_set(look.set), look.set, _SET)
    _one_of("light", _is_name(look.light), look.light, _NAME)
    _one_of("framing", look.framing in FRAMINGS, look.framing, " or ".join(FRAMINGS))


def check_quality(name: str) -> None:
    """InvalidInput unless ``name`` is one of `QUALITIES`."""
    _one_of("quality", name in QUALITIES, name, " or ".join(QUALITIES))


def check_articulation(amount: float) -> None:
    """InvalidInput unless ``amount`` is a number from 0 to 2."""
    ok = type(amount) in (float, int) and 0 <= amount <= 2
    _one_of("articulation", ok, amount, "a number from 0 to 2")


def _within(name: str, value: int, low: int, high: int) -> None:
    if type(value) is not int or not low <= value <= high:
        raise InvalidInput(name, value, f"use a whole number from {low} to {high}")


def _one_of(name: str, ok: bool, value: object, wanted: str) -> None:
    if not ok:
        raise InvalidInput(name, value, f"use {wanted}")
