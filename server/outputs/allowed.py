"""What a server's operator lets sessions be written to."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from engine.errors import InvalidInput

ANY = "any"
SCHEMES = ("rtmp", "rtmps")


@dataclass(frozen=True, slots=True)
class Allowed:
    """Nothing unless it is asked for. InvalidInput names what cannot be.

    record      the folder that recordings go to, made if its parent is there; None for none
    record_all  whether every session is recorded from its beginning
    stream_to   hosts that sessions may be streamed to over RTMP, or `ANY` alone
    hls         whether sessions may be watched over HLS
    """

    record: Path | None = None
    record_all: bool = False
    stream_to: tuple[str, ...] = ()
    hls: bool = False

    def __post_init__(self) -> None:
        if self.record is not None:
            try:
                self.record.mkdir(exist_ok=True)
            except OSError as error:
                remedy = f"give a folder for recordings ({error.strerror})"
                raise InvalidInput("record", str(self.record), remedy) from error
            if not os.access(self.record, os.W_OK | os.X_OK):
                remedy = "let the user that the server runs as write there"
                raise InvalidInput("record", str(self.record), remedy)
        elif self.record_all:
            raise InvalidInput("record_all", True, "give a folder with --record as well")
        for host in self.stream_to:
            if host != ANY and not re.fullmatch(r"[A-Za-z0-9.-]+|\[[0-9a-fA-F:.]+\]", host):
                remedy = f"give the name of a host such as a.rtmp.youtube.com, or {ANY}"
                raise InvalidInput("stream_to", host, remedy)

    @staticmethod
    def check_stream(url: object) -> str:
        """The address, if it is one of RTMP; else InvalidInput.

        No error tells the address: whoever knows it can stream in its owner's name.
        """
        shown = "an address"
        if (
            not isinstance(url, str)
            or len(url) > 1000
            or not url.isascii()
            or not url.isprintable()
        ):
            raise InvalidInput("url", type(url).__name__, "give one such as rtmp://host/app/key")
        try:
            parts = urlsplit(url)
            host, _ = parts.hostname or "", parts.port
        except ValueError:
            raise InvalidInput("url", shown, "give one such as rtmp://host/app/key") from None
        if parts.scheme not in SCHEMES or not host or len(parts.path) < 2 or " " in url:
            raise InvalidInput("url", shown, "give one such as rtmp://host/app/key, or rtmps")
        return url

    def may_stream(self, url: str) -> bool:
        """Whether the host of an address may be streamed to."""
        return ANY in self.stream_to or urlsplit(url).hostname in {
            host.strip("[]").lower() for host in self.stream_to
        }


def without_key(url: str) -> str:
    """Scheme and host of an address: what may be told and logged of it."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.hostname}"
