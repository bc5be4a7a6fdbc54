"""The tables in docs/capacity.md, made from benchmarks/results.

``python -m benchmarks.capacity_document`` puts them in, and draws the picture beside them.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.model import GPU, NETWORKS
from benchmarks.report import NOTHING, ROOT, put, shown

RESULTS = ROOT / "benchmarks" / "results"
DOCUMENT = ROOT / "docs" / "capacity.md"
PICTURE = ROOT / "docs" / "pictures" / "capacity.png"
_NAMES = ("low", "low-2", "medium", "auto")
RUNS = tuple(RESULTS / f"capacity-{name}.json" for name in _NAMES)
Report = dict[str, Any]

_FOUND = {
    "sessions": "sessions",
    "interval_p95_ms": "interval p95, ms",
    "left_out_pct": "left out, %",
    "steps": "quality reached",
    "session_pct": "CPU of each, %",
    "server_pct": "server, %",
    "workers_pct": "workers, %",
    "session_mb": "memory of each, MB",
    "callers_pct": "callers, %",
    "others_pct": "others, %",
}
_KINDS = ("warm_p50_ms", "cold_p50_ms", "cold_p95_ms", "stream_ms")


def main() -> None:
    """Put the latest figures between the marks in docs/capacity.md and draw the picture."""
    from benchmarks.capacity_plot import draw

    put(DOCUMENT, "capacity", capacity(found(RUNS)))
    put(DOCUMENT, "model", model(*found([RESULTS / "model.json"])))
    draw(found(RUNS), PICTURE)


def found(paths: Sequence[Path]) -> list[Report]:
    """The reports that there are."""
    return [json.loads(path.read_text(encoding="utf-8")) for path in paths if path.exists()]


def capacity(reports: Sequence[Report]) -> str:
    """Of each run what it comes to, then all that it measured, in Markdown."""
    if not reports:
        return "None yet: `visavis bench capacity` measures it."
    lines = [
        "| `--quality` | workers | knee | `--max-sessions auto` | CPU of each, by number |",
        "| --- | ---: | ---: | ---: | --- |",
    ]
    for report in reports:
        asked, uneven = report["settings"], report["settings"]["session_pct_differs_by"]
        flat = NOTHING if uneven is None else f"mean ±{100 * uneven:.0f} %"
        lines.append(
            f"| {asked['quality']} | {asked['workers']} | **{asked['knee']}** "
            f"| {asked['room']} | {flat} |"
        )
    for report in reports:
        lines += ["", *_run(report)]
    return "\n".join(lines)


def _run(report: Report) -> list[str]:
    asked = report["settings"]
    decode = f"{asked['pictures_that_decode_pct']:.1f} % of the first caller's pictures decode"
    lines = [
        f"`--quality {asked['quality']} --size {asked['size']} --fps {asked['fps']} "
        f"--workers {asked['workers']}`, {asked['seconds']:.0f} s of each number, "
        f"{asked['voice']}; {decode}; {_where(report)}.",
        "",
        _row(["", *_FOUND.values()]),
        "| --- |" + " ---: |" * len(_FOUND),
    ]
    for row in report["rows"]:
        pace = "keeps pace" if row["held"] else "does not"
        told = [row[key] if key == "steps" else shown(row[key]) for key in _FOUND]
        lines.append(_row([pace if row["sessions"] else "", *told]))
    return lines


def model(report: Report | None = None) -> str:
    """Calls of each network by number of streams, on CPU and GPU side by side, in Markdown."""
    if report is None:
        return "None yet: `visavis bench model` measures it."
    lines = [
        "| | on | back end | streams | warm p50, ms | cold p50, ms | cold p95, ms "
        "| cold, of each, ms |",
        "| --- | --- | --- | ---: | ---: | ---: | ---: | ---: |",
    ]
    for row in report["rows"]:
        where = ", ".join(part for part in (row["backend"], row["precision"]) if part)
        figures = [shown(row[kind]) for kind in _KINDS]
        streams = shown(row["streams"])
        lines.append(_row([row["what"], row["device"], where, streams, *figures]))
    for what, some in (("networks", NETWORKS), ("pictures", _pictures(report))):
        if not any(row["device"] == GPU for row in report["rows"] if row["what"] in some):
            lines.append(_row([what, GPU, "not measured here", *[NOTHING] * 5]))
    missing = [f"- {what}: {why}" for what, why in report["settings"]["not_measured"].items()]
    return "\n".join([*lines, "", f"{_where(report)}.", "", "Not measured:", "", *missing])


def _pictures(report: Report) -> list[str]:
    return [row["what"] for row in report["rows"] if row["what"] not in NETWORKS]


def _where(report: Report) -> str:
    machine = report["machine"]
    return (
        f"{machine['cpu']}, {machine['cores']} cores, commit {machine['commit']}, "
        f"{machine['time'][:10]}"
    )


def _row(cells: Sequence[object]) -> str:
    return f"| {' | '.join(str(cell) for cell in cells)} |"


if __name__ == "__main__":
    main()
