"""The progress bar of the commands that work through a recording."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from server.cli_options import errors

if TYPE_CHECKING:
    from server.offline import Done


def with_progress(
    source: Path, target: Path, unit: str, work: Callable[[Callable[[float], None]], Done]
) -> None:
    """Run ``work`` under a progress bar, then say what came of it and how fast."""
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    from server.outputs.media_file import MediaFile

    with MediaFile(source) as file:
        length = file.seconds
    started = time.monotonic()
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.completed:.0f} s of sound"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=errors, transient=True) as bar:
        task = bar.add_task(target.name, total=length)
        done = work(lambda seconds: bar.update(task, completed=seconds))
    factor = done.seconds / max(1e-9, time.monotonic() - started)
    typer.echo(
        f"{target}: {done.count} {unit} for {done.seconds:.1f} s of sound, "
        f"{factor:.1f} times as fast as it plays"
    )
    if done.damaged_packets:
        errors.print(f"{done.damaged_packets} damaged packets were left out", style="yellow")
