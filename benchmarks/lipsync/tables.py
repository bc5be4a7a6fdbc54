"""The rows as people read them: on the console and in Markdown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table as RichTable

Row = dict[str, Any]

OF_LABELS = {
    "closure_auc": "closure",
    "closure_vs_vowels_auc": "vs vowels",
    "closure_recall": "recall",
    "rounding_auc": "rounding",
    "labiodental_auc": "labiodental",
    "openness_rho": "openness ρ",
    "silence": "silence",
    "correlation_at_0": "r at 0",
    "lag_ms": "lag, ms",
}
OF_CAPTURE = {"jaw_r": "jaw r", "rounding_r": "pursing r"}
_NOTHING = "–"


@dataclass(frozen=True)
class Table:
    """Some of the rows: ``keys`` tell them apart, ``columns`` are figures; names to headings."""

    title: str
    keys: dict[str, str]
    columns: dict[str, str]
    rows: Sequence[Row]

    @property
    def headings(self) -> list[str]:
        """The titles of all columns."""
        return [*self.keys.values(), *self.columns.values()]

    def cells(self, row: Row) -> list[str]:
        """A row as text; what could not be measured says what is missing."""
        keys = [str(row[key]) for key in self.keys]
        figures = [figure(name, row[name]) for name in self.columns]
        if row["missing"] and set(figures) == {_NOTHING}:
            keys[-1] += f" (needs {row['missing']})"
        return [*keys, *figures]


def tables(rows: Sequence[Row], headline_ms: int) -> list[Table]:
    """By system, by condition and by language."""
    usual = [r for r in rows if r["speech"] == "English" and r["condition"] == "clean"]
    headline = [r for r in usual if r["look_ahead_ms"] == headline_ms]
    altered = [r for r in rows if r["condition"] != "clean"]
    foreign = [r for r in rows if r["speech"] != "English"]
    everything = OF_LABELS | OF_CAPTURE
    at = f"{headline_ms} ms ahead"
    return [
        Table("Held-out speakers", {"system": "system", "hears": "hears"}, everything, usual),
        Table(
            f"On the way to the server, {at}",
            {"condition": "condition"},
            OF_LABELS,
            [*headline, *altered],
        ),
        Table(f"Languages, {at}", {"speech": "speech"}, everything, [*headline, *foreign]),
    ]


def figure(name: str, value: float | None) -> str:
    """A figure as text: milliseconds whole and signed, shares and correlations as .93."""
    if value is None:
        return _NOTHING
    if name.endswith("_ms"):
        return f"{round(value):+d}"
    return f"{value:.3f}".replace("0.", ".", 1)


def show(rows: Sequence[Row], headline_ms: int, console: Console) -> None:
    """Print all tables."""
    for table in tables(rows, headline_ms):
        shown = RichTable(title=table.title, title_justify="left", box=SIMPLE_HEAD)
        for heading in table.keys.values():
            shown.add_column(heading, overflow="fold")
        for heading in table.columns.values():
            shown.add_column(heading, justify="right", overflow="fold")
        for row in table.rows:
            shown.add_row(*table.cells(row))
        console.print(shown)


def markdown(table: Table) -> str:
    """One table in Markdown, without its title."""
    lines = [
        "| " + " | ".join(table.headings) + " |",
        "|" + " --- |" * len(table.keys) + " ---: |" * len(table.columns),
        *("| " + " | ".join(table.cells(row)) + " |" for row in table.rows),
    ]
    return "\n".join(lines)
