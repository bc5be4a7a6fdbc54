"""Curves of a stretch of talk and of listening, and the main sequence; needs matplotlib."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import matplotlib
import numpy as np

from benchmarks.behaviour import eyes, heads
from benchmarks.behaviour.following import brows
from benchmarks.behaviour.performed import RATE, Performed, VoiceTrack

matplotlib.use("Agg")
from matplotlib import pyplot as plt
from matplotlib.axes import Axes

_STRETCH_S = 30.0
_SPOKEN, _INK = "#fde8d4", "#c2410c"
_COLOURS = ("#c2410c", "#0369a1", "#4d7c0f")
_PAPER: dict[Any, Any] = {
    "font.size": 8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.titlesize": 9,
    "axes.titlelocation": "left",
    "figure.dpi": 120,
}


def draw(
    talking: Sequence[Performed],
    listening: Sequence[Performed],
    voices: Sequence[VoiceTrack],
    path: Path,
) -> None:
    """Write a PNG: half a minute of curves of each role, main sequence, spectrum, intervals."""
    with plt.rc_context(_PAPER):
        figure = plt.figure(figsize=(13, 17), layout="constrained")
        rows = figure.add_gridspec(15, 3)
        first = figure.add_subplot(rows[0, :])
        _curve(first, talking[0], {"pitch of the voice, st": _centred(voices[0].pitch)}, "talking")
        _role(figure, rows, 1, talking[0])
        _role(figure, rows, 7, listening[0])
        _main_sequence(figure.add_subplot(rows[13:, 0]), [*talking, *listening])
        _spectrum(figure.add_subplot(rows[13:, 1]), talking)
        _looks(figure.add_subplot(rows[13:, 2]), talking, listening)
        figure.savefig(path)
        plt.close(figure)


def _role(figure: Any, rows: Any, at: int, one: Performed) -> None:  # noqa: ANN401
    head = np.degrees(one.head[:, :3])
    panels: list[tuple[str, dict[str, Any]]] = [
        ("head, degrees", dict(zip(("pitch", "yaw", "roll"), head.T, strict=True))),
        ("gaze in the room, degrees", {"yaw": one.gaze[:, 0], "pitch": one.gaze[:, 1]}),
        ("lids", {"blink": one.shape("eyeBlink"), "wide": one.shape("eyeWide")}),
        ("brows, smile", {"brows": brows(one), "smile": one.shape("mouthSmile")}),
        ("jaw", {"jaw": one.shape("jawOpen")}),
        (
            "body and camera",
            {
                "breath, mm": 1000 * one.body[:, 0],
                "lean, degrees": np.degrees(one.body[:, 2]),
                "camera, % zoom": 100 * (one.camera[:, 2] - 1),
            },
        ),
    ]
    for number, (title, curves) in enumerate(panels):
        _curve(figure.add_subplot(rows[at + number, :]), one, curves, title)


def _curve(axes: Axes, one: Performed, curves: dict[str, Any], title: str) -> None:
    count = min(len(one), round(_STRETCH_S * RATE))
    seconds = np.arange(count) / RATE
    for start, end in one.talk.phrases:
        if start < _STRETCH_S:
            axes.axvspan(start, min(end, _STRETCH_S), color=_SPOKEN, lw=0)
    for colour, (name, values) in zip(_COLOURS, curves.items(), strict=False):
        axes.plot(seconds, values[:count], lw=0.9, color=colour, label=name)
    axes.set_title(title)
    axes.set_xlim(0, _STRETCH_S)
    axes.legend(loc="upper right", fontsize=6, ncols=3, frameon=False)


def _centred(values: Any) -> Any:  # noqa: ANN401
    return values - values.mean()


def _main_sequence(axes: Axes, performed: Sequence[Performed]) -> None:
    found = [saccade for one in performed for saccade in eyes.saccades(one.gaze)]
    size = np.array([one.size for one in found])
    axes.scatter(size, [one.peak for one in found], s=3, color=_INK, alpha=0.5)
    angles = np.linspace(0, 25, 100)
    axes.plot(angles, 551 * (1 - np.exp(-angles / 14)), color="#475569", lw=1, label="Baloh 1975")
    axes.set_title("main sequence: peak °/s by size, degrees")
    axes.legend(frameon=False)


def _spectrum(axes: Axes, talking: Sequence[Performed]) -> None:
    hertz, power = heads.spectrum(talking)
    axes.loglog(hertz[1:], power[1:] / hertz[1:] ** 2, color=_INK, lw=1)
    axes.set_title("power of the head's angles by Hz")


def _looks(axes: Axes, talking: Sequence[Performed], listening: Sequence[Performed]) -> None:
    """Where eyes are: a cloud in degrees."""
    for one, colour in ((talking[0], _COLOURS[0]), (listening[0], _COLOURS[1])):
        axes.plot(one.gaze[::5, 0], -one.gaze[::5, 1], ".", ms=1.5, alpha=0.4, color=colour)
    axes.set_title("gaze: talking red, listening blue; up is up")
    axes.set_aspect("equal")
