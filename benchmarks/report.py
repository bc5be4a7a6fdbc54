"""What a benchmark leaves behind: a table on the screen and, if asked, JSON with its machine.

Rows are flat dictionaries with the same keys; the keys are the columns' titles, so they carry
the unit (``draw_ms``). A figure without its machine, commit and load says nothing, so those are
always there.
"""

from __future__ import annotations

import json
import math
import os
import platform
import subprocess
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

NOTHING = "–"
ROOT = Path(__file__).resolve().parents[1]


def write_report(
    name: str,
    settings: dict[str, Any],
    rows: list[dict[str, Any]],
    json_path: Path | None,
) -> None:
    """Print the rows as a table; with a path, write name, settings, rows and machine as JSON."""
    show(f"bench {name}", {key: key.replace("_", " ") for key in rows[0]} if rows else {}, rows)
    save_report(name, settings, rows, json_path)


def show(title: str, columns: Mapping[str, str], rows: Sequence[Mapping[str, Any]]) -> None:
    """Print some of the rows' columns, given by their headings, as a table.

    Headings of figures are set below each other, word by word: figures are narrow.
    """
    table = Table(title=title, title_justify="left", title_style="bold", box=SIMPLE_HEAD)
    table.pad_edge, table.padding = False, (0, 1, 0, 0)
    for key, heading in columns.items():
        if any(isinstance(row[key], str) for row in rows):
            table.add_column(heading, overflow="fold")
        else:
            table.add_column(heading.replace(" ", "\n"), justify="right", overflow="fold")
    for row in rows:
        table.add_row(*(shown(row[key]) for key in columns))
    Console().print(table)


def shown(value: object) -> str:
    """A value as text: three figures of a number, a dash for none."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return NOTHING
    if not isinstance(value, float):
        return str(value)
    return f"{value:.{0 if abs(value) >= 100 else 1 if abs(value) >= 10 else 2}f}"


def save_report(
    name: str,
    settings: dict[str, Any],
    rows: list[dict[str, Any]],
    json_path: Path | None,
) -> None:
    """Print the machine; with a path, write name, settings, rows and machine as JSON."""
    about, console = machine(), Console()
    console.print(
        f"{about['cpu']}, {about['cores']} cores, load {about['load_average'][0]:.1f}", style="dim"
    )
    if json_path is not None:
        rounded = [{key: _rounded(value) for key, value in row.items()} for row in rows]
        report = {"benchmark": name, "settings": settings, "rows": rounded, "machine": about}
        json_path.parent.mkdir(parents=True, exist_ok=True)
        json_path.write_text(json.dumps(report, indent=2) + "\n")
        console.print(f"written to {json_path}", style="dim")


def machine() -> dict[str, Any]:
    """Processor, cores, system, Python, commit, load averages and the time, UTC."""
    return {
        "cpu": _processor(),
        "cores": os.cpu_count(),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "commit": _commit(),
        "load_average": [round(load, 2) for load in os.getloadavg()],
        "time": datetime.now(UTC).isoformat(timespec="seconds"),
    }


def _processor() -> str:
    try:
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()


def _commit() -> str:
    """Short hash of the checkout, with ``+`` if it has changes; ``unknown`` outside one."""
    try:
        commit = _git("rev-parse", "--short", "HEAD")
        return commit + ("+" if _git("status", "--porcelain", "--untracked-files=no") else "")
    except (OSError, subprocess.CalledProcessError):
        return "unknown"


def _git(*arguments: str) -> str:
    done = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def _rounded(value: object) -> object:
    return round(value, 3) if isinstance(value, float) else value


def put(document: Path, name: str, text: str) -> None:
    """Put a text between a document's marks of this name."""
    begin, end = f"<!-- {name} -->", f"<!-- end of {name} -->"
    before, _, rest = document.read_text(encoding="utf-8").partition(begin)
    _, _, after = rest.partition(end)
    document.write_text(f"{before}{begin}\n{text}\n{end}{after}", encoding="utf-8")
