"""How the head moves: how far, how fast, at which frequencies, in speech and in silence."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.signal import welch

from benchmarks.behaviour.people import Finding
from benchmarks.behaviour.performed import RATE, Array, Performed

BANDS = {"below 1 Hz": (0.1, 1), "1 to 2 Hz": (1, 2), "2 to 5 Hz": (2, 5), "above 6 Hz": (6, 50)}
_AXES = ("pitch", "yaw", "roll")
_WINDOW_S = 10


def spectrum(performed: Sequence[Performed]) -> tuple[Array, Array]:
    """Frequencies, and the power of the three angles' speed in all of them together."""
    total: Array | None = None
    for one in performed:
        speed = np.gradient(np.degrees(one.head[:, :3]), 1 / RATE, axis=0)
        hertz, power = welch(speed, RATE, nperseg=min(len(one), _WINDOW_S * RATE), axis=0)
        total = power.sum(axis=1) + (0 if total is None else total)
    assert total is not None
    return hertz, total


def shares(performed: Sequence[Performed]) -> dict[str, float]:
    """Percent of the power of the head's angles (not of their speed) in each band."""
    hertz, power = spectrum(performed)
    power = power / np.maximum(hertz, 0.05) ** 2
    inside = {name: (hertz >= low) & (hertz < high) for name, (low, high) in BANDS.items()}
    everything = power[hertz >= 0.1].sum()
    return {name: 100 * float(power[kept].sum() / everything) for name, kept in inside.items()}


def findings(talking: Sequence[Performed], resting: Performed) -> list[Finding]:
    """All that is told of the head by itself."""
    found = [
        Finding("head", f"power {name}", share, "%") for name, share in shares(talking).items()
    ]
    spoken = np.concatenate([_angles(one)[one.within(one.talk.phrases)] for one in talking])
    silent = _angles(resting)
    for axis, name in enumerate(_AXES):
        found.append(
            Finding("head", f"spread of {name}, talking", float(spoken[:, axis].std()), "°")
        )
    fast = np.concatenate([_speed(one)[one.within(one.talk.phrases)] for one in talking])
    still = _speed(resting)
    return [
        *found,
        Finding("head", "spread of angles, nobody speaks", float(silent.std(axis=0).mean()), "°"),
        Finding("head", "speed, talking over silent", float(fast.mean() / still.mean()), "×"),
        Finding("head", "speed while talking, median", float(np.median(fast)), "°/s"),
        Finding(
            "head", "speed while talking, 99.9th percentile", float(np.quantile(fast, 0.999)), "°/s"
        ),
    ]


def _angles(one: Performed) -> Array:
    return np.asarray(np.degrees(one.head[:, :3]))


def _speed(one: Performed) -> Array:
    return np.asarray(np.linalg.norm(np.gradient(_angles(one), 1 / RATE, axis=0), axis=1))
