"""What the commands share: their common options, and how a mistake is told."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from engine.errors import InvalidInput, VisavisError
from engine.look import FRAMINGS
from engine.options import SessionOptions
from engine.quality import QUALITIES

DEFAULTS = SessionOptions()
WRONG_INPUT, FAILED, INTERRUPTED = 2, 1, 130  # exit codes; 130 is what shells use for Ctrl-C
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
Articulation = Annotated[
    float,
    typer.Option(
        metavar="AMOUNT",
        help="0 to 2: how far jaw and lips go. 0 mumbles, 1 is natural, 2 is emphatic.",
    ),
]
MotionModel = Annotated[
    str, typer.Option(metavar="NAME", help="Who moves the mouth: default, or one of --models.")
]
Models = Annotated[
    Path | None,
    typer.Option(
        metavar="DIR",
        envvar="VISAVIS_MODELS",
        help="Folder with motion models of your own, each in a folder of its name.",
    ),
]
Backend = Annotated[
    str,
    typer.Option(
        metavar="NAME",
        envvar="VISAVIS_BACKEND",
        help="What computes the networks: auto takes the fastest that works; or tensorrt, "
        "onnxruntime, onnxruntime-cuda, onnxruntime-cpu, reference.",
    ),
]
Size = Annotated[
    str,
    typer.Option(
        metavar="WxH",
        help="Picture size: even numbers, as many pixels as 1280x720 at most, in any shape.",
    ),
]
Avatar = Annotated[
    str, typer.Option(metavar="NAME", help="Who speaks; `visavis avatar list` names them.")
]
Set = Annotated[
    str,
    typer.Option(
        "--set",
        metavar="NAME",
        help="Where: gradient, studio, office, night, plain, transparent, a colour such as "
        "'#1d2733', or a picture of your own.",
    ),
]
Light = Annotated[
    str,
    typer.Option(
        metavar="NAME",
        help="In which light: auto suits the set; or soft, daylight, warm, dramatic, ring, neon.",
    ),
]
Framing = Annotated[str, typer.Option(help=f"How near: {', '.join(FRAMINGS)}.")]
Quality = Annotated[
    str,
    typer.Option(help=f"{', '.join(QUALITIES)}; auto steps down while the machine is behind."),
]
Avatars = Annotated[
    Path | None,
    typer.Option(
        metavar="DIR",
        envvar="VISAVIS_AVATARS",
        help="Folder with characters of your own, made by `visavis avatar build`.",
    ),
]
Sets = Annotated[
    Path | None,
    typer.Option(
        metavar="DIR",
        envvar="VISAVIS_SETS",
        help="Folder with pictures of your own to be in: NAME.jpg, .png or .webp.",
    ),
]
Fps = Annotated[int, typer.Option(help="Pictures per second: 25 or 30.")]
MaxSessions = Annotated[
    str,
    typer.Option(
        metavar="auto|N",
        help="How many may talk at once, 1 to 64; the next is told to wait. auto measures, for a "
        "second at the start, how many there is room for.",
    ),
]
WorkerMemory = Annotated[
    int,
    typer.Option(metavar="MB", help="An engine process that uses more is replaced by another."),
]
Force = Annotated[bool, typer.Option("--force", help="Overwrite OUT if it exists.")]
Report = Annotated[
    Path | None, typer.Option("--json", metavar="FILE", help="Also write the figures as JSON.")
]
Source = Annotated[Path, typer.Argument(metavar="IN", help="Any audio or video file.")]


def parse_size(text: str, name: str = "size") -> tuple[int, int]:
    """(width, height) of "512x512"; InvalidInput under ``name`` for anything else."""
    width, _, height = text.lower().partition("x")
    if not (width.isascii() and width.isdigit() and height.isascii() and height.isdigit()):
        raise InvalidInput(name, text, "write width and height like 512x512")
    return int(width), int(height)


def parse_sessions(text: str) -> int | None:
    """The number, or None of "auto"; InvalidInput for anything else."""
    if text == "auto":
        return None
    if not (text.isascii() and text.isdigit()):
        raise InvalidInput("max_sessions", text, "use auto, or a whole number from 1 to 64")
    return int(text)


@contextmanager
def errors_in_one_line() -> Iterator[None]:
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
