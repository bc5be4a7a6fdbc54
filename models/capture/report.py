"""What was found in a capture, as tables for a terminal."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from models.capture.cleaning import Report
from models.capture.folder import Capture

_STYLE = {"good": "", "mended": "cyan", "look": "yellow"}


def tables(capture: Capture) -> Iterator[RenderableType]:
    """A table for each take, then a line for each take that is not used."""
    for report in capture.reports:
        yield table(report)
    for error in capture.refused:
        yield Text(f"not used: {error}", style="red")


def table(report: Report) -> Table:
    """Checks of one take, what each found, and what was done."""
    made = Table("check", "found", "done", title=report.name, title_justify="left")
    for finding in report.findings:
        style = _STYLE[finding.verdict]
        made.add_row(Text(finding.check), Text(finding.found), Text(finding.done), style=style)
    return made
