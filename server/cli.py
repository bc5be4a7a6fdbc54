"""The ``visavis`` command: serve, render, avatar, motion, phones, train, compile, doctor, bench.

Each command imports what it needs when it runs, so that help is instant.
"""

from __future__ import annotations

import logging
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from engine.options import SessionOptions
from server.cli_avatar import avatar
from server.cli_behaviour import (
    Blink,
    Body,
    CameraGain,
    CameraStyle,
    Expression,
    Gaze,
    HeadGain,
    Listening,
    Pauses,
    Role,
)
from server.cli_bench import bench
from server.cli_compile import compile_networks
from server.cli_doctor import doctor
from server.cli_label import (
    CORNER,
    OPACITY,
    TEXT,
    BadgeCorner,
    BadgeOpacity,
    BadgeText,
    C2pa,
    C2paCert,
    C2paKey,
    badge_of,
    signing_of,
)
from server.cli_network import (
    MaxViewers,
    Stun,
    Token,
    Turn,
    TurnSecret,
    UdpPorts,
    Vmc,
    network_of,
)
from server.cli_options import (
    DEFAULTS,
    Articulation,
    Avatar,
    Avatars,
    Backend,
    Force,
    Fps,
    Framing,
    Light,
    LookAhead,
    MaxSessions,
    Models,
    MotionModel,
    Quality,
    Set,
    Sets,
    Size,
    Source,
    WorkerMemory,
    errors_in_one_line,
    parse_sessions,
    parse_size,
)
from server.cli_outputs import Hls, Record, RecordAll, StreamTo
from server.cli_progress import with_progress
from server.cli_render import render
from server.cli_train import train

if TYPE_CHECKING:
    from server.offline import Done


app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
)
app.add_typer(avatar, name="avatar")
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
    avatar: Avatar = DEFAULTS.avatar,
    place: Set = DEFAULTS.set,
    light: Light = DEFAULTS.light,
    framing: Framing = DEFAULTS.framing,
    quality: Quality = DEFAULTS.quality,
    avatars: Avatars = None,
    sets: Sets = None,
    size: Size = f"{DEFAULTS.width}x{DEFAULTS.height}",
    max_size: Annotated[
        str, typer.Option(metavar="WxH", help="No session may ask for more pixels than this has.")
    ] = "1280x720",
    fps: Fps = DEFAULTS.fps,
    blink: Blink = DEFAULTS.blink,
    gaze: Gaze = DEFAULTS.gaze,
    head: HeadGain = DEFAULTS.head,
    body: Body = DEFAULTS.body,
    expression: Expression = DEFAULTS.expression,
    pauses: Pauses = DEFAULTS.pauses,
    listening: Listening = DEFAULTS.listening,
    camera: CameraGain = DEFAULTS.camera,
    camera_style: CameraStyle = DEFAULTS.camera_style,
    role: Role = DEFAULTS.role,
    max_sessions: MaxSessions = "auto",
    workers: Annotated[
        int | None, typer.Option(help="Engine processes; by default as the cores allow.")
    ] = None,
    worker_memory: WorkerMemory = 2048,
    backend: Backend = "auto",
    cert: Annotated[
        Path | None, typer.Option(metavar="PEM", help="Certificate, to serve HTTPS.")
    ] = None,
    key: Annotated[Path | None, typer.Option(metavar="PEM", help="Its private key.")] = None,
    token: Token = None,
    max_viewers: MaxViewers = 50,
    record: Record = None,
    record_all: RecordAll = False,
    stream_to: StreamTo = None,
    hls: Hls = False,
    badge: BadgeText = TEXT,
    badge_corner: BadgeCorner = CORNER,
    badge_opacity: BadgeOpacity = OPACITY,
    c2pa: C2pa = "auto",
    c2pa_cert: C2paCert = None,
    c2pa_key: C2paKey = None,
    vmc: Vmc = None,
    udp_ports: UdpPorts = None,
    stun: Stun = None,
    turn: Turn = None,
    turn_secret: TurnSecret = None,
) -> None:
    """Serve the page: open it, press Start, speak.

    Browsers give a microphone to `localhost` and to HTTPS pages only, so other devices need a
    certificate.

    **Examples**

    - `visavis serve`
    - `visavis serve --port 9000 --look-ahead 0`
    - `visavis serve --avatar theo --set studio --size 1280x720`
    - `visavis serve --host 0.0.0.0 --cert cert.pem --key key.pem`
    - `VISAVIS_TOKEN=... visavis serve --stun stun:stun.example.org --udp-ports 50000-50100`
    """
    with errors_in_one_line():
        from server.app import run
        from server.config import ServerConfig, default_workers
        from server.motion_out.sender import Receiver
        from server.outputs.allowed import Allowed

        logging.basicConfig(format="%(asctime)s %(message)s", datefmt="%H:%M:%S")
        logging.getLogger("server").setLevel(logging.INFO)
        width, height = parse_size(size)
        options = SessionOptions(
            look_ahead_ms=look_ahead,
            articulation=articulation,
            motion_model=motion_model,
            avatar=avatar,
            set=place,
            light=light,
            framing=framing,
            quality=quality,
            width=width,
            height=height,
            fps=fps,
            blink=blink,
            gaze=gaze,
            head=head,
            body=body,
            expression=expression,
            pauses=pauses,
            listening=listening,
            camera=camera,
            camera_style=camera_style,
            role=role,
        )
        workers = default_workers() if workers is None else workers
        config = ServerConfig(
            host=host,
            port=port,
            workers=workers,
            max_sessions=parse_sessions(max_sessions),
            worker_memory=worker_memory,
            backend=backend,
            defaults=options,
            max_size=parse_size(max_size, "max_size"),
            models=models,
            avatars=avatars,
            sets=sets,
            cert=cert,
            key=key,
            token=token,
            max_viewers=max_viewers,
            outputs=Allowed(record, record_all, tuple(stream_to or ()), hls),
            badge=badge_of(badge, badge_corner, badge_opacity),
            signing=signing_of(c2pa, c2pa_cert, c2pa_key),
            vmc=None if vmc is None else Receiver.parse(vmc),
            network=network_of(udp_ports, stun, turn, turn_secret),
        )
        run(config)


