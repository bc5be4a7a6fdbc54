"""Options of the commands that make pictures: how those say that they are synthetic."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from engine.render.badge import Badge
    from server.outputs.provenance import Signing

OFF = "off"
TEXT, CORNER, OPACITY = "AI avatar", "bottom-right", 0.85
"""As `engine.render.badge.Badge` has them, which takes longer to import than help may."""

BadgeText = Annotated[
    str,
    typer.Option(
        "--badge",
        metavar="TEXT|off",
        envvar="VISAVIS_BADGE",
        help="What a small badge in the picture says, up to 24 characters; off shows none, for "
        "those who tell viewers otherwise that it is synthetic.",
    ),
]
BadgeCorner = Annotated[
    str,
    typer.Option(
        metavar="CORNER", help="Where it is: bottom-right, bottom-left, top-right, top-left."
    ),
]
BadgeOpacity = Annotated[float, typer.Option(metavar="SHARE", help="0.4 to 1: how strong it is.")]
C2pa = Annotated[
    str,
    typer.Option(
        "--c2pa",
        metavar="auto|required|off",
        help="Sign MP4 files with a C2PA manifest: where c2pa-python is there, or nothing without "
        "it, or not.",
    ),
]
C2paCert = Annotated[
    Path | None,
    typer.Option(
        "--c2pa-cert",
        metavar="PEM",
        help="Certificate chain to sign with; a self-signed one is made without.",
    ),
]
C2paKey = Annotated[Path | None, typer.Option("--c2pa-key", metavar="PEM", help="Its private key.")]


def badge_of(text: str, corner: str, opacity: float) -> Badge | None:
    """The badge that the options ask for; InvalidInput names the one that cannot be."""
    from engine.render.badge import Badge

    badge = Badge(TEXT if text == OFF else text, corner, opacity)
    return None if text == OFF else badge


def signing_of(wanted: str, cert: Path | None, key: Path | None) -> Signing:
    """Likewise whether files are signed."""
    from server.outputs.provenance import Signing

    return Signing(wanted, cert, key)
