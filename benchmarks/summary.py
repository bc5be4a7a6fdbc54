"""The README's table of figures, made from benchmarks/results: ``python -m benchmarks.summary``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
RESULTS = ROOT / "benchmarks" / "results"
BEGIN, END = "<!-- figures -->", "<!-- end of figures -->"
Rows = list[dict[str, Any]]


def main() -> None:
    """Put today's table between the marks in README.md."""
    readme = ROOT / "README.md"
    text = readme.read_text()
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    readme.write_text(f"{before}{BEGIN}\n{table()}\n{END}{after}")


def table() -> str:
    """The figures as Markdown, and where they were taken."""
    latency, engine, render = (_rows(name) for name in ("latency", "engine", "render"))
    lines = ["| what | median | 95 % |", "| --- | --- | --- |"]
    for ahead in (60, 0):
        for what in ("microphone to screen", "microphone to speaker"):
            row = _find(latency, look_ahead_ms=ahead, what=what)
            lines.append(_line(f"{what}, look-ahead {ahead} ms", row["p50"], row["p95"], "ms"))
    for what in ("picture behind sound", "click to first frame"):
        row = _find(latency, look_ahead_ms=60, what=what)
        lines.append(_line(what, row["p50"], row["p95"], row["unit"]))
    row = _find(engine, stage="all before rendering")
    lines.append(_line("engine, per 20 ms of voice", row["median_ms"], row["p95_ms"], "ms CPU"))
    for size in ("512x512", "1280x720"):
        drawn = _find(render, size=size)["total_ms"]
        lines.append(f"| a picture of {size}, drawn | {drawn:.0f} ms CPU | |")
    row = _find(latency, look_ahead_ms=60, what="memory of server and worker")
    lines.append(f"| memory of server, worker and session | {row['p50']:.0f} MB | |")
    return "\n".join([*lines, "", _where()])


def _where() -> str:
    report = _report("latency")
    machine, settings = report["machine"], report["settings"]
    return (
        f"{machine['cpu']}, {machine['cores']} cores, no GPU; {settings['browser']} on the same\n"
        f"machine; {settings['size']}, {settings['fps']} pictures a second."
    )


def _line(what: str, middle: float, high: float, unit: str) -> str:
    decimals = 1 if abs(middle) < 10 else 0
    return f"| {what} | {middle:.{decimals}f} {unit} | {high:.{decimals}f} {unit} |"


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
