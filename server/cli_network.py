"""The options of ``visavis serve`` that concern the network and who may use it."""

from __future__ import annotations

from typing import Annotated

import typer

from server.rtc.network import Network, parse_ports

Token = Annotated[
    str | None,
    typer.Option(
        envvar="VISAVIS_TOKEN",
        show_envvar=False,
        help="Ask for this before anybody gets a session or a view; the page's address then "
        "carries it.",
    ),
]
MaxViewers = Annotated[
    int, typer.Option(help="How many may watch over WHEP, of all sessions together.")
]
UdpPorts = Annotated[
    str | None,
    typer.Option(metavar="LOW-HIGH", help="UDP ports for media, to open in a firewall."),
]
Stun = Annotated[
    list[str] | None,
    typer.Option(
        metavar="URL",
        help="STUN server, stun:HOST:PORT: tells this server its public address, and browsers "
        "theirs. May be given more than once.",
    ),
]
Turn = Annotated[
    list[str] | None,
    typer.Option(
        metavar="URL",
        help="TURN relay for browsers, turn:HOST:PORT?transport=udp; tcp or turns: gets through "
        "more firewalls. May be given more than once.",
    ),
]
TurnSecret = Annotated[
    str | None,
    typer.Option(
        envvar="VISAVIS_TURN_SECRET",
        show_envvar=False,
        help="Secret shared with the relay (coturn: static-auth-secret); browsers only see "
        "credentials that expire.",
    ),
]


Vmc = Annotated[
    str | None,
    typer.Option(
        metavar="HOST:PORT",
        help="VTuber program (VMC protocol) to send the motion of one session after another; "
        "port 39539 without one.",
    ),
]


def network_of(
    udp_ports: str | None,
    stun: list[str] | None,
    turn: list[str] | None,
    turn_secret: str | None,
) -> Network:
    """The network that these options describe; raises InvalidInput."""
    return Network(
        None if udp_ports is None else parse_ports(udp_ports),
        tuple(stun or ()),
        tuple(turn or ()),
        turn_secret,
    )
