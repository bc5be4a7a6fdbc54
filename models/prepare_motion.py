"""Streams for the motion network, step by step; a step whose result is in the cache is skipped.

``cache/motion/NAME.npz`` holds what was heard and the mouth that goes with it. It depends on the
phoneme network: the folder is named by the network's hash.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from pathlib import Path

import numpy as np

from engine.face import Floats
from engine.motion.channels import CHANNELS
from models import corpus, speech_data
from models.acoustics import rms
from models.align import ALIGNED
from models.augment import LEVEL, recorded_elsewhere
from models.capture.archive import read_archive
from models.capture.channels import to_channels
from models.corpus import Segment, Utterance
from models.motion_data import MotionFile, Shown, heard, in_one_go, shown, streams
from models.net import PhonemeNet
from models.nonspeech import nonspeech
from models.prepare import Say, synthesised
from models.sound import read_16k
from models.train_motion import MotionSource

CAPTURE = Path(__file__).resolve().parents[2] / "shared" / "data" / "mocap"
"""Where performance capture is looked for: beside the checkout."""

CAPTURE_HELD_OUT = ("1114_3_15",)
"""Clips that are never trained on."""

RECORDED_WEIGHT = 1.5
RECORDED_RENDITIONS = 1
SYNTHESISED_SHARE = 0.4
"""Part of each synthesised voice that is used."""

CAPTURE_RENDITIONS = 4
CAPTURE_WEIGHT = 1.0
CAPTURED = ("jawOpen", "mouthFunnel", "mouthPucker")
"""What is learnt from capture: amplitude and dynamics of opening and rounding. The other shapes of
that rig differ from clip to clip."""

JAW_PERCENTILE, JAW_AT = 95.0, 0.58
"""That percentile of a clip's jaw while it moves is brought to this weight, the teacher's own."""

CAPTURE_LATE_S = 0.03
"""The captured jaw follows the teacher's jaw on the same phones by 20 to 50 ms; a jaw leads:
the recordings are not quite in step."""

CLATTER_MINUTES = 12
CLATTER_STRETCH_S = 12.0


def prepare(
    net: PhonemeNet, sha256: str, cache: Path, hours: float, say: Say
) -> list[MotionSource]:
    """Make what is missing in ``cache``; the sources that training can draw from."""
    folder = cache / "motion" / sha256[:12]
    folder.mkdir(parents=True, exist_ok=True)
    sources = []
    for name, weight, renditions, speech in _spoken(cache, hours, say):
        path = folder / f"{name}.npz"
        if not path.exists():
            choice = np.random.default_rng(_seed(name))
            _save(path, _taught(net, speech(), renditions, choice), say)
        sources.append(MotionSource(name, path, weight / renditions))
    clatter = folder / "clatter.npz"
    if not clatter.exists():
        _save(clatter, _silent(net, np.random.default_rng(_seed("clatter"))), say)
    sources.append(MotionSource("clatter", clatter, 1.0))
    captured = folder / "captured.npz"
    if not captured.exists() and CAPTURE.is_dir():
        _save(captured, _captured(net, np.random.default_rng(_seed("captured"))), say)
    if captured.exists():
        sources.append(MotionSource("captured", captured, CAPTURE_WEIGHT))
    else:
        say(f"captured: skipped, {CAPTURE} is not there")
    return sources


Speech = Callable[[], Sequence[Utterance]]


def _spoken(cache: Path, hours: float, say: Say) -> Iterator[tuple[str, float, int, Speech]]:
    """Name, weight, renditions and utterances of all speech with phone times."""
    aligned = cache / ALIGNED
    try:
        speech_data.index(speech_data.SPEECH)
        yield (
            "recorded",
            RECORDED_WEIGHT,
            RECORDED_RENDITIONS,
            lambda: speech_data.utterances(held_out=False, aligned=aligned),
        )
    except FileNotFoundError as missing:
        say(f"recorded: skipped, {missing.filename} is not there")
    for voice, path in synthesised(cache, hours, say):
        yield voice.name, voice.weight, 1, partial(_some, path, voice.shift_ms / 1000)


def _some(path: Path, shift: float) -> list[Utterance]:
    """The first of a voice's utterances, their phones moved by ``shift`` seconds."""
    utterances = corpus.load(path)
    chosen = utterances[: max(1, round(len(utterances) * SYNTHESISED_SHARE))]
    return [
        Utterance(
            u.samples,
            [Segment(s.start + shift, s.end + shift, s.phone) for s in u.segments],
            u.speaker,
        )
        for u in chosen
    ]


def _taught(
    net: PhonemeNet, utterances: Sequence[Utterance], renditions: int, choice: np.random.Generator
) -> Iterator[Shown]:
    for _ in range(renditions):
        for stream in streams(utterances, choice):
            yield shown(net, stream, utterances, choice)


def _silent(net: PhonemeNet, choice: np.random.Generator) -> Iterator[Shown]:
    """Sounds that nobody says: the mouth is shut and still."""
    for _ in range(int(CLATTER_MINUTES * 60 / CLATTER_STRETCH_S)):
        sound = nonspeech(CLATTER_STRETCH_S, choice)
        features, _ = heard(in_one_go(net, sound), sound)
        yield Shown(features, np.zeros((len(features), len(CHANNELS)), np.float32))


def _captured(net: PhonemeNet, choice: np.random.Generator) -> Iterator[Shown]:
    clips = [clip for clip in sorted(CAPTURE.glob("*.npz")) if clip.stem not in CAPTURE_HELD_OUT]
    for clip in clips:
        spoken = Utterance(read_16k(clip.with_suffix(".flac")), [], clip.stem)
        curves = captured_poses(clip, len(spoken.samples) // 160)
        for _ in range(CAPTURE_RENDITIONS):
            sound = spoken.floats * (LEVEL / rms(spoken.floats))
            sound = recorded_elsewhere(sound, [spoken], choice)
            features, _ = heard(in_one_go(net, sound), sound)
            yield Shown(features, curves[: len(features)])


def captured_poses(clip: Path, frames: int) -> Floats:
    """(frames, len(CHANNELS)) poses at (t + 1) * 10 ms, NaN but for CAPTURED."""
    recording = read_archive(clip)
    values, _ = to_channels(recording)
    times = np.arange(1, frames + 1) / 100 + CAPTURE_LATE_S
    poses = np.full((frames, len(CHANNELS)), np.nan, np.float32)
    for name in CAPTURED:
        column = CHANNELS.index(name)
        curve = values[:, column]
        known = np.isfinite(curve)
        poses[:, column] = np.interp(times, recording.times[known], curve[known])
    jaw = poses[:, CHANNELS.index("jawOpen")]
    jaw *= JAW_AT / np.percentile(jaw, JAW_PERCENTILE)
    return np.clip(poses, 0, 1, out=poses)


def _save(path: Path, examples: Iterable[Shown], say: Say) -> None:
    file = MotionFile.gather(examples)
    file.save(path)
    say(f"{path.stem}: {len(file.features) / 360_000:.2f} h of motion")


def _seed(name: str) -> int:
    return zlib.crc32(f"motion {name}".encode())
