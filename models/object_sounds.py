"""Sounds of things on and around a desk: one event, or a stretch where the sound goes on."""

from __future__ import annotations

import numpy as np
from numpy.random import Generator
from scipy.signal import lfilter

from engine.timeline import SAMPLE_RATE
from models.acoustics import Sound, coloured_noise
from models.tones import (
    fading,
    glottal,
    noise_band,
    peaked,
    put,
    resonate,
    samples,
    struck,
    swell,
    track,
)


def typing(seconds: float, choice: Generator) -> Sound:
    """A keyboard of its own sound, at a human rhythm: runs of keys, then a thought."""
    out = np.zeros(samples(seconds))
    bright, body = choice.uniform(1800, 6500), choice.uniform(150, 700)
    depth, ring = choice.uniform(0.1, 1.2), choice.uniform(0.002, 0.012)
    rate = choice.uniform(2.5, 9)
    at = choice.uniform(0, 0.6)
    while at < seconds:
        press = _key(bright, body, depth, ring, choice) * choice.uniform(0.4, 1)
        put(out, press, samples(at))
        release = samples(at + choice.uniform(0.05, 0.12))
        put(
            out,
            _key(bright * 1.2, body, depth * 0.3, ring, choice) * choice.uniform(0.1, 0.5),
            release,
        )
        thinking = choice.random() < 0.06
        at += choice.exponential(0.8) if thinking else choice.gamma(5, 1 / (5 * rate))
    return peaked(out)


def _key(bright: float, body: float, depth: float, ring: float, choice: Generator) -> Sound:
    length = samples(0.05)
    click = noise_band(length, bright * 0.5, bright * 1.3, choice) * fading(length, ring)
    thud = np.sin(2 * np.pi * body * choice.uniform(0.9, 1.1) * np.arange(length) / SAMPLE_RATE)
    return click * choice.uniform(0.6, 1) + depth * thud * fading(length, 0.008)


def mouse_click(choice: Generator) -> Sound:
    """Down and up."""
    out = np.zeros(samples(0.3))
    bright = choice.uniform(2000, 6000)
    for at in (0.0, choice.uniform(0.05, 0.2)):
        put(out, _key(bright, 900, 0.1, 0.002, choice), samples(at))
    return peaked(out)


def knocks(choice: Generator) -> Sound:
    """Knuckles on wood, two to five times."""
    count, period = int(choice.integers(2, 6)), choice.uniform(0.13, 0.3)
    modes = choice.uniform([80, 180, 350, 800], [180, 350, 800, 1800])
    out = np.zeros(samples(count * period + 0.4))
    for number in range(count):
        blow = struck(modes, choice.uniform(0.01, 0.05, 4), choice.uniform(0.2, 1, 4), 0.25)
        put(blow, 0.5 * _key(2500, 300, 0, 0.003, choice), 0)
        put(
            out,
            blow * choice.uniform(0.6, 1),
            samples(number * period * choice.uniform(0.95, 1.05)),
        )
    return peaked(out)


def claps(choice: Generator) -> Sound:
    """One person's hands, or a small audience's."""
    people, seconds = int(choice.choice([1, 1, 1, 4, 12])), choice.uniform(0.2, 2.5)
    out = np.zeros(samples(seconds + 0.2))
    for _ in range(people):
        period, tone = choice.uniform(0.16, 0.4), choice.uniform(700, 2200)
        at = choice.uniform(0, period)
        while at < seconds:
            length = samples(0.06)
            hit = noise_band(length, tone * 0.6, tone * 1.8, choice)
            put(out, hit * fading(length, choice.uniform(0.004, 0.02)), samples(at))
            at += period * choice.uniform(0.92, 1.08)
    return peaked(out)


def footsteps(seconds: float, choice: Generator) -> Sound:
    """Heel and toe on some floor."""
    out = np.zeros(samples(seconds))
    period, hard = choice.uniform(0.4, 0.75), choice.uniform(500, 4000)
    at = choice.uniform(0, period)
    while at < seconds:
        for delay, level in ((0.0, 1.0), (choice.uniform(0.06, 0.14), 0.5)):
            step = _key(hard, choice.uniform(60, 160), 1.5, choice.uniform(0.004, 0.02), choice)
            put(out, step * level * choice.uniform(0.6, 1), samples(at + delay))
        at += period * choice.uniform(0.93, 1.07)
    return peaked(out)


