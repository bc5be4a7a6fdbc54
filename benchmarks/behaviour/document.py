"""The table in docs/behaviour.md, made from benchmarks/results.

``python -m benchmarks.behaviour.document`` puts it in.
"""

from __future__ import annotations

import json
from typing import Any

from benchmarks.behaviour.people import SOURCES, Range
from benchmarks.report import ROOT, put, shown

RESULTS = ROOT / "benchmarks" / "results" / "behaviour.json"
DOCUMENT = ROOT / "docs" / "behaviour.md"
_SHORT = {full: short for short, full in SOURCES.items()}
Report = dict[str, Any]


def main() -> None:
    """Put the latest figures between the marks in docs/behaviour.md."""
    put(DOCUMENT, "figures", figures())


def figures() -> str:
    """The findings in Markdown, their sources, and where the figures come from."""
    if not RESULTS.exists():
        return "None yet: `make bench` measures them."
    return of(json.loads(RESULTS.read_text(encoding="utf-8")))


def of(report: Report) -> str:
    """A report in Markdown."""
    lines, group = ["| | found | people | | source |", "| --- | ---: | ---: | --- | --- |"], ""
    cited: list[str] = []
    for row in report["rows"]:
        if row["group"] != group:
            group = row["group"]
            lines.append(f"| **{group}** | | | | |")
        cited += [row["source"]] * (row["source"] not in cited)
        lines.append(_line(row))
    sources = [f"- *{_SHORT[source]}*: {source}." for source in sorted(filter(None, cited))]
    settings, machine = report["settings"], report["machine"]
    about = (
        f"{settings['voice']}, {settings['seconds'] / 60:.0f} minutes of talk, seed "
        f"{settings['seed']}; commit {machine['commit']}, {machine['time'][:10]}."
    )
    return "\n".join([*lines, "", *sources, "", about[0].upper() + about[1:]])


def _line(row: Report) -> str:
    low, high = row["people_low"], row["people_high"]
    known = low is not None or high is not None
    people = str(Range(low, high, "", row["range_is_ours"])) if known else ""
    verdict = f"**{row['verdict']}**" if row["verdict"].isupper() else row["verdict"]
    found = f"{shown(row['value'])} {row['unit']}".strip()
    source = _SHORT.get(row["source"], "")
    return f"| {row['what']} | {found} | {people} | {verdict} | {source} |"


if __name__ == "__main__":
    main()
