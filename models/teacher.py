"""From exact phone times to what mouth, jaw, cheeks and tongue do: a model of coarticulation.

Each sound pulls the articulators towards its targets with a dominance that grows before it, holds
through it and decays after it; where dominances overlap, targets blend (Cohen & Massaro 1993,
"Modeling coarticulation in synthetic visual speech", there with exponential flanks; here logistic
ones, whose tails are the same but which have no corner). What must be reached is not left to a
blend: lips seal for /p b m/ and touch the teeth for /f v/ whatever stands beside them. Jaw and lips
answer to effort separately (Edwards et al. 2016, "JALI").
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d
from scipy.sparse import csr_array

from engine.face import Floats
from engine.motion.channels import CHANNELS, WEIGHTS
from models.corpus import Segment
from models.gestures import (
    GLIDES,
    GROUPS,
    STATE_INDEX,
    Group,
    firmness_matrix,
    jaw_freedom,
    target_matrix,
)
from models.metrics import VOWELS
from models.spans import (
    RATE,
    Ints,
    Spans,
    Times,
    centre,
    covered,
    inside,
    lengthened,
    plateaus,
    smoothstep,
)

PAUSE = 0.12
"""Seconds from which a silence is a pause, in which the mouth rests, and not a stop's closure."""

ORDINARY_EFFORT = 0.6
"""A speaker's mean over all that is speech, voiced or not."""

_COLUMN = {name: column for column, name in enumerate(CHANNELS)}
_FIRMNESS = firmness_matrix()
_FREEDOM = len(WEIGHTS)
_QUICK = np.array([state[:2] not in VOWELS for state in STATE_INDEX])

_VOWEL_LEAST = 0.06
"""Seconds for which even the shortest vowel pulls: a syllable is a cycle of the jaw (MacNeilage
1998, "The frame/content theory")."""

_REACH = 0.3
"""Seconds beyond its own time in which a sound is felt."""

_INERTIA = 1.2
"""Frames (standard deviation) that smooth the blend: no articulator turns on the spot."""

_NUCLEUS = 0.64
"""Share of a diphthong before its glide."""

_OPENS, _OPENING = 0.04, 0.08
"""The mouth begins to open this long before the first sound, and takes this long."""

_CLOSES, _CLOSING = 0.06, 0.1
"""It begins to close this long before the last sound ends, and takes this long."""

_SHAPES, _SHAPING = 0.11, 0.14
_RELAXES, _RELAXING = 0.03, 0.16
"""The same for what does not open the mouth: lips are round before a first /w/ is heard."""

_STIRS, _RESTS = 0.04, 0.16
"""Silences in seconds in which the mouth begins to relax, and in which it comes to rest."""

_PARTING = ("jawOpen", "mouthClose", "mouthFunnel", "mouthLowerDown", "mouthUpperUp", "tongueOut")
_SHAPING_ONLY = tuple(name for name in WEIGHTS if name not in _PARTING)

_SEAL_IN, _SEAL_OUT, _SEAL_LEAST = 0.05, 0.045, 0.07
"""Seconds in which lips meet and part, and the shortest hold: faster than any blend would be."""

_BITE_IN, _BITE_OUT, _BITE_LEAST = 0.06, 0.06, 0.05
_BITE_JAW = 0.09
"""The same for the lower lip at the upper teeth, and for the jaw that takes it there."""

_ASPIRATION = {"P": 0.035, "B": 0.01, "M": 0.0}
"""Seconds between release and the next sound's voicing (Lisker & Abramson 1964: some 60 ms for a
stressed initial /p/, about half in running speech, hardly any for /b/)."""

_ASPIRATION_SHARE = 0.35
"""Most of a stop that may be aspiration."""

_EFFORT_BLUR = 3.0
"""Frames (standard deviation) over which effort is felt: the jaw does not follow single periods."""

