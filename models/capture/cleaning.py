"""One take: curves and sound in, targets on the sound's own time out, and what was done to them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.errors import InvalidInput
from engine.face import Floats
from engine.motion.channels import CHANNELS, WEIGHTS
from engine.timeline import MOTION_HOP
from models.capture.alignment import RATE, Alignment, align
from models.capture.channels import to_channels
from models.capture.expectation import Expectation
from models.capture.recording import Finding, Recording, Seconds, Verdict

SHORTEST_S = 8.0
"""Shorter takes cannot be told from another take's curves."""

_BRIDGED_S = 0.1
"""A mouth does little in 100 ms that a straight line does not tell; more is left out."""

_EDGE_S = 0.5 / RATE
"""As far past an end as the nearest sample of it may lie, the end still holds."""

_REST_FRAMES = 50
_REST_WORTH = 0.02
_SMALL_JAW = 0.15
_JAW = WEIGHTS.index("jawOpen")


@dataclass(frozen=True, slots=True)
class Take:
    """``samples`` int16 at 16 kHz; ``targets`` (T, len(CHANNELS)) float32 at 100 Hz.

    Target k is the face when sample k * 160 is heard, NaN where that was not captured;
    T = len(samples) // 160.
    """

    name: str
    samples: NDArray[np.int16]
    targets: Floats

    @property
    def seconds(self) -> float:
        """How much of it has a face."""
        return float(np.isfinite(self.targets[:, _JAW]).sum()) / RATE


@dataclass(frozen=True, slots=True)
class Report:
    """What was found in a take, and what was done about it."""

    name: str
    findings: list[Finding]
    alignment: Alignment
    rest: dict[str, float]


def clean(
    name: str, samples: NDArray[np.int16], recording: Recording, expected: Expectation
) -> tuple[Take, Report]:
    """A take fit to learn from; InvalidInput if sound and curves do not belong together."""
    frames = len(samples) // MOTION_HOP
    _check_length(name, frames, recording)
    values, of_channels = to_channels(recording)
    if np.isnan(values[:, _JAW]).all():
        raise InvalidInput("capture", name, "jawOpen never moves; was the face tracked at all?")
    if not expected.opening.any():
        raise InvalidInput("capture", name, "nobody speaks in its sound; check the microphone")
    grid = np.arange(0, recording.times[-1], 1 / RATE)
    jaw = resample(recording.times, values[:, _JAW], grid)
    alignment = align(expected.opening, jaw)
    if not alignment.belongs:
        remedy = (
            "audio and curves do not belong together: the jaw follows the voice with a "
            f"correlation of {alignment.correlation:.2f} at best, {alignment.needed:.2f} is the "
            "least; check that both are of one take and start within 15 s of each other"
        )
        raise InvalidInput("capture", name, remedy)
    on_sound = alignment.curve_times(np.arange(frames) / RATE)
    columns = [resample(recording.times, column, on_sound) for column in values.T]
    weights, rest, of_rest = _without_rest(np.stack(columns, axis=1), expected.at_rest)
    targets = np.full((frames, len(CHANNELS)), np.nan, np.float32)
    targets[:, : len(WEIGHTS)] = weights
    take = Take(name, samples, targets)
    findings = [*recording.findings, *of_channels, *_of_alignment(alignment, frames / RATE)]
    return take, Report(name, [*findings, *of_rest, *_of_use(take)], alignment, rest)


def resample(times: Seconds, values: Floats, at: Seconds) -> Floats:
    """(len(at),) ``values`` (R,) known at rising ``times`` (R,), on straight lines between them.

    NaN before the first, after the last, and where neighbours are more than 100 ms apart.
    """
    known = np.isfinite(values)
    if known.sum() < 2:
        return np.full(len(at), np.nan, np.float32)
    times, values = times[known], values[known]
    after = np.clip(np.searchsorted(times, at), 1, len(times) - 1)
    apart = times[after] - times[after - 1]
    inside = (at >= times[0] - _EDGE_S) & (at <= times[-1] + _EDGE_S)
    found = np.interp(at, times, values)
    bridged = inside & (apart <= _BRIDGED_S + 1e-6)
    return np.where(bridged, found, np.nan).astype(np.float32)


def _check_length(name: str, frames: int, recording: Recording) -> None:
    for what, seconds in (("sound", frames / RATE), ("curves", float(recording.times[-1]))):
        if seconds < SHORTEST_S:
            remedy = f"its {what} last {seconds:.1f} s; record at least {SHORTEST_S:.0f} s at once"
            raise InvalidInput("capture", name, remedy)


def _without_rest(
    weights: Floats, at_rest: NDArray[np.bool_]
) -> tuple[Floats, dict[str, float], list[Finding]]:
    """Weights (T, C) from which each channel's value in silence is taken: neutral is zero.

    The median over silence, since a swallow or a smile is shorter than half of it.
    """
    if at_rest.sum() < _REST_FRAMES:
        unknown = Finding("neutral", "no silence to measure it in", "left as it is", "look")
        return weights, {}, [unknown]
    known = ~np.isnan(weights[at_rest]).all(axis=0)
    rest = np.zeros(weights.shape[1], np.float32)
    rest[known] = np.nanmedian(weights[at_rest][:, known], axis=0)
    rest[rest < _REST_WORTH] = 0
    named = {WEIGHTS[index]: float(rest[index]) for index in np.flatnonzero(rest)}
    if not named:
        return weights, {}, [Finding("neutral", "zero in silence")]
    found = ", ".join(f"{name} {value:.2f}" for name, value in named.items())
    # What is left of the range is stretched again: a jaw that opens fully still reaches 1.
    corrected = np.clip((weights - rest) / (1 - rest), 0, 1).astype(np.float32)
    return corrected, named, [Finding("neutral", f"in silence {found}", "taken off", "mended")]


def _of_alignment(alignment: Alignment, seconds: float) -> list[Finding]:
    late = "late" if alignment.offset_s > 0 else "early"
    findings = [Finding("sound and jaw", f"correlation {alignment.correlation:.2f}")]
    if round(alignment.offset_ms):
        found = f"curves {abs(alignment.offset_ms):.0f} ms {late}"
        findings.append(Finding("offset", found, "moved", "mended"))
    if alignment.drift:
        found = f"clock {alignment.drift_ppm:+.0f} ppm, {alignment.drift * seconds * 1000:+.0f} ms"
        findings.append(Finding("drift", f"{found} by the end", "resampled", "mended"))
    elif np.isinf(alignment.drift_error):
        findings.append(Finding("drift", "take is too short to tell"))
    else:
        findings.append(Finding("drift", f"none (± {alignment.drift_error * 1e6:.0f} ppm)"))
    return findings


def _of_use(take: Take) -> list[Finding]:
    """How much can be learnt from, and whether the jaw opens at all."""
    total = len(take.targets) / RATE
    jaw = float(np.nanpercentile(take.targets[:, _JAW], 99))
    findings = []
    if jaw < _SMALL_JAW:
        done = "kept; speak up, or calibrate the tracker"
        findings.append(Finding("jaw", f"opens to {jaw:.2f} only (99 %)", done, "look"))
    else:
        findings.append(Finding("jaw", f"opens to {jaw:.2f} (99 %)"))
    verdict: Verdict = "good" if take.seconds > 0.9 * total else "look"
    findings.append(Finding("usable", f"{take.seconds:.1f} of {total:.1f} s", verdict=verdict))
    return findings
