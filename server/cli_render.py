"""``visavis render``: a recording as a video, or as pictures with transparency."""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from engine.options import SessionOptions
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
    Models,
    MotionModel,
    Quality,
    Set,
    Sets,
    Size,
    Source,
    errors,
    errors_in_one_line,
    parse_size,
)
from server.cli_progress import with_progress

if TYPE_CHECKING:
    from server.offline import Done


def render(
    source: Source,
    target: Annotated[
        Path,
        typer.Argument(
            metavar="OUT",
            help="OUT.mp4; OUT.webm or a folder and pattern of pictures such as out/%05d.png, "
            "which can be transparent; OUT.csv or OUT.npz for the motion alone.",
        ),
    ],
    avatar: Avatar = DEFAULTS.avatar,
    place: Set = DEFAULTS.set,
    light: Light = DEFAULTS.light,
    framing: Framing = DEFAULTS.framing,
    quality: Quality = "high",
    size: Size = f"{DEFAULTS.width}x{DEFAULTS.height}",
    fps: Fps = DEFAULTS.fps,
    look_ahead: LookAhead = DEFAULTS.look_ahead_ms,
    articulation: Articulation = DEFAULTS.articulation,
    motion_model: MotionModel = DEFAULTS.motion_model,
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
    models: Models = None,
    avatars: Avatars = None,
    sets: Sets = None,
    backend: Backend = "auto",
    bitrate: Annotated[
        int | None,
        typer.Option(
            metavar="BITS", help="Video bits per second, 100000 to 8000000; by default by size."
        ),
    ] = None,
    badge: BadgeText = TEXT,
    badge_corner: BadgeCorner = CORNER,
    badge_opacity: BadgeOpacity = OPACITY,
    c2pa: C2pa = "auto",
    c2pa_cert: C2paCert = None,
    c2pa_key: C2paKey = None,
    force: Force = False,
) -> None:
    """Make a video of the avatar speaking a recording.

    **Examples**

    - `visavis render speech.wav face.mp4`
    - `visavis render interview.mkv face.mp4 --avatar theo --set studio --size 1280x720 --fps 30`
    - `visavis render speech.wav face.webm --set transparent`
    - `visavis render speech.wav face.mp4 --set holiday.jpg`
    - `visavis render speech.wav motion.csv`
    """
    with errors_in_one_line():
        from engine.pipeline import Engine
        from server import frames, offline
        from server.config import check_folders, check_models
        from server.looks.catalogue import LookCatalogue, own_picture
        from server.motion_out import curve_file

        width, height = parse_size(size)
        place, sets = own_picture(place, sets)
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
            video_bitrate=bitrate,
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
        check_models(models, options)
        check_folders(avatars, sets)
        LookCatalogue(avatars, sets, options).check(options.look)
        curves = target.suffix.lower() in curve_file.SUFFIXES.split()
        make: Callable[..., Done] = frames.render
        if curves:
            make = offline.motion
            offline.check_target(source, target, curve_file.SUFFIXES, force)
        else:
            frames.check(target, force, source)
        marked = badge_of(badge, badge_corner, badge_opacity)
        signing = signing_of(c2pa, c2pa_cert, c2pa_key)
        if target.suffix.lower() == ".mp4":
            make = functools.partial(offline.render, provenance=signing.open())
        if place == "transparent" and target.suffix.lower() == ".mp4":
            green = "H.264 has no transparency: the background is green, RGB 0 177 64, to be keyed"
            errors.print(f"{green} out. OUT.webm and OUT%05d.png are transparent.", style="yellow")

        def work(progress: offline.Progress) -> Done:
            engine = Engine.load(models, avatars, sets, backend, marked)
            return make(engine, source, target, options, overwrite=force, progress=progress)

        with_progress(source, target, "samples" if curves else "pictures", work)
