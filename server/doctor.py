"""What this machine has, what it lacks, and the remedy: the eyes of ``visavis doctor``."""

from __future__ import annotations

import importlib
import importlib.metadata
import platform
import shutil
import socket
import ssl
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from itertools import chain
from pathlib import Path
from typing import Any

from rich.table import Table
from rich.text import Text

from engine.errors import VisavisError
from server.diagnosis.links import Link, sound

OLDEST_PYTHON = (3, 11)
PACKAGES = ("numpy", "av", "aiortc", "aiohttp", "webrtcvad", "onnxruntime", "moderngl")
CODECS = {
    "libx264": "H.264 video",
    "libvpx": "VP8 video for browsers without H.264",
    "libopus": "the voice",
    "aac": "the sound of `visavis render`",
    "libvpx-vp9": "transparent video of `visavis render`",
}
MARKS = {"ok": Text("✓", "green"), "failed": Text("✗", "red"), "skipped": Text("–", "yellow")}
BROWSERS = ("chromium", "chromium-browser", "google-chrome")


@dataclass(frozen=True, slots=True)
class Check:
    """One finding. ``remedy`` is empty where nothing is to be done.

    ``needed`` says that ``visavis serve`` does not work without it.
    """

    name: str
    ok: bool
    found: str
    remedy: str = ""
    needed: bool = True


def examine(
    host: str,
    port: int,
    cert: Path | None,
    key: Path | None,
    avatars: Path | None = None,
    sets: Path | None = None,
    backend: str = "auto",
) -> list[Check]:
    """Every check, for a server at ``host`` and ``port`` with that certificate, if any, with
    those folders of the operator's own, and with networks on that back end.
    """
    return [
        _python(),
        _packages(),
        _renderer(),
        _avatars(avatars),
        _sets(sets),
        *_models(backend),
        *(_codec(codec) for codec in CODECS),
        _port(host, port),
        _https(cert, key),
        _browser(),
    ]


def healthy(checks: list[Check], links: Sequence[Link] = ()) -> bool:
    """Whether everything that ``visavis serve`` needs is there, and no link fails."""
    return all(check.ok for check in checks if check.needed) and sound(links)


def as_dict(checks: list[Check], links: Sequence[Link] = ()) -> dict[str, Any]:
    """For machines: whether all is well, each check, and each link of the chain."""
    return {
        "healthy": healthy(checks, links),
        "checks": [asdict(check) for check in checks],
        "links": [asdict(link) for link in links],
    }


def as_table(checks: list[Check], links: Sequence[Link] = ()) -> Table:
    """For people: a line for each check and each link, the remedy below what is missing."""
    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
    for check in checks:
        if check.ok:
            mark = Text("✓", "green")
        else:
            mark = Text("✗", "red") if check.needed else Text("–", "yellow")
        told = Text(check.found)
        if check.remedy:
            told.append(f"\n→ {check.remedy}", "cyan")
        table.add_row(mark, Text(check.name, "bold"), told)
    if links:
        table.add_section()
        table.add_row("", "", Text("The chain, link by link", "bold"))
    for link in links:
        told = Text(link.found, "dim" if link.state == "skipped" else "")
        if link.ms is not None and " ms" not in link.found:
            told.append(f", in {link.ms:.0f} ms", "dim")
        if link.remedy:
            told.append(f"\n→ {link.remedy}", "cyan")
        table.add_row(MARKS[link.state], Text(link.name, "bold"), told)
    return table


def _python() -> Check:
    wanted = ".".join(map(str, OLDEST_PYTHON))
    return Check(
        "python",
        sys.version_info >= OLDEST_PYTHON,
        f"{platform.python_version()} at {sys.executable}",
        "" if sys.version_info >= OLDEST_PYTHON else f"install Python {wanted} or newer",
    )


def _packages() -> Check:
    missing = []
    for name in PACKAGES:
        try:
            importlib.import_module(name)
        except ImportError:
            missing.append(name)
    if missing:
        return Check("packages", False, f"missing: {', '.join(missing)}", "run: make setup")
    versions = [f"{name} {importlib.metadata.version(name)}" for name in ("av", "aiortc", "numpy")]
    return Check("packages", True, ", ".join(versions))


