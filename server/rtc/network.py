"""How peers find a way here: UDP ports, STUN and TURN, and what browsers are told of them."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass

from engine.errors import InvalidInput

CREDENTIAL_LIFETIME = 12 * 3600
"""Seconds for which TURN credentials are good: a page may stay open that long before it calls."""

_HOST = r"(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?"
_STUN = re.compile(rf"stuns?:{_HOST}")
_TURN = re.compile(rf"turns?:{_HOST}(?:\?transport=(?:udp|tcp))?")


@dataclass(frozen=True, slots=True)
class Network:
    """Settings of the way between peers and this server (InvalidInput names the field).

    udp_ports    first and last UDP port for media, both included; None takes any free one
    stun         URLs (RFC 7064) of which the first also tells this server its public address
    turn         URLs (RFC 7065) of relays, for the other side to use
    turn_secret  shared with the relays, to make credentials of
    """

    udp_ports: tuple[int, int] | None = None
    stun: tuple[str, ...] = ()
    turn: tuple[str, ...] = ()
    turn_secret: str | None = None

    def __post_init__(self) -> None:
        _check_ports(self.udp_ports)
        for name, urls, form, example in (
            ("stun", self.stun, _STUN, "stun:stun.example.org:3478"),
            ("turn", self.turn, _TURN, "turn:turn.example.org:3478?transport=udp"),
        ):
            for url in urls:
                if not form.fullmatch(url):
                    raise InvalidInput(name, url, f"give a URL such as {example}")
        if self.turn and not self.turn_secret:
            raise InvalidInput("turn_secret", None, "give the relay's shared secret")
        if self.turn_secret and not self.turn:
            raise InvalidInput("turn", None, "give the relay that the secret belongs to")


def _check_ports(ports: tuple[int, int] | None) -> None:
    if ports is not None and not 1024 <= ports[0] <= ports[1] <= 65535:
        shown = f"{ports[0]}-{ports[1]}"
        raise InvalidInput("udp_ports", shown, "give two ports from 1024 to 65535, low-high")


def parse_ports(text: str) -> tuple[int, int]:
    """``"50000-50100"`` as two numbers; InvalidInput for anything else."""
    found = re.fullmatch(r"(\d{1,5})-(\d{1,5})", text)
    if found is None:
        raise InvalidInput("udp_ports", text, "give two ports, such as 50000-50100")
    return int(found[1]), int(found[2])


@dataclass(frozen=True, slots=True)
class IceServer:
    """One server as RTCIceServer (W3C WebRTC, section 4.2.4) has it."""

    url: str
    username: str | None = None
    credential: str | None = None

    def as_json(self) -> dict[str, str]:
        """For ``new RTCPeerConnection({iceServers})``."""
        if self.username is None or self.credential is None:
            return {"urls": self.url}
        return {"urls": self.url, "username": self.username, "credential": self.credential}

    def as_link(self) -> str:
        """For a Link header (RFC 9725, section 4.6)."""
        link = f'<{self.url}>; rel="ice-server"'
        if self.username is None:
            return link
        return (
            f'{link}; username="{self.username}"; credential="{self.credential}"; '
            'credential-type="password"'
        )


class IceServers:
    """STUN and TURN servers for those who call, with credentials that expire.

    ``unix_time`` gives seconds since 1970: the relay compares with its own clock.
    """

    def __init__(self, network: Network, unix_time: Callable[[], float]) -> None:
        self._network = network
        self._unix_time = unix_time

    def issue(self) -> list[IceServer]:
        """The servers, with fresh credentials where they need some.

        User and password are those of TURN's REST interface
        (draft-uberti-behave-turn-rest-00, section 2.2), as coturn's ``use-auth-secret`` has it.
        """
        servers = [IceServer(url) for url in self._network.stun]
        if self._network.turn and self._network.turn_secret:
            user = f"{int(self._unix_time()) + CREDENTIAL_LIFETIME}:{secrets.token_hex(6)}"
            password = turn_password(self._network.turn_secret, user)
            servers += [IceServer(url, user, password) for url in self._network.turn]
        return servers


def turn_password(secret: str, user: str) -> str:
    """base64(HMAC-SHA1(secret, user))."""
    return base64.b64encode(hmac.digest(secret.encode(), user.encode(), hashlib.sha1)).decode()
