"""How lively the face is, as options of the commands."""

from __future__ import annotations

from typing import Annotated

import typer

from engine.behaviour import CAMERA_STYLES, ROLES

_PANEL = "How lively, 0 to 2: 0 is off, 1 natural, 2 twice that"


def _gain(of: str) -> typer.models.OptionInfo:
    option: typer.models.OptionInfo = typer.Option(
        metavar="GAIN", help=of, rich_help_panel=_PANEL, show_default=False
    )
    return option


Blink = Annotated[float, _gain("Blinks.")]
Gaze = Annotated[float, _gain("Looks away, and small movements of the eyes.")]
HeadGain = Annotated[float, _gain("Nods, tilts and drift of the head.")]
Body = Annotated[float, _gain("Breath, shoulders and posture.")]
Expression = Annotated[float, _gain("Brows, mood and micro-expressions.")]
Pauses = Annotated[float, _gain("Breaths before phrases, swallowing, stillness.")]
Listening = Annotated[float, _gain("Nods and smiles while others speak.")]
CameraGain = Annotated[float, _gain("Movements of the camera.")]
CameraStyle = Annotated[
    str,
    typer.Option(
        help=f"{', '.join(CAMERA_STYLES)}: the manner of the camera.",
        rich_help_panel=_PANEL,
    ),
]
Role = Annotated[
    str,
    typer.Option(
        help=f"{' or '.join(ROLES)}: a listener keeps its mouth shut and attends to the voice.",
    ),
]