def _renderer() -> Check:
    def look() -> str:
        from engine.render.gl import describe

        about = describe()
        kind = "GPU" if about["hardware"] else "software, on the CPU"
        return f"{about['renderer']} ({kind})"

    return _attempt("renderer", look, "run: apt-get install -y libegl1 libgl1-mesa-dri")


def _avatars(folder: Path | None) -> Check:
    def look() -> str:
        from engine.avatar import catalogue

        names = catalogue.names(folder)
        triangles = []
        for name in names:
            head = catalogue.load(name, folder)
            triangles.append(sum(len(part.faces) for part in head.parts))
        most = f"at most {max(triangles)} triangles" if triangles else "none is built"
        return f"{', '.join(names)}; {most}"

    return _attempt("avatars", look, "run: make avatar")


def _sets(folder: Path | None) -> Check:
    def look() -> str:
        from engine.render import sets

        names = sets.names(folder)
        for name in names:
            sets.load_set(name, folder)
        return ", ".join(names)

    return _attempt("sets", look, "replace the picture, or take it out of the folder")


def _models(backend: str) -> list[Check]:
    """A row for each model back end that was tried: the one taken, and why not the others."""
    try:
        from engine.motion.articulation import MotionModel
        from engine.runtime.choice import Chooser, Taken
        from engine.runtime.weights import WEIGHTS
        from engine.speech.phonemes import PhonemeModel

        chooser = Chooser(backend)
        heads_ms = PhonemeModel.load(load=chooser.load).heads_ms
        MotionModel.load(WEIGHTS, heads_ms, chooser.load)
    except VisavisError as error:
        remedy = getattr(error, "remedy", "run: make setup")
        return [Check("model back end", False, str(error), remedy)]
    rows = []
    for found in dict.fromkeys(chain.from_iterable(chooser.findings.values())):
        if isinstance(found, Taken):
            rows.append(Check("model back end", True, f"{found.backend}: {found.why}"))
        else:
            told = f"not {found.backend}: {found.reason}"
            rows.append(Check("model back end", False, told, found.remedy, needed=False))
    return rows


def _attempt(name: str, look: Callable[[], str], remedy: str) -> Check:
    try:
        return Check(name, True, look())
    except VisavisError as error:
        return Check(name, False, str(error), getattr(error, "remedy", remedy))
    except (ImportError, OSError) as error:
        return Check(name, False, str(error), remedy)


def _codec(name: str) -> Check:
    needed = name in ("libx264", "libopus")
    try:
        import av

        av.Codec(name, "w")
    except (ImportError, ValueError):
        return Check(name, False, f"missing: {CODECS[name]}", "run: pip install -U av", needed)
    return Check(name, True, CODECS[name], needed=needed)


def _port(host: str, port: int) -> Check:
    name = f"port {port}"
    if not 0 <= port <= 65535:
        return Check(name, False, "there is no such port", "choose one up to 65535 with --port")
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        with socket.socket(family, kind, protocol) as trial:
            trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            trial.bind(address)
    except OSError as error:
        reason = error.strerror or str(error)
        return Check(name, False, f"not usable on {host}: {reason}", "choose another with --port")
    return Check(name, True, f"free on {host}")


def _https(cert: Path | None, key: Path | None) -> Check:
    remedy = "for other devices: visavis serve --host 0.0.0.0 --cert CERT.pem --key KEY.pem"
    if cert is None and key is None:
        found = "no certificate: microphones work on localhost only"
        return Check("https", False, found, remedy, needed=False)
    if cert is None or key is None:
        return Check("https", False, "half a pair", "give both --cert and --key")
    try:
        ssl.create_default_context(ssl.Purpose.CLIENT_AUTH).load_cert_chain(cert, key)
    except (OSError, ssl.SSLError) as error:
        found = f"{cert.name} with {key.name}: {error}"
        return Check("https", False, found, "give a PEM certificate and its own key")
    return Check("https", True, f"{cert.name} with {key.name}")


def _browser() -> Check:
    for name in BROWSERS:
        if path := shutil.which(name):
            return Check("browser for tests", True, path, needed=False)
    remedy = "only for `make test`: apt-get install -y chromium"
    return Check("browser for tests", False, "none", remedy, needed=False)
