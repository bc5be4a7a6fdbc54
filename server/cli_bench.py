"""``visavis bench``: every benchmark as a command, each with ``--json FILE``."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from engine.errors import BackendUnavailable
from engine.options import SessionOptions, check_quality
from engine.runtime.choice import check_backend
from server.cli_options import Fps, Quality, Report, Size, errors_in_one_line, parse_size

DEFAULTS = SessionOptions()
bench = typer.Typer(
    help="Measure this machine; every bench takes --json FILE.", no_args_is_help=True
)


@bench.command("latency")
def bench_latency(
    report: Report = None,
    look_ahead: Annotated[
        list[int] | None,
        typer.Option("--look-ahead", metavar="MS", help="May be given more than once."),
    ] = None,
    seconds: Annotated[float, typer.Option(help="Length of one run.")] = 30.0,
    runs: Annotated[int, typer.Option(help="Runs of each look-ahead.")] = 3,
    baseline: Annotated[
        bool, typer.Option(help="Also the same engine over aiortc as it is.")
    ] = True,
) -> None:
    """Microphone to screen and to speaker, in a real browser, beside aiortc as it is.

    **Example:** `visavis bench latency --look-ahead 60 --look-ahead 0 --json latency.json`
    """
    with errors_in_one_line(), _bench_requirements():
        from benchmarks import latency

        aheads = tuple(look_ahead or (60, 0))
        latency.main(aheads, seconds, runs, json_path=report, baseline=baseline)


@bench.command("network")
def bench_network(
    report: Report = None,
    only: Annotated[
        str, typer.Option(metavar="TEXT", help="Only networks whose name contains this.")
    ] = "",
    seconds: Annotated[float, typer.Option(help="In each network; a minute under a cap.")] = 30.0,
    seed: Annotated[int, typer.Option(help="Of what is lost and when.")] = 1,
    baseline: Annotated[
        bool, typer.Option("--baseline", help="In the chief ones also aiortc as it is.")
    ] = False,
    chief: Annotated[bool, typer.Option("--chief", help="Only the chief networks.")] = False,
) -> None:
    """What a real browser sees and hears over bad networks: loss, delay, outages, caps.

    **Example:** `visavis bench network --only cap --json network.json`
    """
    with errors_in_one_line(), _bench_requirements():
        from benchmarks import network

        servers = ("visavis", "aiortc") if baseline else ("visavis",)
        network.main(seconds, only, servers, seed, json_path=report, chief=chief)


@bench.command("engine")
def bench_engine(report: Report = None) -> None:
    """Milliseconds that the engine takes for 20 ms of voice, stage by stage.

    **Example:** `visavis bench engine --json engine.json`
    """
    with errors_in_one_line(), _bench_requirements():
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
    with errors_in_one_line(), _bench_requirements():
        from benchmarks import render

        if size:
            render.main(sizes=[parse_size(one) for one in size], json_path=report)
        else:
            render.main(json_path=report)


@bench.command("capacity")
def bench_capacity(
    report: Report = None,
    quality: Quality = DEFAULTS.quality,
    size: Size = f"{DEFAULTS.width}x{DEFAULTS.height}",
    fps: Fps = DEFAULTS.fps,
    workers: Annotated[
        int | None, typer.Option(help="Engine processes; by default as the cores allow.")
    ] = None,
    most: Annotated[int, typer.Option(min=1, max=64, help="No more sessions than this.")] = 64,
    seconds: Annotated[float, typer.Option(help="Of each number of sessions.")] = 10.0,
    plot: Annotated[
        Path | None, typer.Option(metavar="FILE.png", help="Also draw how cost and pace grow.")
    ] = None,
    beside: Annotated[
        list[Path] | None,
        typer.Option(metavar="FILE", exists=True, help="Earlier figures, drawn beside these."),
    ] = None,
) -> None:
    """How many can talk at once: one more each time until pictures no longer keep pace.

    **Example:** `visavis bench capacity --quality low --json capacity.json --plot capacity.png`
    """
    with errors_in_one_line(), _bench_requirements():
        from benchmarks import capacity

        check_quality(quality)
        parse_size(size)
        settings = capacity.Settings(quality, size, fps, workers, most, seconds=seconds)
        found = capacity.main(settings, json_path=report)
        if plot:
            from benchmarks.capacity_plot import draw, read

            draw([found, *map(read, beside or ())], plot)


@bench.command("model")
def bench_model(
    report: Report = None,
    backend: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="May be given more than once; without it all fast ones."),
    ] = None,
    streams: Annotated[
        list[int] | None,
        typer.Option(metavar="COUNT", min=1, max=1024, help="In one call; may be repeated."),
    ] = None,
) -> None:
    """Milliseconds of one call of a network, by back end and number of streams; and of a picture.

    **Example:** `visavis bench model --streams 1 --streams 64 --json model.json`
    """
    with errors_in_one_line(), _bench_requirements():
        from benchmarks import model

        for name in backend or ():
            check_backend(name)
        model.main(backend or (), tuple(streams or model.BATCHES), json_path=report)


@bench.command("lipsync")
def bench_lipsync(
    report: Report = None,
    utterances: Annotated[int, typer.Option(min=1, help="Of each held-out speaker.")] = 8,
    look_ahead: Annotated[
        list[int] | None,
        typer.Option("--look-ahead", metavar="MS", help="May be given more than once."),
    ] = None,
    labels: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            exists=True,
            dir_okay=False,
            help="Phone times of models.align instead of those kept for judging.",
        ),
    ] = None,
    peers: Annotated[
        bool, typer.Option("--peers", help="Also run Rhubarb and HeadAudio, from npm.")
    ] = False,
    plot: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="Also draw the curves as PNG.")
    ] = None,
) -> None:
    """What the lips do against what was said: closures, rounding, contact, openness, silence, lag.

    **Example:** `visavis bench lipsync --peers --json lipsync.json --plot pictures`
    """
    with errors_in_one_line(), _bench_requirements():
        from benchmarks.lipsync import bench as lipsync

        settings = lipsync.Settings(
            utterances, tuple(look_ahead or lipsync.LOOK_AHEADS), labels, peers, plot=plot
        )
        lipsync.main(settings, json_path=report)


@bench.command("viewers")
def bench_viewers(
    report: Report = None,
    viewers: Annotated[
        list[int] | None,
        typer.Option(metavar="COUNT", min=1, help="May be given more than once."),
    ] = None,
    seconds: Annotated[float, typer.Option(help="Length of one measurement.")] = 15.0,
) -> None:
    """What it costs that many watch one session.

    **Example:** `visavis bench viewers --viewers 1 --viewers 20 --json viewers.json`
    """
    with errors_in_one_line(), _bench_requirements():
        from benchmarks import viewers as benchmark

        benchmark.main(tuple(viewers or (1, 5, 20)), seconds=seconds, json_path=report)


@bench.command("soak")
def bench_soak(
    report: Report = None,
    minutes: Annotated[float, typer.Option(min=0.5, help="How long.")] = 60.0,
    peers: Annotated[
        bool, typer.Option("--peers", help="WebRTC peers without a browser: WHIP in, WHEP out.")
    ] = False,
) -> None:
    """A long call in real time: what drifts, grows or breaks; exit code 1 if anything does.

    **Example:** `visavis bench soak --minutes 480 --json soak.json`
    """
    with errors_in_one_line(), _bench_requirements():
        from benchmarks import soak

        if not soak.main(minutes, peers, json_path=report):
            raise typer.Exit(1)


@bench.command("behaviour")
def bench_behaviour(
    report: Report = None,
    seconds: Annotated[
        float, typer.Option(min=60, help="Of talk, and as many of listening.")
    ] = 360.0,
    seed: Annotated[int, typer.Option(help="Of the faces and of the pauses.")] = 1,
    plot: Annotated[
        Path | None, typer.Option(metavar="FILE.png", help="Also draw the curves.")
    ] = None,
    sheet: Annotated[
        Path | None,
        typer.Option(metavar="FILE.png", help="Also a minute of each role, 5 pictures a second."),
    ] = None,
) -> None:
    """Blinks, gaze, head, brows, mood, listening, breath and camera beside figures of people.

    **Example:** `visavis bench behaviour --json behaviour.json --plot curves.png`
    """
    with errors_in_one_line(), _bench_requirements():
        from benchmarks.behaviour import bench as behaviour

        behaviour.main(seconds, seed, json_path=report, plot=plot, sheet=sheet)


@contextmanager
def _bench_requirements() -> Iterator[None]:
    try:
        yield
    except ModuleNotFoundError as error:
        raise BackendUnavailable(
            "bench", f"the package {error.name} is missing", "run: pip install -e '.[dev]'"
        ) from error
