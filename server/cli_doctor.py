"""``visavis doctor``: what this machine has and lacks, and which link of the chain fails."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from server.cli_network import Stun, Turn, TurnSecret, UdpPorts, network_of
from server.cli_options import FAILED, Avatars, Backend, Sets, errors_in_one_line

if TYPE_CHECKING:
    from server.diagnosis.links import Link
    from server.rtc.network import Network


def doctor(
    host: Annotated[str, typer.Option(help="Address that `serve` would use.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port that `serve` would use.")] = 8080,
    cert: Annotated[Path | None, typer.Option(metavar="PEM", help="Certificate to check.")] = None,
    key: Annotated[Path | None, typer.Option(metavar="PEM", help="Its private key.")] = None,
    avatars: Avatars = None,
    sets: Sets = None,
    backend: Backend = "auto",
    url: Annotated[
        str | None,
        typer.Option(metavar="URL", help="Call this running server instead, from here."),
    ] = None,
    token: Annotated[
        str | None,
        typer.Option(
            envvar="VISAVIS_TOKEN", show_envvar=False, help="That of the server at --url."
        ),
    ] = None,
    udp_ports: UdpPorts = None,
    stun: Stun = None,
    turn: Turn = None,
    turn_secret: TurnSecret = None,
    call: Annotated[
        bool, typer.Option(help="Try the chain with a spoken syllable and a real call.")
    ] = True,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")] = False,
) -> None:
    """Say what this machine has and lacks, which link of the chain fails, and the remedy.

    A spoken syllable goes from a microphone's packets through the networks and the renderer to a
    real WebRTC call, which must bring sound and picture back. Ends with exit code 1 if something
    is missing that `visavis serve` needs, or if a link fails.

    **Examples**

    - `visavis doctor`
    - `visavis doctor --udp-ports 50000-50100 --stun stun:stun.example.org:3478`
    - `visavis doctor --url https://avatar.example.org`
    """
    from server import doctor as practice

    with errors_in_one_line():
        network = network_of(udp_ports, stun, turn, turn_secret)
        checks = [] if url else practice.examine(host, port, cert, key, avatars, sets, backend)
        links: list[Link] = []
        if url is not None:
            links = _at(url, token, as_json)
        elif call and practice.healthy(checks):
            links = _here(network, avatars, sets, as_json)
        if as_json:
            print(json.dumps(practice.as_dict(checks, links), indent=2))
        else:
            Console().print(practice.as_table(checks, links))
    if not practice.healthy(checks, links):
        raise typer.Exit(FAILED)


def _at(url: str, token: str | None, quiet: bool) -> list[Link]:
    from server.diagnosis.chain import examine_server

    with _told(quiet) as tell:
        return asyncio.run(examine_server(url, token, tell))


def _here(network: Network, avatars: Path | None, sets: Path | None, quiet: bool) -> list[Link]:
    from server.config import ServerConfig
    from server.diagnosis.chain import examine_machine
    from server.placement.local import LocalPlacement

    config = ServerConfig(workers=1, max_sessions=1, network=network, avatars=avatars, sets=sets)
    placement = LocalPlacement(1, avatars=avatars, sets=sets)
    with _told(quiet) as tell:
        return asyncio.run(examine_machine(config, placement, tell))


@contextmanager
def _told(quiet: bool) -> Iterator[Callable[[str], None]]:
    """Says on a terminal what is being tried; nothing where a machine reads."""
    if quiet:
        yield lambda what: None
        return
    with Console(stderr=True).status("Looking …") as status:
        yield lambda what: status.update(f"Trying {what} …")