@app.command()
def motion(
    source: Source,
    target: Annotated[Path, typer.Argument(metavar="OUT.npz|OUT.csv", help="The curves to write.")],
    look_ahead: LookAhead = DEFAULTS.look_ahead_ms,
    articulation: Articulation = DEFAULTS.articulation,
    motion_model: MotionModel = DEFAULTS.motion_model,
    models: Models = None,
    force: Force = False,
) -> None:
    """Write the face's motion for a recording as curves, 100 samples per second.

    `OUT.npz` holds `sample`, `time_s`, `names` (ARKit's 52), `blendshapes` (T, 52), `head` (T, 6),
    `gaze` (T, 2), `camera` (T, 3), `body` (T, 3), and in 0..1 `aperture`, `rounding`, `labiodental`
    of the lips (T); `OUT.csv` a column for each number.

    **Examples**

    - `visavis motion speech.wav curves.npz`
    - `visavis motion speech.wav curves.csv`
    - `visavis motion speech.wav live.npz --look-ahead 0`
    """
    with errors_in_one_line():
        from engine.pipeline import Engine
        from server import offline
        from server.config import check_models
        from server.motion_out import curve_file

        options = SessionOptions(
            look_ahead_ms=look_ahead, articulation=articulation, motion_model=motion_model
        )
        check_models(models, options)
        offline.check_target(source, target, curve_file.SUFFIXES, force)

        def work(progress: offline.Progress) -> Done:
            return offline.motion(
                Engine.load(models), source, target, options, overwrite=force, progress=progress
            )

        with_progress(source, target, "samples", work)


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

        with_progress(source, out, "phones", work)


app.command()(render)
app.command()(train)
app.command("compile")(compile_networks)
app.command()(doctor)


if __name__ == "__main__":
    main()
