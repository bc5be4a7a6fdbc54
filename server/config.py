"""How the server is set up."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

from engine.errors import InvalidInput
from engine.options import SessionOptions
from engine.render.badge import Badge
from engine.runtime.choice import AUTO, check_backend
from engine.runtime.weights import named
from server.looks.catalogue import LookCatalogue, check_room
from server.motion_out.sender import Receiver
from server.outputs.allowed import Allowed
from server.outputs.provenance import Signing
from server.placement.base import MOST_SESSIONS
from server.placement.usage import available_cores
from server.rtc.network import Network

WEB_DIR = Path(__file__).resolve().parent.parent / "web"


def default_workers() -> int:
    """One for two cores: the other one is for the browser, the transport and all else."""
    return min(32, max(1, available_cores() // 2))


@dataclass(frozen=True, slots=True)
class ServerConfig:
    """Settings of one server process, checked when it is made (InvalidInput names the field).

    host, port      where HTTP is served; port 0 takes a free one
    workers         1..64 engine processes; by default one for two cores
    max_sessions    1..64 at once, or None for as many as this machine has room for, measured at the
                    start; further offers get 503 with Retry-After
    worker_memory   256..1048576 MB that a worker may use before another takes its place
    backend         what computes the networks, see `engine.runtime.choice`
    max_viewers     0..1000 who watch over WHEP, of all sessions together
    token           asked of everybody who wants a session or a view; None asks nobody
    network         UDP ports, STUN and TURN
    defaults        options of a session whose offer does not say otherwise
    max_size        no picture has more pixels than one of this width and height
    models          folder of the user's own motion models, each in a folder of its name
    avatars, sets   folders of the user's own characters and pictures to be in
    outputs         what sessions may be recorded and streamed to
    badge           what marks every picture as synthetic; None for nothing
    signing         whether recordings say so as well, and as whose
    vmc             VTuber program that is sent the motion of one session after another
    cert, key       PEM files for HTTPS; both or neither
    web_dir         the page and its modules
    """

    host: str = "127.0.0.1"
    port: int = 8080
    workers: int = field(default_factory=default_workers)
    max_sessions: int | None = None
    worker_memory: int = 2048
    backend: str = AUTO
    max_viewers: int = 50
    token: str | None = None
    network: Network = field(default_factory=Network)
    defaults: SessionOptions = field(default_factory=SessionOptions)
    max_size: tuple[int, int] = (1280, 720)
    models: Path | None = None
    avatars: Path | None = None
    sets: Path | None = None
    outputs: Allowed = field(default_factory=Allowed)
    badge: Badge | None = field(default_factory=Badge)
    signing: Signing = field(default_factory=Signing)
    vmc: Receiver | None = None
    cert: Path | None = None
    key: Path | None = None
    web_dir: Path = WEB_DIR

    def __post_init__(self) -> None:
        _within("port", self.port, 0, 65535)
        _within("workers", self.workers, 1, 64)
        if self.max_sessions is not None:
            _within("max_sessions", self.max_sessions, 1, MOST_SESSIONS)
        _within("worker_memory", self.worker_memory, 256, 1 << 20)
        _within("max_viewers", self.max_viewers, 0, 1000)
        check_backend(self.backend)
        check_token(self.token)
        if not self.host:
            raise InvalidInput("host", self.host, "use an address of this machine or 0.0.0.0")
        check_models(self.models, self.defaults)
        check_folders(self.avatars, self.sets)
        self.looks.check(self.defaults.look)
        SessionOptions(width=self.max_size[0], height=self.max_size[1])
        check_room(self.defaults.width, self.defaults.height, self.max_size)
        if (self.cert is None) != (self.key is None):
            missing = "key" if self.key is None else "cert"
            raise InvalidInput(missing, None, "give both the certificate and its key")
        for name, path in (("cert", self.cert), ("key", self.key)):
            if path is not None and not path.is_file():
                raise InvalidInput(name, str(path), "give a readable PEM file")

    @property
    def looks(self) -> LookCatalogue:
        """What can be shown here."""
        return LookCatalogue(self.avatars, self.sets, self.defaults)

    @property
    def https(self) -> bool:
        """Whether pages are served over TLS."""
        return self.cert is not None


def check_token(token: str | None) -> None:
    """InvalidInput unless a token can be sent as one (RFC 6750, section 2.1) and is worth it."""
    if token is not None and not re.fullmatch(r"[A-Za-z0-9._~+/-]{8,256}=*", token):
        raise InvalidInput(
            "token",
            f"{len(token)} characters",
            "use 8 to 256 letters, digits and . _ ~ + / -",
        )


def check_models(folder: Path | None, options: SessionOptions) -> None:
    """InvalidInput unless ``folder`` is one and the motion model of ``options`` is known."""
    if folder is not None and not folder.is_dir():
        raise InvalidInput(
            "models", str(folder), "give a folder that holds a folder for each model"
        )
    named(options.motion_model, folder)


def check_folders(avatars: Path | None, sets: Path | None) -> None:
    """InvalidInput unless each of them is a folder or None."""
    for name, folder in (("avatars", avatars), ("sets", sets)):
        if folder is not None and not folder.is_dir():
            raise InvalidInput(name, str(folder), f"give a folder that holds your {name}")


def _within(name: str, value: int, low: int, high: int) -> None:
    if type(value) is not int or not low <= value <= high:
        raise InvalidInput(name, value, f"use a whole number from {low} to {high}")
