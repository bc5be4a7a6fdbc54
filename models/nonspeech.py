"""What a microphone hears that nobody says, made by formula: the mouth must not move to it.

``KINDS`` names the sounds, for evaluation by kind; :func:`nonspeech` mixes them for training.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.random import Generator

from engine.face import Floats
from models import body_sounds, object_sounds
from models.acoustics import Sound, coloured_noise, gain, in_room, through_microphone
from models.music import music
from models.tones import peaked, put, samples

Event = Callable[[Generator], Sound]
Stretch = Callable[[float, Generator], Sound]

BODY: dict[str, Event] = {
    "breath": body_sounds.breath,
    "laughter": body_sounds.laughter,
    "cough": body_sounds.cough,
    "throat": body_sounds.throat_clearing,
    "sniff": body_sounds.sniff,
    "sigh": body_sounds.sigh,
    "hum": body_sounds.hum,
    "smack": body_sounds.lip_smack,
    "sneeze": body_sounds.sneeze,
    "snore": body_sounds.snore,
    "swallow": body_sounds.swallow,
}
"""Made by the speaker: heard between phrases, close to the microphone."""

_BODY_ODDS = np.array([5, 4, 2, 1, 1.5, 1, 1.5, 2, 0.5, 0.5, 0.5])

OBJECTS: dict[str, Event] = {
    "mouse": object_sounds.mouse_click,
    "knock": object_sounds.knocks,
    "clap": object_sounds.claps,
    "bark": object_sounds.bark,
    "rustle": object_sounds.rustle,
    "bump": object_sounds.bump,
}
LASTING: dict[str, Stretch] = {
    "typing": object_sounds.typing,
    "music": music,
    "footsteps": object_sounds.footsteps,
    "ringing": object_sounds.ringing,
    "fan": object_sounds.fan,
    "wind": object_sounds.wind,
    "traffic": object_sounds.traffic,
}
_LASTING_ODDS = np.array([4, 5, 1, 2, 1, 1, 1.5])

LEVEL_DBFS = (-55.0, -12.0)
"""Peak level of the sounds of a stretch."""


def repeated(event: Event) -> Stretch:
    """A stretch of one kind of event, again and again with pauses."""

    def stretch(seconds: float, choice: Generator) -> Sound:
        out = np.zeros(samples(seconds))
        at = samples(choice.uniform(0, 0.3))
        while at < len(out):
            one = event(choice) * gain(choice.uniform(-8, 0))
            put(out, one, at)
            at += len(one) + samples(choice.uniform(0.15, 1.2))
        return peaked(out)

    return stretch


KINDS: dict[str, Stretch] = {
    **{name: repeated(event) for name, event in BODY.items()},
    **{name: repeated(event) for name, event in OBJECTS.items()},
    **LASTING,
}
"""Each kind alone: (seconds, choice) to samples that peak at 1, float64 at 16 kHz."""


def nonspeech(seconds: float, choice: Generator) -> Floats:
    """float32 at 16 kHz in [-1, 1]: sounds at random, in a random room, through a microphone."""
    length = samples(seconds)
    lasting, busy = choice.random(2) < (0.5, 0.75)
    out = np.zeros(length)
    if lasting:
        out += background(length, choice)
    if busy or not lasting:
        out += _events(seconds, choice) * gain(choice.uniform(-12, 12))
    if choice.random() < 0.5:
        out = in_room(out, choice)
    out = peaked(through_microphone(out, choice)) * gain(choice.uniform(*LEVEL_DBFS))
    out += coloured_noise(length, choice) * gain(choice.uniform(-95, -45))
    return np.clip(out, -1, 1).astype(np.float32)


def background(length: int, choice: Generator) -> Sound:
    """``length`` samples of something that goes on: music, a keyboard, traffic; peaks at 1."""
    kinds = list(LASTING.values())
    odds = _LASTING_ODDS / _LASTING_ODDS.sum()
    return kinds[choice.choice(len(kinds), p=odds)](length / 16_000, choice)


def body_event(choice: Generator) -> Sound:
    """Something that a speaker does between phrases, at a natural level; peaks at 1 or less."""
    kinds = list(BODY.values())
    odds = _BODY_ODDS / _BODY_ODDS.sum()
    return kinds[choice.choice(len(kinds), p=odds)](choice)


def _events(seconds: float, choice: Generator) -> Sound:
    """Some events of two or three kinds, with pauses."""
    sources: list[Event] = [body_event, body_event]
    sources += [list(OBJECTS.values())[index] for index in choice.integers(0, len(OBJECTS), 2)]
    same = list(BODY.values())[choice.choice(len(BODY), p=_BODY_ODDS / _BODY_ODDS.sum())]
    one_kind = choice.random() < 0.4

    def event(choice: Generator) -> Sound:
        return same(choice) if one_kind else sources[choice.integers(len(sources))](choice)

    return repeated(event)(seconds, choice)
