"""Motion over UDP to a VTuber program: a tap that never waits."""

from __future__ import annotations

import asyncio
import ipaddress
import logging
import re
import socket
from dataclasses import dataclass

from engine.errors import InvalidInput
from engine.units import MotionUnit, Unit
from server.motion_out.vmc import NAMES, VmcEncoder
from server.taps import Tap

PORT = 39539
"""Where receivers of the VMC protocol listen unless they are told otherwise."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Receiver:
    """Where a VTuber program listens. ``names`` is one of `NAMES`."""

    host: str
    port: int = PORT
    names: str = NAMES[0]

    def __post_init__(self) -> None:
        if not self.host:
            raise InvalidInput("host", self.host, "give the name or address of a machine")
        if type(self.port) is not int or not 1 <= self.port <= 65535:
            raise InvalidInput("port", self.port, "use a whole number from 1 to 65535")
        if self.names not in NAMES:
            raise InvalidInput("names", self.names, f"use {' or '.join(NAMES)}")

    @staticmethod
    def parse(text: str) -> Receiver:
        """HOST, HOST:PORT or [IPV6]:PORT; InvalidInput under ``vmc``."""
        match = re.fullmatch(r"(?:\[([^]]+)\]|([^:\s]+))(?::(\d{1,5}))?", text)
        if match is None:
            raise InvalidInput("vmc", text, f"write HOST:PORT, such as 127.0.0.1:{PORT}")
        return Receiver(match[1] or match[2], int(match[3] or PORT))

    async def address(self) -> Address:
        """Its address; InvalidInput under ``host`` if there is no such machine."""
        loop = asyncio.get_running_loop()
        try:
            found = await loop.getaddrinfo(self.host, self.port, type=socket.SOCK_DGRAM)
        except (OSError, UnicodeError) as error:
            remedy = "no machine of this name is known; check it, or give an IP address"
            raise InvalidInput("host", self.host, remedy) from error
        family, _, _, _, place = found[0]
        return Address(family, place)


@dataclass(frozen=True, slots=True)
class Address:
    """An address of a socket, as `socket` has them."""

    family: int
    place: tuple[object, ...]

    @property
    def ip(self) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
        """Of the machine."""
        return ipaddress.ip_address(str(self.place[0]).partition("%")[0])


class VmcSender(Tap):
    """Sends each pose as it leaves; InvalidInput if nothing can be sent to the address.

    UDP does not say what arrives. ``sent`` counts poses; ``failed`` those that the network did not
    take, as when its buffer is full or nobody listens at the port of this very machine.
    """

    def __init__(self, receiver: Receiver, address: Address) -> None:
        self.receiver = receiver
        self.sent = self.failed = 0
        self.trouble: str | None = None
        self._encoder = VmcEncoder(receiver.names)
        self._socket = socket.socket(address.family, socket.SOCK_DGRAM)
        self._socket.setblocking(False)
        try:
            self._socket.connect(address.place)
        except OSError as error:
            self._socket.close()
            reason = error.strerror or str(error)
            remedy = f"it cannot be reached from here ({reason}); check the address"
            raise InvalidInput("host", receiver.host, remedy) from error

    def put(self, unit: Unit) -> None:
        """See `Tap`."""
        if not isinstance(unit, MotionUnit):
            return
        try:
            for datagram in self._encoder.encode(unit):
                self._socket.send(datagram)
        except OSError as error:  # one that was refused is told of at the next
            self.failed += 1
            self.trouble = error.strerror or str(error)
        else:
            self.sent += 1

    def lost(self) -> None:
        """See `Tap`; pictures are no concern here."""

    def end(self) -> None:
        """See `Tap`; may be called twice."""
        if self._socket.fileno() >= 0:
            self._socket.close()
            if self.failed:
                log.info("%d poses could not be sent over VMC: %s", self.failed, self.trouble)
