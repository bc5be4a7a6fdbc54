"""Takes with known faults: a voice made by formula, its face, and files as trackers write them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.signal import resample_poly

from engine.face import ARKIT, INDEX, Floats
from engine.pipeline import Engine
from models.capture.expectation import Expectation, expect
from tests.conftest import write_wav
from tests.synthetic import noise, vowel

ROTATIONS = tuple(
    f"{what}{angle}"
    for what in ("Head", "LeftEye", "RightEye")
    for angle in ("Yaw", "Pitch", "Roll")
)
HEADER = ["Timecode", "BlendShapeCount", *(n[0].upper() + n[1:] for n in ARKIT), *ROTATIONS]
RATE = 16_000


@cache
def engine() -> Engine:
    """The engine, loaded once."""
    return Engine.load()


@cache
def voice(seconds: float = 40.0, seed: int = 3) -> NDArray[np.int16]:
    """int16 at 16 kHz: syllables of irregular length, pitch and loudness, with pauses."""
    choice = np.random.default_rng(seed)
    parts = [np.zeros(RATE)]
    while sum(map(len, parts)) < seconds * RATE:
        length = choice.uniform(0.12, 0.35)
        kind = "aiu"[choice.integers(3)]
        sound = vowel(choice.uniform(100, 150), length, RATE, choice.uniform(-26, -16), kind)
        edge = np.arange(len(sound))
        parts.append(sound * np.minimum(1, np.minimum(edge, edge[::-1]) / 400))
        if choice.random() < 0.5:
            longest = 0.15 if choice.random() < 0.8 else 1.2
            parts.append(np.zeros(round(RATE * choice.uniform(0.03, longest))))
    sound = np.concatenate(parts)[: round(seconds * RATE)]
    sound = sound + noise(seconds, -70, RATE)
    return np.clip(sound * 32768, -32768, 32767).astype(np.int16)


@cache
def expectation(seconds: float = 40.0, seed: int = 3) -> Expectation:
    """What the engine does to :func:`voice`."""
    return expect(engine(), voice(seconds, seed))


def face(seconds: float = 40.0, seed: int = 3) -> Floats:
    """(T, 52) a face for :func:`voice`, 100 Hz: its jaw is the engine's, the rest goes with it."""
    jaw = expectation(seconds, seed).opening
    rounding = np.sqrt(jaw) * (1 - jaw)
    weights = np.zeros((len(jaw), len(ARKIT)), np.float32)
    weights[:, INDEX["jawOpen"]] = jaw
    weights[:, INDEX["mouthFunnel"]] = 0.8 * rounding
    weights[:, INDEX["mouthPucker"]] = 0.5 * rounding
    weights[:, INDEX["mouthClose"]] = 0.2 * jaw * (1 - rounding)
    weights[:, INDEX["mouthSmileLeft"]] = 0.3 * jaw**2
    weights[:, INDEX["mouthSmileRight"]] = 0.5 * jaw**2
    return weights


def tracked(
    weights: Floats, fps: float = 60.0, offset_s: float = 0.0, drift: float = 0.0
) -> Floats:
    """(R, 52) rows of a tracker whose clock shows t + offset + drift t at ``t`` of the sound.

    Row k is written when that clock shows k / fps; what lies before and after the face is its
    first and last pose.
    """
    count = int((len(weights) / 100 + offset_s) * fps)
    sound_times = (np.arange(count) / fps - offset_s) / (1 + drift)
    places = np.arange(len(weights)) / 100
    return np.stack([np.interp(sound_times, places, curve) for curve in weights.T], axis=1)


def timecode(frame: int, base: int = 60, start: str = "13:59:58:00") -> str:
    """Timecode of a row, with the fraction that Live Link Face adds; wraps at midnight."""
    hours, minutes, seconds, frames = map(int, start.split(":"))
    whole = (((hours * 60 + minutes) * 60 + seconds) * base + frames + frame) % (86_400 * base)
    total, frames = divmod(whole, base)
    return f"{total // 3600:02}:{total // 60 % 60:02}:{total % 60:02}:{frames:02}.000"


def rows(weights: Floats, base: int = 60, start: str = "13:59:58:00") -> list[list[str]]:
    """Cells of a Live Link Face file for (R, 52) weights, without the header."""
    rotations = ["0.01"] * len(ROTATIONS)
    return [
        [timecode(k, base, start), "61", *(f"{value:.6f}" for value in row), *rotations]
        for k, row in enumerate(weights)
    ]


def write_csv(
    path: Path, lines: Iterable[Sequence[str]], header: Sequence[str] = tuple(HEADER)
) -> Path:
    """Write header and rows of cells."""
    path.write_text("\n".join(",".join(line) for line in [header, *lines]) + "\n", encoding="utf-8")
    return path


def column(name: str) -> int:
    """Place of a column in a full file."""
    return HEADER.index(name)


def write_take(folder: Path, name: str, weights: Floats, seconds: float = 40.0) -> None:
    """A sound file of :func:`voice` and (R, 52) weights beside it."""
    write_wav(folder / f"{name}.wav", voice(seconds), RATE)
    write_csv(folder / f"{name}.csv", rows(weights))


def at_48k(samples: NDArray[np.int16]) -> NDArray[np.int16]:
    """int16 at 48 kHz of int16 at 16 kHz."""
    return np.clip(resample_poly(samples.astype(float), 3, 1), -32768, 32767).astype(np.int16)