_JAW_AT_REST, _JAW_BY_EFFORT, _JAW_LOUD = 0.5, 0.2, 0.16
"""Of the jaw's opening: share of the target without effort, what full effort adds to that share,
and what it adds whatever the target.

Fitted to four clips of performance capture (FACEGOOD-Audio2Face, one Mandarin speaker) with targets
expected from phone posteriors, jaw = a target + b target effort + c effort: all speech gives
c = 0.15 to 0.18 and nothing for b, vowels alone 0.21, 0.25 and 0.19. Posteriors' errors dilute the
targets' part, so it is taken a little larger here.
"""

_PART_AT_REST, _PART_BY_EFFORT = 0.76, 0.4
_LIPS_AT_REST, _LIPS_BY_EFFORT = 0.88, 0.2
"""Gain without effort and what full effort adds: most to the jaw, least to the lips' shape."""

_SEALED = {"mouthPress": 0.34, "mouthRollLower": 0.26, "mouthRollUpper": 0.22}
_BITTEN = {"mouthRollLower": 0.72, "mouthUpperUp": 0.36, "mouthShrugLower": 0.1}
_BITTEN_JAW = 0.08
_PUCKER_SEALED = 0.6
"""Share of pucker that sealed lips keep: a /b/ before /u/ is round, but flat."""


def _targets() -> Floats:
    """(len(STATES), len(WEIGHTS) + 1): targets and, last, the jaw's freedom.

    The jaw's targets are given for ordinary effort; here they become what effort works on.
    """
    targets, freedom = target_matrix(), jaw_freedom()
    loud = _JAW_LOUD * ORDINARY_EFFORT * freedom
    share = _JAW_AT_REST + _JAW_BY_EFFORT * ORDINARY_EFFORT
    targets[:, _COLUMN["jawOpen"]] = (targets[:, _COLUMN["jawOpen"]] - loud) / share
    return np.column_stack([targets, freedom])


_TARGETS = _targets()


class _Sounds(NamedTuple):
    """States in order, with their times in seconds."""

    state: Ints
    start: Times
    end: Times


def teach(segments: Sequence[Segment], frames: int, effort: Floats | None = None) -> Floats:
    """(frames, len(CHANNELS)) float32 at 100 Hz: the face that says ``segments``.

    ``segments`` are in order of time and do not overlap; what they leave out is silence.
    ``effort`` (frames,) is loudness within the speaker's range, as in `engine.voice.Prosody`;
    without it all is said with `ORDINARY_EFFORT`. `speech` is 1 between pauses, and closures and
    bites that begin or end a stretch of speech reach a little into the pause.
    """
    spoken = [one for one in segments if one.phone != "SIL" and one.end > one.start]
    out = np.zeros((frames, len(CHANNELS)), np.float32)
    if not spoken or not frames:
        return out
    runs = _runs(spoken)
    closure = plateaus(_seals(spoken, runs), frames, _SEAL_IN, _SEAL_OUT)
    bitten = _bites(spoken)
    bite = plateaus(bitten, frames, _BITE_IN, _BITE_OUT) * (1 - closure)
    blended = gaussian_filter1d(_blend(_sounds(spoken), frames), _INERTIA, axis=0, mode="nearest")
    pose, freedom = blended[:, :-1], blended[:, -1]
    strength = _smooth_effort(effort, frames)
    _exert(pose, freedom, strength)
    _bite(pose, bite, plateaus(bitten, frames, _BITE_JAW, _BITE_JAW))
    _seal(pose, closure, strength)
    gaps = _gaps(spoken, frames)
    for names, presence in (
        (_PARTING, _presence(gaps, frames, (_OPENS, _OPENING), (_CLOSES, _CLOSING))),
        (_SHAPING_ONLY, _presence(gaps, frames, (_SHAPES, _SHAPING), (_RELAXES, _RELAXING))),
    ):
        pose[:, [_COLUMN[name] for name in names]] *= presence[:, None]
    out[:, : len(WEIGHTS)] = np.clip(pose, 0, 1)
    out[:, _COLUMN["closure"]] = closure
    out[:, _COLUMN["labiodental"]] = bite
    out[:, _COLUMN["speech"]] = inside(runs, frames)
    return out


