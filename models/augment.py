"""Rooms, microphones, noise and voices that the recordings do not have.

Each utterance is heard several times, each time as if another person said it somewhere else.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from scipy.signal import resample_poly

from engine.face import Floats
from engine.speech.features import MELS, STRIDE, WINDOW, log_mel, mel_edges, mel_filters
from engine.timeline import SAMPLE_RATE
from models.acoustics import Sound, coloured_noise, gain, in_room, rms, through_microphone
from models.corpus import Segment, Utterance, frame_labels
from models.nonspeech import BODY, background, body_event, nonspeech
from models.sound import through_opus
from models.tones import samples, swell
from models.whisper import shouted, whispered

LEVEL = 0.05
"""RMS that speech is brought to before its random gain."""

GAIN_DB = (-18.0, 18.0)
WHISPER_SHARE, SHOUT_SHARE = 0.04, 0.03
WHISPER_GAIN_DB, SHOUT_GAIN_DB = (-14.0, 0.0), (0.0, 10.0)

INTERLUDE_SHARE = 0.15
INTERLUDE_S = (0.4, 2.5)
"""Sounds before or after an utterance: the network shall hear them follow on speech."""

PAUSE_S = 0.25
"""A pause at least this long has room for a breath or a smack."""

PAUSE_EVENT_SHARE = 0.3
_MARGIN_S = 0.03
"""Kept free on both sides of a sound in a pause, since labels are not exact."""

_BREATHS = ("breath", "breath", "breath", "smack", "sniff")

OPUS_BIT_RATES = (16_000, 20_000, 24_000, 32_000, 48_000)
OPUS_SHARE = 0.35
QUIET_DBFS = (-95.0, -38.0)

Labels = NDArray[np.int8]


def augmented(
    utterance: Utterance, others: Sequence[Utterance], choice: Generator
) -> tuple[Floats, Labels]:
    """Log-mel frames (T, 40) of a random rendition, and the phone label of each frame (T,)."""
    sound, segments = altered(utterance, others, choice)
    features = _heard_by_another(sound, choice)
    return features, frame_labels(segments, len(features))


def altered(
    utterance: Utterance, others: Sequence[Utterance], choice: Generator
) -> tuple[Floats, Sequence[Segment]]:
    """A random rendition as samples at 16 kHz in [-1, 1], and its phones."""
    sound = np.asarray(utterance.floats, np.float64)
    sound, segments = _other_voice(sound, utterance.segments, choice)
    sound, level_db = _other_effort(sound, choice)
    sound = sound * (LEVEL / (rms(sound) + 1e-6))
    sound = _with_pauses_filled(sound, segments, choice)
    if choice.random() < INTERLUDE_SHARE:
        sound, segments = _with_interlude(sound, segments, choice)
    return recorded_elsewhere(sound, others, choice, level_db), segments


def recorded_elsewhere(
    sound: Sound, others: Sequence[Utterance], choice: Generator, level_db: float = 0.0
) -> Floats:
    """``sound`` of RMS ``LEVEL`` in another room through another microphone: as long as it was,
    float32. ``level_db`` is added to the random gain."""
    if choice.random() < 0.5:
        sound = in_room(sound, choice)
    if choice.random() < 0.8:
        sound = sound + _background(len(sound), others, choice)
    sound = through_microphone(sound, choice) * gain(choice.uniform(*GAIN_DB) + level_db)
    return _sampled(sound, choice)


def quiet(seconds: float, choice: Generator) -> Floats:
    """Log-mel frames (T, 40) of a room in which nobody speaks."""
    length = int(seconds * SAMPLE_RATE)
    sound = coloured_noise(length, choice) * gain(choice.uniform(*QUIET_DBFS))
    if choice.random() < 0.15:
        sound = np.zeros(length)
    if choice.random() < 0.3:
        for start in choice.integers(0, max(1, length - 800), int(seconds)):
            click = choice.standard_normal(160) * np.exp(-np.arange(160) / choice.uniform(5, 40))
            sound[start : start + 160] += click * choice.uniform(0, 0.03)
    return frames_of(np.clip(sound, -1, 1).astype(np.float32), warped_filters(1.0))


def clatter(seconds: float, choice: Generator) -> Floats:
    """Log-mel frames (T, 40) of sounds that nobody says: all of them are silence to the mouth."""
    sound = np.asarray(nonspeech(seconds, choice), np.float64)
    return _heard_by_another(_sampled(sound, choice), choice)


def _sampled(sound: Sound, choice: Generator) -> Floats:
    """What a computer makes of a sound: clipped, at times coded."""
    samples = np.clip(sound, -1, 1).astype(np.float32)
    if choice.random() < OPUS_SHARE:
        samples = through_opus(samples, int(choice.choice(OPUS_BIT_RATES)))
    return samples


def _heard_by_another(samples: Floats, choice: Generator) -> Floats:
    """Frames as of another vocal tract and another microphone."""
    warp = round(choice.uniform(0.9, 1.12), 2) if choice.random() < 0.7 else 1.0
    features = frames_of(samples, warped_filters(warp))
    return features + _tilt(choice) if choice.random() < 0.6 else features


def frames_of(sound: Floats, filters: Floats) -> Floats:
    """(n // 160, 40) log-mel frames of a whole signal, as a stream would give them."""
    whole = sound[: len(sound) // STRIDE * STRIDE]
    return log_mel(np.pad(whole, (WINDOW - STRIDE, 0)), filters)


@lru_cache(maxsize=64)
def warped_filters(warp: float) -> Floats:
    """Mel filters for a vocal tract ``1 / warp`` times as long (VTLP, Jaitly and Hinton 2013)."""
    edges = mel_edges()
    nyquist, bend = SAMPLE_RATE / 2, 6000.0
    cut = bend * min(warp, 1) / warp
    above = nyquist - (nyquist - cut * warp) / (nyquist - cut) * (nyquist - edges)
    return mel_filters(np.where(edges <= cut, edges * warp, above))


def _other_voice(
    sound: Sound, segments: Sequence[Segment], choice: Generator
) -> tuple[Sound, Sequence[Segment]]:
    """Pitch, formants and tempo changed together, by playing faster or slower."""
    if choice.random() >= 0.65:
        return sound, segments
    percent = int(choice.integers(84, 121))
    return resample_poly(sound, percent, 100), _moved(segments, percent / 100, 0.0)


def _other_effort(sound: Sound, choice: Generator) -> tuple[Sound, float]:
    """At times whispered or shouted; and how much louder that is, in dB."""
    manner = choice.random()
    if manner < WHISPER_SHARE:
        return whispered(sound, choice), choice.uniform(*WHISPER_GAIN_DB)
    if manner < WHISPER_SHARE + SHOUT_SHARE:
        return shouted(sound, choice), choice.uniform(*SHOUT_GAIN_DB)
    return sound, 0.0


def _with_pauses_filled(sound: Sound, segments: Sequence[Segment], choice: Generator) -> Sound:
    """Some pauses get a breath, a smack, now and then a cough or a laugh."""
    filled = sound.copy()
    for segment in segments:
        room = segment.end - segment.start
        if segment.phone != "SIL" or room < PAUSE_S or choice.random() >= PAUSE_EVENT_SHARE:
            continue
        usual = choice.random() < 0.75
        event = BODY[str(choice.choice(_BREATHS))](choice) if usual else body_event(choice)
        event = event[: samples(room - 2 * _MARGIN_S)]
        event = event * swell(len(event), 0.05, 0.1) * LEVEL * gain(choice.uniform(-24, 14))
        late = room - 2 * _MARGIN_S - len(event) / SAMPLE_RATE
        first = samples(segment.start + _MARGIN_S + choice.uniform(0, max(0.0, late)))
        part = filled[first : first + len(event)]
        part += event[: len(part)]
    return filled


def _with_interlude(
    sound: Sound, segments: Sequence[Segment], choice: Generator
) -> tuple[Sound, Sequence[Segment]]:
    """Laughter, typing or the like before the utterance or after it."""
    seconds = round(choice.uniform(*INTERLUDE_S), 2)
    extra = np.asarray(nonspeech(seconds, choice), np.float64)
    extra *= LEVEL * gain(choice.uniform(-20, 16)) / (np.abs(extra).max() + 1e-6)
    if choice.random() < 0.5:
        before = [Segment(0.0, seconds, "SIL"), *_moved(segments, 1.0, seconds)]
        return np.concatenate([extra, sound]), before
    end = len(sound) / SAMPLE_RATE
    return np.concatenate([sound, extra]), [*segments, Segment(end, end + seconds, "SIL")]


def _moved(segments: Sequence[Segment], factor: float, later: float) -> list[Segment]:
    return [Segment(s.start * factor + later, s.end * factor + later, s.phone) for s in segments]


def _background(length: int, others: Sequence[Utterance], choice: Generator) -> Sound:
    """Noise 3 to 40 dB below the speech, or up to six other people, or music, keys, traffic."""
    below = choice.uniform(3, 40)
    kind = choice.random()
    if kind < 0.6:
        return coloured_noise(length, choice) * LEVEL * gain(-below)
    if kind < 0.8:
        lasting = background(length, choice)
        return lasting / (rms(lasting) + 1e-6) * LEVEL * gain(-choice.uniform(5, 30))
    babble = np.zeros(length)
    for index in choice.integers(0, len(others), choice.integers(1, 7)):
        voice = others[index].floats
        babble += np.resize(np.roll(voice, int(choice.integers(len(voice)))), length) / (
            rms(voice) + 1e-6
        )
    return babble / (rms(babble) + 1e-6) * LEVEL * gain(-max(below, 10))


def _tilt(choice: Generator) -> Floats:
    """(40,) a smooth microphone response, within ±1 in the logarithm of power."""
    curve = np.interp(np.arange(MELS), np.linspace(0, MELS - 1, 5), choice.uniform(-1, 1, 5))
    return curve.astype(np.float32)
