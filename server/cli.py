"""The ``visavis`` command: serve, render, motion, phones, train, doctor, bench.

Each command imports what it needs when it runs, so that help is instant.
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from engine.options import SessionOptions
from server.cli_bench import bench
from server.cli_options import (
    DEFAULTS,
    FAILED,
    Articulation,
    Force,
    Fps,
    LookAhead,
    Models,
    MotionModel,
    Size,
    Source,
    errors,
    errors_in_one_line,
    parse_size,
)
from server.cli_train import train

if TYPE_CHECKING:
    from server.offline import Done


app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
)
app.add_typer(bench, name="bench")


def main() -> None:
    """Entry point of the installed command."""
    app(prog_name="visavis")


def _show_version(wanted: bool) -> None:
    if wanted:
        print(f"visavis {version('visavis')}")
        raise typer.Exit


@app.callback()
def root(
    _version: Annotated[
        bool,
        typer.Option("--version", callback=_show_version, is_eager=True, help="Say the version."),
    ] = False,
) -> None:
    """Voice in, face out: a talking head that speaks with you, in lip-sync."""


@app.command()
def serve(
    host: Annotated[
        str, typer.Option(help="Address to listen on; 0.0.0.0 for other devices too.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port of the page; 0 takes a free one.")] = 8080,
    look_ahead: LookAhead = DEFAULTS.look_ahead_ms,
    articulation: Articulation = DEFAULTS.articulation,
    motion_model: MotionModel = DEFAULTS.motion_model,
    models: Models = None,
    size: Size = f"{DEFAULTS.width}x{DEFAULTS.height}",
    fps: Fps = DEFAULTS.fps,
    max_sessions: Annotated[
        int | None,
        typer.Option(
            help="How many may talk at once, the next is told to wait; by default two "
            "for each worker."
        ),
    ] = None,
    workers: Annotated[
        int | None, typer.Option(help="Engine processes; by default as the cores allow.")
    ] = None,
    cert: Annotated[
        Path | None, typer.Option(metavar="PEM", help="Certificate, to serve HTTPS.")
    ] = None,
    key: Annotated[Path | None, typer.Option(metavar="PEM", help="Its private key.")] = None,
) -> None:
    """Serve the page: open it, press Start, speak.

    Browsers give a microphone to `localhost` and to HTTPS pages only, so other devices need a
    certificate.

    **Examples**

    - `visavis serve`
    - `visavis serve --port 9000 --look-ahead 0`
    - `visavis serve --host 0.0.0.0 --cert cert.pem --key key.pem`
    """
    with errors_in_one_line():
        from server.app import run
        from server.config import ServerConfig, default_sessions, default_workers

        logging.basicConfig(format="%(asctime)s %(message)s", datefmt="%H:%M:%S")
        logging.getLogger("server").setLevel(logging.INFO)
        width, height = parse_size(size)
        options = SessionOptions(
            look_ahead_ms=look_ahead,
            articulation=articulation,
            motion_model=motion_model,
            width=width,
            height=height,
            fps=fps,
        )
        workers = default_workers() if workers is None else workers
        config = ServerConfig(
            host=host,
            port=port,
            workers=workers,
            max_sessions=default_sessions(workers) if max_sessions is None else max_sessions,
            defaults=options,
            models=models,
            cert=cert,
            key=key,
        )
        run(config)


@app.command()
def render(
    source: Source,
    target: Annotated[Path, typer.Argument(metavar="OUT.mp4", help="The video to write.")],
    size: Size = f"{DEFAULTS.width}x{DEFAULTS.height}",
    fps: Fps = DEFAULTS.fps,
    look_ahead: LookAhead = DEFAULTS.look_ahead_ms,
    articulation: Articulation = DEFAULTS.articulation,
    motion_model: MotionModel = DEFAULTS.motion_model,
    models: Models = None,
    avatar: Annotated[str, typer.Option(help="Who speaks.")] = DEFAULTS.avatar,
    bitrate: Annotated[
        int | None,
        typer.Option(
            metavar="BITS", help="Video bits per second, 100000 to 8000000; by default by size."
        ),
    ] = None,
    force: Force = False,
) -> None:
    """Make a video of the avatar speaking a recording.

    **Examples**

    - `visavis render speech.wav face.mp4`
    - `visavis render interview.mkv face.mp4 --size 1280x720 --fps 30`
    """
    with errors_in_one_line():
        from engine.pipeline import Engine
        from server import offline
        from server.config import check_models

        width, height = parse_size(size)
        options = SessionOptions(
            look_ahead_ms=look_ahead,
            articulation=articulation,
            motion_model=motion_model,
            width=width,
            height=height,
            fps=fps,
            avatar=avatar,
            video_bitrate=bitrate,
        )
        check_models(models, options)
        offline.check_target(source, target, ".mp4", force)

        def work(progress: offline.Progress) -> Done:
            return offline.render(
                Engine.load(models), source, target, options, overwrite=force, progress=progress
            )

        _with_progress(source, target, "pictures", work)


@app.command()
def motion(
    source: Source,
    target: Annotated[Path, typer.Argument(metavar="OUT.npz", help="The curves to write.")],
    look_ahead: LookAhead = DEFAULTS.look_ahead_ms,
    articulation: Articulation = DEFAULTS.articulation,
    motion_model: MotionModel = DEFAULTS.motion_model,
    models: Models = None,
    force: Force = False,
) -> None:
    """Write the face's motion for a recording as curves, 100 samples per second.

    `OUT.npz` holds `time_s`, `names` (ARKit's 52), `blendshapes` (T, 52), `head` (T, 6),
    `gaze` (T, 2), and in 0..1 `aperture`, `rounding`, `labiodental` of the lips (T).

    **Examples**

    - `visavis motion speech.wav curves.npz`
    - `visavis motion speech.wav live.npz --look-ahead 0`
    """
    with errors_in_one_line():
        from engine.pipeline import Engine
        from server import offline
        from server.config import check_models

        options = SessionOptions(
            look_ahead_ms=look_ahead, articulation=articulation, motion_model=motion_model
        )
        check_models(models, options)
        offline.check_target(source, target, ".npz", force)

        def work(progress: offline.Progress) -> Done:
            return offline.motion(
                Engine.load(models), source, target, options, overwrite=force, progress=progress
            )

        _with_progress(source, target, "samples", work)


@app.command()
def phones(
    source: Source,
    target: Annotated[
        Path | None,
        typer.Argument(
            metavar="OUT.jsonl|OUT.TextGrid", help="The file to write; standard output without."
        ),
    ] = None,
    look_ahead: LookAhead = DEFAULTS.look_ahead_ms,
    force: Force = False,
) -> None:
    """Write which speech sound starts when in a recording, as heard without its words.

    A line of JSON for each: `start_s`, `end_s`, `phone` (ARPAbet, SIL for silence), `viseme` and
    `confidence` in 0..1. `OUT.TextGrid` is for Praat.

    **Examples**

    - `visavis phones speech.wav`
    - `visavis phones speech.wav speech.TextGrid --look-ahead 160`
    """
    with errors_in_one_line():
        from engine.pipeline import Engine
        from server import offline
        from server.outputs.phone_file import SUFFIXES, as_text

        options = SessionOptions(look_ahead_ms=look_ahead)
        if target is None:
            spoken, _ = offline.phones(Engine.load(), source, options)
            typer.echo(as_text(spoken, ".jsonl"), nl=False)
            return
        out = target
        offline.check_target(source, out, SUFFIXES, force)

        def work(progress: offline.Progress) -> Done:
            spoken, done = offline.phones(Engine.load(), source, options, progress=progress)
            offline.write_text(out, as_text(spoken, out.suffix))
            return done

        _with_progress(source, out, "phones", work)


app.command()(train)


@app.command()
def doctor(
    host: Annotated[str, typer.Option(help="Address that `serve` would use.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port that `serve` would use.")] = 8080,
    cert: Annotated[Path | None, typer.Option(metavar="PEM", help="Certificate to check.")] = None,
    key: Annotated[Path | None, typer.Option(metavar="PEM", help="Its private key.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")] = False,
) -> None:
    """Say what this machine has, what it lacks, and the remedy.

    Ends with exit code 1 if something is missing that `visavis serve` needs.

    **Examples**

    - `visavis doctor`
    - `visavis doctor --port 443 --cert cert.pem --key key.pem`
    """
    from server import doctor as practice

    with errors_in_one_line():
        checks = practice.examine(host, port, cert, key)
        if as_json:
            print(json.dumps(practice.as_dict(checks), indent=2))
        else:
            Console().print(practice.as_table(checks))
    if not practice.healthy(checks):
        raise typer.Exit(FAILED)


def _with_progress(
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


if __name__ == "__main__":
    main()
