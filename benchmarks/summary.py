"""The documents' tables of figures, out of benchmarks/results: ``python -m benchmarks.summary``."""

from __future__ import annotations

import json
from typing import Any

from benchmarks.report import ROOT, put

RESULTS = ROOT / "benchmarks" / "results"
Rows = list[dict[str, Any]]


def main() -> None:
    """Put today's tables between the marks in README.md and docs/network.md."""
    put(ROOT / "README.md", "figures", table())
    put(ROOT / "docs" / "network.md", "networks", networks())


def table() -> str:
    """The README's figures as Markdown, and where they were taken."""
    latency, engine, render = (_rows(name) for name in ("latency", "engine", "render"))
    lines = [
        "| what | median | 95 % | the same over aiortc as it is |",
        "| --- | --- | --- | --- |",
    ]
    for ahead in (60, 0):
        for what in ("microphone to screen", "microphone to speaker"):
            lines.append(_beside(latency, f"{what}, look-ahead {ahead} ms", what, ahead))
    for what in ("picture behind sound", "click to first frame"):
        lines.append(_beside(latency, what, what, 60))
    row = _find(engine, stage="all before rendering")
    lines.append(_line("engine, per 20 ms of voice", row["median_ms"], row["p95_ms"], "ms CPU"))
    for size in ("512x512", "1280x720"):
        drawn = _find(render, size=size)["total_ms"]
        lines.append(f"| a picture of {size}, drawn | {drawn:.0f} ms CPU | | |")
    row = _find(latency, server="visavis", look_ahead_ms=60, what="memory of server and worker")
    lines.append(f"| memory of server, worker and session | {row['p50']:.0f} MB | | |")
    twenty = _find(_rows("viewers"), viewers=20)["times_one"]
    lines.append(f"| CPU of 20 who watch | {twenty:.2f} times that of one | | |")
    return "\n".join([*lines, "", _where()])


def _beside(rows: Rows, label: str, what: str, ahead: int) -> str:
    """A line about Visavis, and the baseline's median where there is one."""
    ours = _find(rows, server="visavis", look_ahead_ms=ahead, what=what)
    theirs = [
        row
        for row in rows
        if (row["server"], row["look_ahead_ms"], row["what"]) == ("aiortc", ahead, what)
    ]
    last = f"{theirs[0]['p50']:.0f} {ours['unit']}" if theirs else ""
    return _line(label, ours["p50"], ours["p95"], ours["unit"], last)


_NETWORK_COLUMNS = {
    "concealed_%": ("sound invented", "{:.1f} %"),
    "frozen_s": ("picture frozen", "{:.1f} s"),
    "longest_gap_s": ("longest gap", "{:.2f} s"),
    "sound_ms": ("sound", "{:.0f} ms"),
    "picture_ms": ("picture", "{:.0f} ms"),
    "sync_p50_ms": ("picture behind sound", "{:+.0f} ms"),
    "keyframes": ("keyframes", "{}"),
}


def networks() -> str:
    """What a browser saw and heard over bad networks, as Markdown."""
    if not (RESULTS / "network.json").exists():
        return (
            "None yet: `visavis bench network --baseline --json benchmarks/results/network.json`."
        )
    titles = [title for title, _ in _NETWORK_COLUMNS.values()]
    lines = [f"| network | {' | '.join(titles)} |", "| --- " * (len(titles) + 1) + "|"]
    report = _report("network")
    for row in report["rows"]:
        name = row["network"] + ("" if row["server"] == "visavis" else ", aiortc as it is")
        cells = [
            "" if row[key] is None else form.format(row[key])
            for key, (_, form) in _NETWORK_COLUMNS.items()
        ]
        lines.append(f"| {name} | {' | '.join(cells)} |")
    settings, machine = report["settings"], report["machine"]
    where = f"{settings['seconds']:.0f} s each, a minute under a cap; {machine['cpu']}, "
    return "\n".join([*lines, "", where + f"{machine['cores']} cores, {settings['browser']}."])


def _where() -> str:
    report = _report("latency")
    machine, settings = report["machine"], report["settings"]
    return (
        f"{machine['cpu']}, {machine['cores']} cores, no GPU; {settings['browser']} on the same\n"
        f"machine; {settings['size']}, {settings['fps']} pictures a second."
    )


def _line(what: str, middle: float, high: float, unit: str, last: str = "") -> str:
    decimals = 1 if abs(middle) < 10 else 0
    return f"| {what} | {middle:.{decimals}f} {unit} | {high:.{decimals}f} {unit} | {last} |"


def _find(rows: Rows, **wanted: object) -> dict[str, Any]:
    return next(row for row in rows if all(row[key] == value for key, value in wanted.items()))


def _rows(name: str) -> Rows:
    rows: Rows = _report(name)["rows"]
    return rows


def _report(name: str) -> dict[str, Any]:
    report: dict[str, Any] = json.loads((RESULTS / f"{name}.json").read_text())
    return report


if __name__ == "__main__":
    main()
