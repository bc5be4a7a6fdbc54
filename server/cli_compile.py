"""``visavis compile``: engines for GPUs ahead of time, so that the first session finds them."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from server.cli_options import (
    DEFAULTS,
    FAILED,
    Models,
    MotionModel,
    errors,
    errors_in_one_line,
)

if TYPE_CHECKING:
    from rich.table import Table

    from engine.runtime.compile import Order
    from engine.runtime.engine_cache import EngineCache


def compile_networks(
    target: Annotated[
        str | None,
        typer.Option(
            metavar="LIST",
            help="Architectures such as sm89,sm120, or `current`. By default the GPU that is "
            "here; without one, all that can be built for.",
        ),
    ] = None,
    precision: Annotated[
        str | None,
        typer.Option(
            metavar="LIST",
            help="fp32, fp16, or both as fp32,fp16. By default what `serve` runs: fp32, and fp16 "
            "on sm75.",
        ),
    ] = None,
    cache: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            help="Where engines are kept; by default $VISAVIS_ENGINES, or visavis/engines in "
            "$XDG_CACHE_HOME. `serve` looks in the default.",
        ),
    ] = None,
    motion_model: MotionModel = DEFAULTS.motion_model,
    models: Models = None,
    force: Annotated[
        bool, typer.Option("--force", help="Build again what is there, or is damaged.")
    ] = False,
) -> None:
    """Compile the networks for NVIDIA GPUs with TensorRT, ahead of time.

    Needs no GPU for the architectures that TensorRT for RTX knows. `visavis serve` compiles by
    itself what it does not find, while sessions run on another back end.

    **Examples**

    - `visavis compile`
    - `visavis compile --target sm89,sm120 --precision fp16`
    - `visavis compile --target sm86 --cache engines`
    """
    with errors_in_one_line():
        from rich.console import Console

        from engine.runtime.engine_cache import EngineCache

        wanted = _orders(target, precision, motion_model, models)
        kept = EngineCache(cache)
        table, failed = _filled(wanted, kept, force)
        Console().print(table)
        for reason in dict.fromkeys(failed):
            errors.print(f"visavis: {reason}", style="red", markup=False)
        typer.echo(f"{_counted(len(wanted) - len(failed))} in {kept.folder}")
    if failed:
        raise typer.Exit(FAILED)


def _orders(
    target: str | None, precision: str | None, motion_model: str, models: Path | None
) -> list[Order]:
    """An order for each network, target and precision; InvalidInput for what there is none of."""
    from engine.errors import InvalidInput
    from engine.runtime.compile import PRECISIONS, default_targets, order
    from engine.runtime.weights import WEIGHTS, Description, named

    networks = [
        Description.read(WEIGHTS, "phonemes"),
        Description.read(named(motion_model, models), "motion"),
    ]
    precisions: list[str | None] = [None]
    if precision is not None:
        names = _listed(precision)
        for name in names:
            if name not in PRECISIONS:
                raise InvalidInput("precision", name, f"use {' or '.join(PRECISIONS)}")
        precisions = [PRECISIONS[name] for name in names]
    return [
        order(network, architecture, exact)
        for architecture in (_listed(target) if target else default_targets())
        for exact in precisions
        for network in networks
    ]


def _counted(engines: int) -> str:
    return "1 engine" if engines == 1 else f"{engines} engines"


def _listed(text: str) -> list[str]:
    """The items of a list such as "sm89, sm120", each once."""
    return list(dict.fromkeys(item.strip().lower() for item in text.split(",") if item.strip()))


def _filled(wanted: list[Order], cache: EngineCache, anew: bool) -> tuple[Table, list[str]]:
    """Build what is missing, under a progress bar; what became of each, and why some were not."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
    from rich.table import Table

    from engine.errors import VisavisError

    table = Table("network", "target", "precision", "size", "seconds", "")
    failed = []
    columns = (
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.description}"),
    )
    with Progress(*columns, console=errors, transient=True) as bar:
        task = bar.add_task("", total=len(wanted))
        for each in wanted:
            recipe = each.recipe
            row = (recipe.model, recipe.architecture, recipe.precision)
            bar.update(task, description=" ".join(row))
            started = time.monotonic()
            try:
                engine = each.fill(cache, anew=anew)
            except VisavisError as error:
                table.add_row(*row, "", "", "failed")
                failed.append(str(error))
            else:
                seconds = f"{time.monotonic() - started:.1f}"
                size = f"{len(engine.content) / 1e6:.1f} MB"
                table.add_row(*row, size, seconds, "cached" if engine.cached else "built")
            bar.advance(task)
    return table, failed
