"""``visavis train``: learning runs in a process of its own, with packages that serving lacks."""

from __future__ import annotations

import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

import typer

from engine.errors import BackendUnavailable
from server.cli_options import INTERRUPTED, errors_in_one_line

_NEEDED = ("torch", "onnx", "scipy")


def train(
    capture: Annotated[
        Path, typer.Option(metavar="DIR", help="Folder of takes: sound or video, and its curves.")
    ],
    name: Annotated[str, typer.Option(help="Name of the new model.")] = "mine",
    out: Annotated[
        Path,
        typer.Option(metavar="DIR", envvar="VISAVIS_MODELS", help="Folder for the model's folder."),
    ] = Path("motion-models"),
    minutes: Annotated[float, typer.Option(help="How long to train.")] = 8.0,
    force: Annotated[
        bool, typer.Option("--force", help="Replace NAME, and write it even if it is worse.")
    ] = False,
) -> None:
    """Teach the mouth a person's way of speaking, from recordings of voice and face.

    A take is a sound or video file and its curves under one name: a CSV of Live Link Face, or an
    npz. What is wrong with a take is mended where it can be, and told.

    **Examples**

    - `visavis train --capture recordings`
    - `visavis train --capture recordings --name anna --minutes 20`
    """
    with errors_in_one_line():
        missing = [package for package in _NEEDED if find_spec(package) is None]
        if missing:
            raise BackendUnavailable(
                "training",
                f"{', '.join(missing)} not installed",
                "run '.ci/setup train' in the checkout, or pip install 'visavis[train]'",
            )
        arguments = ["--capture", str(capture), "--name", name, "--minutes", str(minutes)]
        arguments += ["--out", str(out), *(["--force"] if force else [])]
        raise typer.Exit(_run([sys.executable, "-m", "models.finetune", *arguments]))


def _run(command: list[str]) -> int:
    """The exit code of a command that has this terminal to itself; Ctrl-C reaches it as well."""
    with subprocess.Popen(command) as process:
        try:
            return process.wait()
        except KeyboardInterrupt:
            process.wait()
            return INTERRUPTED
