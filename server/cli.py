"""The ``visavis`` command: serve, render, motion, doctor, bench.

Each command imports what it needs when it runs, so that help is instant.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from engine.errors import BackendUnavailable, InvalidInput, VisavisError
from engine.options import SessionOptions

if TYPE_CHECKING:
    from server.offline import Done

DEFAULTS = SessionOptions()
WRONG_INPUT, FAILED, INTERRUPTED = 2, 1, 130  # exit codes; 130 is what shells use for Ctrl-C

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
)
bench = typer.Typer(
    help="Measure this machine; every bench takes --json FILE.", no_args_is_help=True
)
app.add_typer(bench, name="bench")
errors = Console(stderr=True, highlight=False)

LookAhead = Annotated[
    int,
    typer.Option(
        "--look-ahead",
        metavar="MS",
        help="0 to 160: how much voice the face hears ahead. More is a better mouth, and as much "
        "more delay.",
    ),
]
Size = Annotated[
    str, typer.Option(metavar="WxH", help="Picture size, even numbers up to 1280x720.")
]
Fps = Annotated[int, typer.Option(help="Pictures per second: 25 or 30.")]
Force = Annotated[bool, typer.Option("--force", help="Overwrite OUT if it exists.")]
Report = Annotated[
    Path | None, typer.Option("--json", metavar="FILE", help="Also write the figures as JSON.")
]
Source = Annotated[Path, typer.Argument(metavar="IN", help="Any audio or video file.")]


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
    size: Size = f"{DEFAULTS.width}x{DEFAULTS.height}",
    fps: Fps = DEFAULTS.fps,
    max_sessions: Annotated[
        int, typer.Option(help="How many may talk at once; the next is told to wait.")
    ] = 4,
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
    with _errors_in_one_line():
        from server.app import run
        from server.config import ServerConfig

        width, height = parse_size(size)
        options = SessionOptions(look_ahead_ms=look_ahead, width=width, height=height, fps=fps)
        config = ServerConfig(
            host=host,
            port=port,
            max_sessions=max_sessions,
            workers=ServerConfig().workers if workers is None else workers,
            defaults=options,
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
    with _errors_in_one_line():
        from engine.pipeline import Engine
        from server import offline

        width, height = parse_size(size)
        options = SessionOptions(
            look_ahead_ms=look_ahead,
            width=width,
            height=height,
            fps=fps,
            avatar=avatar,
            video_bitrate=bitrate,
        )
        offline.check_target(source, target, ".mp4", force)

        def work(progress: offline.Progress) -> Done:
            return offline.render(
                Engine.load(), source, target, options, overwrite=force, progress=progress
            )

        _with_progress(source, target, "pictures", work)


@app.command()
def motion(
    source: Source,
    target: Annotated[Path, typer.Argument(metavar="OUT.npz", help="The curves to write.")],
    look_ahead: LookAhead = DEFAULTS.look_ahead_ms,
    force: Force = False,
) -> None:
    """Write the face's motion for a recording as curves, 100 samples per second.

    `OUT.npz` holds `time_s`, `names` (ARKit's 52), `blendshapes` (T, 52), `head` (T, 6),
    `gaze` (T, 2), and in 0..1 `aperture`, `rounding`, `labiodental` of the lips (T).

    **Examples**

    - `visavis motion speech.wav curves.npz`
    - `visavis motion speech.wav live.npz --look-ahead 0`
    """
    with _errors_in_one_line():
        from engine.pipeline import Engine
        from server import offline

        options = SessionOptions(look_ahead_ms=look_ahead)
        offline.check_target(source, target, ".npz", force)

        def work(progress: offline.Progress) -> Done:
            return offline.motion(
                Engine.load(), source, target, options, overwrite=force, progress=progress
            )

        _with_progress(source, target, "samples", work)


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

    with _errors_in_one_line():
        checks = practice.examine(host, port, cert, key)
        if as_json:
            print(json.dumps(practice.as_dict(checks), indent=2))
        else:
            Console().print(practice.as_table(checks))
    if not practice.healthy(checks):
        raise typer.Exit(FAILED)


@bench.command("latency")
def bench_latency(
    report: Report = None,
    look_ahead: Annotated[
        list[int] | None,
        typer.Option("--look-ahead", metavar="MS", help="May be given more than once."),
    ] = None,
    seconds: Annotated[float, typer.Option(help="Length of one run.")] = 30.0,
    runs: Annotated[int, typer.Option(help="Runs of each look-ahead.")] = 3,
) -> None:
    """Microphone to screen and to speaker, in a real browser.

    **Example:** `visavis bench latency --look-ahead 60 --look-ahead 0 --json latency.json`
    """
    with _errors_in_one_line(), _bench_requirements():
        from benchmarks import latency

        latency.main(tuple(look_ahead or (60, 0)), seconds=seconds, runs=runs, json_path=report)


@bench.command("engine")
def bench_engine(report: Report = None) -> None:
    """Milliseconds that the engine takes for 20 ms of voice, stage by stage.

    **Example:** `visavis bench engine --json engine.json`
    """
    with _errors_in_one_line(), _bench_requirements():
        from benchmarks import engine

        engine.main(json_path=report)


@bench.command("render")
def bench_render(
    report: Report = None,
    size: Annotated[
        list[str] | None, typer.Option(metavar="WxH", help="May be given more than once.")
    ] = None,
) -> None:
    """Milliseconds that a picture takes, by its size.

    **Example:** `visavis bench render --size 512x512 --size 1280x720 --json render.json`
    """
    with _errors_in_one_line(), _bench_requirements():
        from benchmarks import render

        if size:
            render.main(sizes=[parse_size(one) for one in size], json_path=report)
        else:
            render.main(json_path=report)


def parse_size(text: str) -> tuple[int, int]:
    """(width, height) of "512x512"; InvalidInput for anything else."""
    width, _, height = text.lower().partition("x")
    if not (width.isascii() and width.isdigit() and height.isascii() and height.isdigit()):
        raise InvalidInput("size", text, "write width and height like 512x512")
    return int(width), int(height)


@contextmanager
def _errors_in_one_line() -> Iterator[None]:
    """One plain line and an exit code for what the user can mend; tracebacks for our mistakes."""
    try:
        yield
    except InvalidInput as error:
        errors.print(f"visavis: {error}", style="red", markup=False)
        raise typer.Exit(WRONG_INPUT) from error
    except VisavisError as error:
        errors.print(f"visavis: {error}", style="red", markup=False)
        raise typer.Exit(FAILED) from error
    except KeyboardInterrupt as interrupt:
        errors.print("visavis: interrupted", style="yellow")
        raise typer.Exit(INTERRUPTED) from interrupt


@contextmanager
def _bench_requirements() -> Iterator[None]:
    try:
        yield
    except ModuleNotFoundError as error:
        raise BackendUnavailable(
            "bench", f"the package {error.name} is missing", "run: pip install -e '.[dev]'"
        ) from error


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