def _runs(spoken: Sequence[Segment]) -> Spans:
    """Stretches of speech between pauses."""
    start = np.array([segment.start for segment in spoken])
    end = np.array([segment.end for segment in spoken])
    breaks = np.flatnonzero(start[1:] - end[:-1] >= PAUSE)
    return Spans(start[np.r_[0, breaks + 1]], end[np.r_[breaks, len(end) - 1]])


def _sounds(spoken: Sequence[Segment]) -> _Sounds:
    """Segments as states, diphthongs split in two."""
    rows: list[tuple[int, float, float]] = []
    for start, end, phone in spoken:
        if phone in VOWELS:
            missing = max(0.0, _VOWEL_LEAST - (end - start)) / 2
            start, end = start - missing, end + missing
        if phone in GLIDES:
            nucleus, glide = GLIDES[phone]
            turn = start + _NUCLEUS * (end - start)
            rows += [(STATE_INDEX[nucleus], start, turn), (STATE_INDEX[glide], turn, end)]
        else:
            rows.append((STATE_INDEX[phone], start, end))
    states, starts, ends = zip(*rows, strict=True)
    return _Sounds(np.array(states), np.array(starts), np.array(ends))


def _blend(sounds: _Sounds, frames: int) -> Floats:
    """(frames, len(WEIGHTS) + 1) targets and the jaw's freedom, blended by dominance."""
    frame, sound = covered(sounds.start - _REACH, sounds.end + _REACH, frames)
    since = centre(frame) - sounds.start[sound]
    until = sounds.end[sound] - centre(frame)
    state = sounds.state[sound]
    pose = np.zeros((frames, _TARGETS.shape[1]), np.float32)
    for column, group in enumerate(GROUPS):
        dominance = _FIRMNESS[state, column] * _flanks(group, _QUICK[state], since, until)
        weights = csr_array((dominance, (frame, sound)), shape=(frames, len(sounds.state)))
        channels = [_COLUMN[name] for name in group.channels]
        channels += [_FREEDOM] if group.name == "jaw" else []
        pulled = weights @ _TARGETS[sounds.state][:, channels]
        pose[:, channels] = pulled / (weights.sum(axis=1) + group.rest)[:, None]
    return pose


def _flanks(group: Group, quick: NDArray[np.bool_], since: Times, until: Times) -> Times:
    """Dominance in (0, 1): half at the sound's edges, less than full inside a short sound."""
    hurry = np.where(quick, group.quickness, 1.0)
    grown = 1 + np.exp(-since * (hurry / group.onset))
    left = 1 + np.exp(-until * (hurry / group.offset))
    return np.asarray(1 / (grown * left), np.float64)


def _seals(spoken: Sequence[Segment], runs: Spans) -> Spans:
    """When the lips are sealed: from a labial's beginning to its release.

    A short gap before a stop is its silent closure. Beside a pause the lips were closed before it
    and remain so after.
    """
    begins, finishes = set(runs.start.tolist()), set(runs.end.tolist())
    spans = []
    previous_end = -np.inf
    for start, end, phone in spoken:
        if phone in _ASPIRATION:
            aspiration = min(_ASPIRATION[phone], _ASPIRATION_SHARE * (end - start))
            silent_from = start if phone == "M" else previous_end
            since = start - _OPENS if start in begins else silent_from
            until = end + _CLOSING - _CLOSES if end in finishes else end - aspiration
            spans.append((since, until))
        previous_end = end
    return lengthened(spans, _SEAL_LEAST)


def _bites(spoken: Sequence[Segment]) -> Spans:
    """When the lower lip is at the upper teeth."""
    spans = [(segment.start, segment.end) for segment in spoken if segment.phone in ("F", "V")]
    return lengthened(spans, _BITE_LEAST)


