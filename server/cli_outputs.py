"""Options of ``visavis serve`` for what sessions may be written to."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Record = Annotated[
    Path | None,
    typer.Option(
        metavar="DIR",
        envvar="VISAVIS_RECORD",
        help="Sessions may be recorded, into this folder: by the page, over HTTP or all.",
    ),
]
RecordAll = Annotated[
    bool, typer.Option("--record-all", help="Record every session from its beginning to its end.")
]
StreamTo = Annotated[
    list[str] | None,
    typer.Option(
        metavar="HOST|any",
        envvar="VISAVIS_STREAM_TO",
        help="Sessions may be streamed to this host over RTMP; give it once for each.",
    ),
]
Hls = Annotated[bool, typer.Option("--hls", help="Sessions may be watched over HLS.")]
