"""Two pictures: what look-ahead buys, and one utterance from its sound to the lips."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import matplotlib
import numpy as np
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from benchmarks.lipsync import phones
from benchmarks.lipsync.clips import Clip
from benchmarks.lipsync.measures import RATE
from benchmarks.lipsync.systems import Visavis
from engine.face import Floats
from engine.phones import PHONES
from engine.speech.audio import INPUT_HOP
from engine.speech.hearing import Hearing
from engine.stopwatch import Stopwatch
from engine.timeline import MOTION_HOP, SAMPLE_RATE

LOOK_AHEAD_PICTURE = "lipsync-lookahead.png"
CHAIN_PICTURE = "lipsync-chain.png"
Row = dict[str, Any]

_PANELS = {
    "closure_auc": "closure, AUC",
    "rounding_auc": "rounding, AUC",
    "labiodental_auc": "labiodental, AUC",
    "openness_rho": "openness, ρ",
    "silence": "closed in silence",
    "correlation_at_0": "aperture, r at lag 0",
    "jaw_r": "captured jaw, r",
    "rounding_r": "captured pursing, r",
}
_OURS, _BAND = "#c2410c", "#fdba74"
_OTHERS = {
    "loudness": ("#475569", (1, 1.5)),
    "Rhubarb": ("#0369a1", (5, 2)),
    "Rhubarb, told the words": ("#0369a1", (1, 0)),
    "HeadAudio": ("#7c3aed", (3, 1.5)),
}
_PAPER: dict[Any, Any] = {
    "font.size": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.titlesize": 9.5,
    "axes.titlelocation": "left",
    "axes.edgecolor": "#94a3b8",
    "xtick.color": "#475569",
    "ytick.color": "#475569",
    "figure.dpi": 150,
}

_ARTICULATION = (
    *("SIL", "P", "B", "M", "F", "V", "TH", "DH", "T", "D", "N", "L", "S", "Z", "SH", "ZH"),
    *("CH", "JH", "R", "K", "G", "NG", "HH", "Y", "W", "UW", "UH", "OW", "OY", "AO", "AA", "AW"),
    *("AY", "AE", "AH", "EH", "EY", "ER", "IH", "IY"),
)
"""The phones from the lips backwards, then vowels from rounded through open to spread."""

_MARKED = {
    "aperture": (phones.BILABIAL, "P B M close the lips", "#0369a1"),
    "rounding": (phones.ROUNDED, "rounded vowels and W", "#7c3aed"),
    "labiodental": (phones.LABIODENTAL, "F V meet the teeth", "#15803d"),
}
_LEAST_SPAN, _TOP = 0.3, 1.01
_SHOWN_S = (2.5, 5.0)
_SHOWN_MS = 60
_CLEAR_S = 0.05


def draw(rows: Sequence[Row], clips: Sequence[Clip], visavis: Visavis, folder: Path) -> list[Path]:
    """Both pictures as PNG files in ``folder``; returns their paths."""
    matplotlib.use("Agg")
    folder.mkdir(parents=True, exist_ok=True)
    pictures: dict[str, Callable[[], Figure]] = {
        LOOK_AHEAD_PICTURE: lambda: by_look_ahead(rows),
        CHAIN_PICTURE: lambda: chain(telling(clips), visavis, _SHOWN_MS),
    }
    for name, picture in pictures.items():
        with plt.rc_context(_PAPER):
            figure = picture()
            figure.savefig(folder / name, dpi=150)
            plt.close(figure)
    return [folder / name for name in pictures]


def by_look_ahead(rows: Sequence[Row]) -> Figure:
    """Each measure over look-ahead with its 95 % interval, other systems as level lines."""
    usual = [r for r in rows if r["speech"] == "English" and r["condition"] == "clean"]
    ours = sorted(
        (r for r in usual if r["look_ahead_ms"] is not None), key=lambda r: int(r["look_ahead_ms"])
    )
    figure, panels = plt.subplots(2, 4, figsize=(10, 4.9), sharex=True, layout="constrained")
    for axes, (name, title) in zip(panels.flat, _PANELS.items(), strict=True):
        _curve(axes, name, ours)
        for row in usual:
            if row["system"] in _OTHERS and row[name] is not None:
                colour, dashes = _OTHERS[row["system"]]
                axes.axhline(row[name], color=colour, dashes=dashes, lw=1.1, label=row["system"])
        _widen(axes)
        axes.set_title(title)
        axes.grid(axis="y", color="#e2e8f0", lw=0.7)
        axes.set_axisbelow(True)
    for axes in panels[-1]:
        axes.set_xlabel("look-ahead, ms")
        axes.set_xticks([row["look_ahead_ms"] for row in ours])
        axes.tick_params(axis="x", labelsize=8)
    shown = dict(zip(*reversed(panels[0, 0].get_legend_handles_labels()), strict=True))
    figure.legend(shown.values(), shown.keys(), loc="outside upper left", ncols=6, frameon=False)
    return figure


def _curve(axes: Axes, name: str, ours: Sequence[Row]) -> None:
    known = [row for row in ours if row[name] is not None]
    times = [row["look_ahead_ms"] for row in known]
    ranges = [row["intervals"].get(name, (row[name], row[name])) for row in known]
    lows, highs = [low for low, _ in ranges], [high for _, high in ranges]
    axes.fill_between(times, lows, highs, color=_BAND, alpha=0.35, lw=0)
    axes.plot(
        times, [row[name] for row in known], "o-", color=_OURS, ms=3.5, lw=1.6, label="Visavis"
    )


def _widen(axes: Axes) -> None:
    """Keep small differences small: at least so much of the scale, and nothing above 1."""
    low, high = axes.get_ylim()
    middle = (low + high) / 2
    low, high = min(low, middle - _LEAST_SPAN / 2), max(high, middle + _LEAST_SPAN / 2)
    axes.set_ylim(low - max(0, high - _TOP), min(high, _TOP))


def telling(clips: Sequence[Clip]) -> Clip:
    """The clip of a few seconds that says most clearly what lips show: all kinds, many sounds."""
    short = [c for c in clips if _SHOWN_S[0] <= len(c.samples) / SAMPLE_RATE <= _SHOWN_S[1]]

    def shown(clip: Clip) -> tuple[int, int]:
        clear = {s.phone for s in clip.segments if s.end - s.start > _CLEAR_S}
        kinds = [clear & marked for marked, *_ in _MARKED.values()]
        return sum(map(bool, kinds)), sum(map(len, kinds))

    return max(short or clips, key=shown)


def chain(clip: Clip, visavis: Visavis, look_ahead_ms: int) -> Figure:
    """Sound, phones, posteriors and lips of one utterance, under one another."""
    lips = visavis.lips(clip, look_ahead_ms)
    figure, panels = plt.subplots(
        5,
        1,
        figsize=(10, 9),
        sharex=True,
        layout="constrained",
        height_ratios=(1.1, 4.2, 1, 1, 1),
    )
    _waveform(panels[0], clip)
    _posteriors(panels[1], clip, posteriors(clip, visavis, look_ahead_ms))
    for axes, (name, marked) in zip(panels[2:], _MARKED.items(), strict=True):
        _lip(axes, name, np.asarray(lips[name]), clip, *marked)
    panels[-1].set_xlabel("seconds")
    panels[-1].set_xlim(0, len(clip.samples) / SAMPLE_RATE)
    figure.suptitle(f"“{clip.words}”, heard {look_ahead_ms} ms ahead", x=0.01, ha="left")
    return figure


def posteriors(clip: Clip, visavis: Visavis, look_ahead_ms: int) -> Floats:
    """(T, 40) what the network says of each 10 ms, by its head that fits into the look-ahead."""
    model = visavis.engine.phonemes
    head = max(i for i, ms in enumerate(model.heads_ms) if ms <= look_ahead_ms)
    late = model.heads_ms[head] * RATE // 1000
    hearing = Hearing(model, Stopwatch())
    room = np.zeros(INPUT_HOP * (late // 2 + 2), np.int16)
    sound = np.concatenate([clip.pcm, room])
    hops = [sound[at : at + INPUT_HOP] for at in range(0, len(sound) - INPUT_HOP + 1, INPUT_HOP)]
    heard = np.concatenate([hearing.push(hop).posteriors[head] for hop in hops])
    return np.asarray(heard[late : late + clip.length])


def _waveform(axes: Axes, clip: Clip) -> None:
    times = np.arange(len(clip.samples)) / SAMPLE_RATE
    axes.plot(times, clip.floats, color="#334155", lw=0.4)
    top = float(np.abs(clip.floats).max())
    axes.set_ylim(-1.1 * top, 1.9 * top)
    spoken = [segment for segment in clip.segments if segment.phone != phones.SILENCE]
    for number, segment in enumerate(spoken):
        middle, height = (segment.start + segment.end) / 2, 1.35 + 0.3 * (number % 2)
        axes.text(middle, height * top, segment.phone, ha="center", va="center", fontsize=7)
        axes.axvline(segment.start, color="#cbd5e1", lw=0.5, zorder=0)
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)


def _posteriors(axes: Axes, clip: Clip, values: Floats) -> None:
    order = [PHONES.index(phone) for phone in _ARTICULATION]
    end = len(values) * MOTION_HOP / SAMPLE_RATE
    axes.imshow(
        values[:, order].T,
        aspect="auto",
        cmap="Oranges",
        vmin=0,
        vmax=1,
        interpolation="nearest",
        extent=(0, end, len(order) - 0.5, -0.5),
    )
    for segment, row in _rows_of(clip):
        outline = Rectangle(
            (segment[0], row - 0.5), segment[1] - segment[0], 1, fill=False, lw=0.7, ec="#334155"
        )
        axes.add_patch(outline)
    axes.set_yticks(range(len(order)), _ARTICULATION, fontsize=5.5)
    axes.tick_params(axis="y", length=0)
    axes.set_title("posteriors of the network (orange) and the labels (outlined)")


def _rows_of(clip: Clip) -> Iterator[tuple[tuple[float, float], int]]:
    for segment in clip.segments:
        yield (segment.start, segment.end), _ARTICULATION.index(segment.phone)


def _lip(
    axes: Axes,
    name: str,
    series: Floats,
    clip: Clip,
    marked: frozenset[str],
    why: str,
    colour: str,
) -> None:
    for segment in clip.segments:
        if segment.phone in marked:
            axes.axvspan(segment.start, segment.end, color=colour, alpha=0.18, lw=0)
    axes.plot(np.arange(len(series)) / RATE, series, color=colour, lw=1.5)
    axes.set_ylim(-0.03, 1.03)
    axes.set_yticks([0, 0.5, 1])
    axes.set_title(f"{name} of the lips on screen; shaded: {why}")
