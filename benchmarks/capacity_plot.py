"""How cost and pace grow with the number of sessions, as a picture; needs matplotlib."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import matplotlib

from benchmarks.knee import FLAT, LEFT_OUT, STRETCH, knee

matplotlib.use("Agg")
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

Rows = list[dict[str, Any]]
_COLOURS = ("#c2410c", "#0369a1", "#4d7c0f", "#7c3aed", "#525252")
_LIMIT: dict[str, Any] = {"color": "#737373", "lw": 1, "ls": (0, (4, 3))}
_PAPER: dict[Any, Any] = {
    "font.size": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.titlesize": 10,
    "axes.titlelocation": "left",
    "axes.titlepad": 10,
    "figure.dpi": 130,
}


def read(path: Path) -> dict[str, Any]:
    """Figures that `visavis bench capacity --json` has written."""
    report: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return report


def draw(reports: Sequence[dict[str, Any]], path: Path) -> None:
    """Write a PNG with a curve of each report; a filled dot is a number of sessions that held."""
    with plt.rc_context(_PAPER):
        figure, ((pace, missing), (cpu, memory)) = plt.subplots(
            2, 2, figsize=(10, 6.6), layout="constrained"
        )
        for report, colour in zip(reports, _COLOURS, strict=False):
            rows = _kept(report["rows"])
            label = _label(report["settings"])
            _curve(pace, rows, "interval_p95_ms", colour, label)
            _curve(missing, rows, "left_out_pct", colour)
            _curve(cpu, rows, "session_pct", colour)
            _flat(cpu, rows, colour)
            _curve(memory, rows, "memory_mb", colour)
        period = 1000 / reports[0]["settings"]["fps"]
        _limit(pace, STRETCH * period, f"limit: {STRETCH:g} times the {period:.0f} ms asked for")
        _limit(missing, 100 * LEFT_OUT, f"limit: {100 * LEFT_OUT:.0f} %")
        for axes, title in (
            (pace, "interval between pictures, 95th percentile, ms"),
            (missing, "pictures left out, %"),
            (cpu, f"processor time of a session, % of a core (bands: ±{100 * FLAT:.0f} %)"),
            (memory, "memory of server and workers, MB"),
        ):
            _dress(axes, title)
        missing.set_ylim(top=max(10.0, missing.get_ylim()[1]))
        for name, filling in (("keeps pace", "#737373"), ("does not", "white")):
            pace.plot([], color="#737373", lw=0, marker="o", mfc=filling, label=name)
        figure.legend(
            *pace.get_legend_handles_labels(), loc="outside lower center", ncols=6, frameon=False
        )
        figure.savefig(path)
        plt.close(figure)


def _kept(rows: Rows) -> Rows:
    """Of several trials of a number of sessions the last: the others were disturbed, or it."""
    return list({row["sessions"]: row for row in rows}.values())


def _label(settings: dict[str, Any]) -> str:
    workers = settings["workers"]
    return f"{settings['quality']}, {workers} worker{'s' if workers > 1 else ''}"


def _curve(axes: Axes, rows: Rows, name: str, colour: str, label: str | None = None) -> None:
    def points(chosen: Callable[[dict[str, Any]], bool]) -> tuple[list[int], list[float]]:
        some = [row for row in rows if row[name] is not None and chosen(row)]
        return [row["sessions"] for row in some], [row[name] for row in some]

    axes.plot(*points(lambda row: True), color=colour, lw=1.8, marker="o", mfc="white", label=label)
    axes.plot(*points(lambda row: row["held"]), color=colour, lw=0, marker="o")


def _flat(axes: Axes, rows: Rows, colour: str) -> None:
    """Where costs must lie, up to the knee, to be called flat."""
    most = knee(rows)
    costs = [row["session_pct"] for row in rows if 1 <= row["sessions"] <= most]
    if len(costs) > 1:
        mean = sum(costs) / len(costs)
        low, high = mean * (1 - FLAT), mean * (1 + FLAT)
        axes.fill_between([1, most], low, high, color=colour, alpha=0.1, lw=0)


def _limit(axes: Axes, value: float, text: str) -> None:
    axes.axhline(value, **_LIMIT)
    axes.annotate(
        text,
        (0.01, value),
        xycoords=("axes fraction", "data"),
        xytext=(0, 3),
        textcoords="offset points",
        color="#525252",
        fontsize=8,
    )


def _dress(axes: Axes, title: str) -> None:
    axes.set_title(title)
    axes.set_xlabel("sessions")
    axes.set_ylim(0, 1.06 * axes.get_ylim()[1])
    axes.set_xlim(left=-0.1)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.grid(axis="y", color="#e5e5e5", lw=0.6)
    axes.set_axisbelow(True)