def ringing(seconds: float, choice: Generator) -> Sound:
    """A telephone, an alarm clock, a notification or a microwave oven: tones in a pattern."""
    low = choice.uniform(350, 2500)
    steps = 2 ** (choice.integers(0, 13, choice.integers(1, 5)) / 12)
    note, gap = choice.uniform(0.04, 0.4), choice.uniform(0, 0.3)
    rest = choice.uniform(0.1, 2.0)
    decay = choice.choice([0.04, 0.15, 5.0])
    parts = choice.choice([0.0, 0.3, 0.8]) ** np.arange(4)
    one = np.zeros(samples(len(steps) * (note + gap) + rest))
    for number, step in enumerate(steps):
        length = samples(note)
        time = np.arange(length) / SAMPLE_RATE
        partials = np.sin(2 * np.pi * np.outer(low * step * np.array([1, 2, 3, 4.2]), time))
        audible = parts * (low * step * np.array([1, 2, 3, 4.2]) < 7800)
        tone = (audible @ partials) * fading(length, decay) * swell(length, 0.02, 0.1)
        put(one, tone, samples(number * (note + gap)))
    return peaked(np.resize(one, samples(seconds)))


def bark(choice: Generator) -> Sound:
    """A dog, one to four times."""
    out = np.zeros(samples(2.4))
    at, f0, size = 0.0, choice.uniform(180, 700), choice.uniform(0.8, 1.5)
    for _ in range(choice.integers(1, 5)):
        length = samples(choice.uniform(0.09, 0.25))
        pitch = f0 * track(length, [0.8, 1.3, 1.1, 0.7])
        source = glottal(pitch, 0.8, choice) + choice.uniform(0.2, 1) * choice.standard_normal(
            length
        )
        tract = size * np.array([(450, 1100, 2300), (900, 1700, 2700), (600, 1300, 2400)])
        put(out, resonate(source, tract, [150, 250, 350]) * swell(length, 0.12, 0.4), samples(at))
        at += choice.uniform(0.2, 0.7)
    return peaked(out[: samples(min(at + 0.3, 2.4))])


def rustle(choice: Generator) -> Sound:
    """Paper, a plastic bag or cloth: a crackle of many small pops."""
    length = samples(choice.uniform(0.3, 1.8))
    pops = (choice.random(length) < choice.uniform(0.002, 0.03)) * choice.standard_normal(length)
    low = choice.uniform(600, 3500)
    crackle = lfilter([1], [1, -0.5], pops) * track(length, choice.uniform(0, 1, 12))
    hiss = noise_band(length, low, 7500, choice) * track(length, choice.uniform(0, 0.1, 12))
    return peaked((crackle + hiss) * swell(length, 0.1, 0.2))


def bump(choice: Generator) -> Sound:
    """The desk or the microphone is hit, or a cup is put down."""
    low = choice.choice([40.0, 90.0, 700.0, 2200.0])
    modes = low * choice.uniform(1, 6, 5)
    decays = choice.uniform(0.01, 0.12, 5)
    blow = struck(np.minimum(modes, 7500), decays, choice.uniform(0.1, 1, 5), 0.5)
    put(blow, _key(2500, 200, 0.5, 0.003, choice) * choice.uniform(0, 1), 0)
    return peaked(blow)


def fan(seconds: float, choice: Generator) -> Sound:
    """A fan or a computer: steady noise with the tone of its blades."""
    length = samples(seconds)
    time = np.arange(length) / SAMPLE_RATE
    blades = choice.uniform(60, 400)
    tone = sum(np.sin(2 * np.pi * blades * k * time) / k for k in (1, 2, 3))
    air = noise_band(length, choice.uniform(60, 300), choice.uniform(800, 4000), choice)
    return peaked(air + choice.uniform(0, 0.6) * tone)


def wind(seconds: float, choice: Generator) -> Sound:
    """Gusts at a microphone, or surf: low noise that comes and goes."""
    length = samples(seconds)
    gusts = track(length, choice.uniform(0.05, 1, int(seconds * choice.uniform(1, 4)) + 3)) ** 2
    air = noise_band(length, 30, choice.uniform(150, 2000), choice)
    return peaked(air * gusts + 0.02 * coloured_noise(length, choice))


def traffic(seconds: float, choice: Generator) -> Sound:
    """Cars that pass, an engine that idles, now and then a horn or a siren."""
    length = samples(seconds)
    passing = track(length, choice.uniform(0.1, 1, int(seconds / 1.5) + 3)) ** 2
    road = noise_band(length, 60, choice.uniform(700, 3000), choice) * passing
    motor = glottal(
        choice.uniform(25, 90) * track(length, choice.uniform(0.7, 1.4, 6)), 0.4, choice
    )
    out = road + choice.uniform(0, 0.7) * lfilter([1], [1, -0.95], motor) * 0.3
    if choice.random() < 0.4:
        horn = samples(choice.uniform(0.2, 1.5))
        siren = choice.random() < 0.5
        pitch = track(horn, choice.uniform(500, 1400, 6)) if siren else np.full(horn, 420.0)
        put(
            out, glottal(pitch, 0.6, choice) * swell(horn, 0.05, 0.05), int(choice.integers(length))
        )
    return peaked(out)