def _gaps(spoken: Sequence[Segment], frames: int) -> Spans:
    """The silences between sounds, and those at either end, which have no end of their own."""
    beyond = frames / RATE + 1
    start = np.array([-1.0, *(segment.end for segment in spoken)])
    end = np.array([*(segment.start for segment in spoken), beyond])
    silent = end - start > _STIRS
    return Spans(start[silent], end[silent])


def _presence(
    gaps: Spans, frames: int, opening: tuple[float, float], closing: tuple[float, float]
) -> Floats:
    """(frames,) 0 in pauses, 1 in speech; (lead before the edge, time taken) of either change."""
    rests = Spans(gaps.start - closing[0] + closing[1], gaps.end - opening[0])
    depth = smoothstep((gaps.end - gaps.start - _STIRS) / (_RESTS - _STIRS))
    return 1 - plateaus(rests, frames, closing[1], opening[1], depth)


def _smooth_effort(effort: Floats | None, frames: int) -> Floats:
    if effort is None:
        return np.full(frames, ORDINARY_EFFORT, np.float32)
    smooth: Floats = gaussian_filter1d(effort.astype(np.float32), _EFFORT_BLUR, mode="nearest")
    return smooth


def _exert(pose: Floats, freedom: Floats, effort: Floats) -> None:
    """Scale jaw, parting of the lips and their shapes, each in its own measure; move the cheeks."""
    for names, at_rest, by_effort in (
        (("jawOpen",), _JAW_AT_REST, _JAW_BY_EFFORT),
        (("mouthLowerDown", "mouthUpperUp"), _PART_AT_REST, _PART_BY_EFFORT),
        (
            ("mouthFunnel", "mouthPucker", "mouthStretch", "mouthSmile", "mouthDimple"),
            _LIPS_AT_REST,
            _LIPS_BY_EFFORT,
        ),
    ):
        pose[:, [_COLUMN[name] for name in names]] *= (at_rest + by_effort * effort)[:, None]
    pose[:, _COLUMN["jawOpen"]] += _JAW_LOUD * effort * freedom
    wide = pose[:, _COLUMN["mouthStretch"]] + pose[:, _COLUMN["mouthSmile"]]
    loud = np.maximum(effort - 0.5, 0) * pose[:, _COLUMN["jawOpen"]]
    pose[:, _COLUMN["cheekSquint"]] = 0.18 * wide + 0.4 * loud


def _bite(pose: Floats, bite: Floats, jaw_bite: Floats) -> None:
    """Lower lip to the upper teeth, in place of whatever else would part the lips."""
    jaw = _COLUMN["jawOpen"]
    pose[:, jaw] += jaw_bite * (np.minimum(pose[:, jaw], _BITTEN_JAW) - pose[:, jaw])
    for name in ("mouthFunnel", "mouthLowerDown", "mouthUpperUp", "tongueOut"):
        pose[:, _COLUMN[name]] *= 1 - bite
    for name in ("mouthPucker", "mouthStretch", "mouthSmile"):
        pose[:, _COLUMN[name]] *= 1 - 0.5 * bite
    for name, value in _BITTEN.items():
        pose[:, _COLUMN[name]] += value * bite


def _seal(pose: Floats, closure: Floats, effort: Floats) -> None:
    """Lips together over whatever the jaw does; a loud stop's pressure shows in the cheeks."""
    for name in ("mouthFunnel", "mouthLowerDown", "mouthUpperUp", "mouthShrugLower", "tongueOut"):
        pose[:, _COLUMN[name]] *= 1 - closure
    pose[:, _COLUMN["mouthPucker"]] *= 1 - (1 - _PUCKER_SEALED) * closure
    for name, value in _SEALED.items():
        pose[:, _COLUMN[name]] += closure * (value - pose[:, _COLUMN[name]])
    pose[:, _COLUMN["mouthClose"]] = closure * pose[:, _COLUMN["jawOpen"]]
    pose[:, _COLUMN["cheekPuff"]] = 0.3 * closure * np.maximum(effort - 0.6, 0)
