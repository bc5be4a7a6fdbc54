"""The tables in docs/lipsync.md, made from benchmarks/results.

``python -m benchmarks.lipsync.document`` puts them in.
"""

from __future__ import annotations

import json
from typing import Any

from benchmarks.lipsync.bench import JUDGED_MS
from benchmarks.lipsync.tables import OF_CAPTURE, OF_LABELS, figure, markdown, tables
from benchmarks.report import ROOT, put

RESULTS = ROOT / "benchmarks" / "results" / "lipsync.json"
DOCUMENT = ROOT / "docs" / "lipsync.md"
Report = dict[str, Any]


def main() -> None:
    """Put the latest figures between the marks in docs/lipsync.md."""
    put(DOCUMENT, "figures", figures())


def figures() -> str:
    """All tables in Markdown, the headline's intervals, and where they come from."""
    if not RESULTS.exists():
        return "None yet: `make bench` measures them."
    report: Report = json.loads(RESULTS.read_text(encoding="utf-8"))
    rows = report["rows"]
    systems, *others = tables(rows, JUDGED_MS)
    parts = [f"### {systems.title}", markdown(systems), _intervals(rows)]
    for table in others:
        parts += [f"### {table.title}", markdown(table)]
    return "\n\n".join([*parts, _about(report)])


def _intervals(rows: list[dict[str, Any]]) -> str:
    headline = next(row for row in rows if row["look_ahead_ms"] == JUDGED_MS)
    ranges = [
        f"{heading} {figure(name, low)} to {figure(name, high)}"
        for name, heading in (OF_LABELS | OF_CAPTURE).items()
        if (low := headline["intervals"].get(name, [None])[0]) is not None
        and (high := headline["intervals"][name][1]) is not None
    ]
    return f"95 % intervals at {JUDGED_MS} ms, over utterances: {', '.join(ranges)}."


def _about(report: Report) -> str:
    settings, machine = report["settings"], report["machine"]
    clips, minutes = report["rows"][0]["clips"], report["rows"][0]["minutes"]
    networks = ", ".join(f"{name} `{sha[:12]}`" for name, sha in settings["network"].items())
    return (
        f"{clips} utterances, {minutes:.0f} minutes; labels of {settings['labels']}; "
        f"networks {networks}; commit {machine['commit']}, {machine['time'][:10]}."
    )


if __name__ == "__main__":
    main()
