"""What every WebRTC connection here has in common, whichever way its media goes."""

from __future__ import annotations

import asyncio
import logging
import re
import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from aiortc import (
    RTCBundlePolicy,
    RTCConfiguration,
    RTCDataChannel,
    RTCIceCandidate,
    RTCIceServer,
    RTCIceTransport,
    RTCPeerConnection,
    RTCSessionDescription,
)
from aiortc.exceptions import InternalError, InvalidAccessError, InvalidStateError, OperationError
from aiortc.stats import RTCRemoteInboundRtpStreamStats, RTCTransportStats

from server.rtc import hooks, transport_hooks
from server.rtc.network import Network
from server.rtc.offer import CHECK_OFFER, MAX_CANDIDATES, MalformedOffer

MAX_CHANNELS = 16
"""Data channels that one connection may try to open; the page opens one."""

CLOSE_TIMEOUT = 5.0
_REFUSALS = (
    AssertionError,
    AttributeError,
    InternalError,
    InvalidAccessError,
    InvalidStateError,
    KeyError,
    OperationError,
    ValueError,
)
"""What aiortc raises when a description that parses makes no sense."""

log = logging.getLogger(__name__)
for _name in ("aiortc", "aioice"):  # below this they log SDP and addresses
    logging.getLogger(_name).setLevel(logging.WARNING)


@dataclass(frozen=True, slots=True)
class PeerStats:
    """Packets received since the start, checks of ICE included, and the round trip in seconds
    (None while unknown).
    """

    packets_received: int
    round_trip: float | None


class Connection:
    """A connection from its offer to its end; ``close`` frees everything that it holds.

    The offer is the other side's, or with ``offers`` our own.
    ``ended`` is called with a reason when the connection is lost or the other side goes too far.
    ``ice_session`` names this ICE session, ``remote_ufrag`` is the other side's name for it.
    """

    def __init__(
        self, network: Network, ended: Callable[[str], None], *, offers: bool = False
    ) -> None:
        self.connected = asyncio.Event()
        self.ice_session = secrets.token_hex(8)
        self.remote_ufrag = ""
        self._network = network
        self._ended = ended
        self._closing: asyncio.Task[None] | None = None
        self._channels = 0
        self._candidates = 0
        self._checks = 0
        # Not MAX_BUNDLE for answers: with it, aiortc 1.16 stops the shared transport when the
        # offer's first section is not our first transceiver. The offer's BUNDLE group joins them
        # anyway; in offers of our own they would begin apart, each with sockets.
        bundle = RTCBundlePolicy.MAX_BUNDLE if offers else RTCBundlePolicy.BALANCED
        servers = [RTCIceServer(url) for url in network.stun[:1] if url.startswith("stun:")]
        self._connection = RTCPeerConnection(
            RTCConfiguration(iceServers=servers, bundlePolicy=bundle)
        )
        self._connection.on("connectionstatechange", self._state_changed)
        self._connection.on("datachannel", self._count_channel)

    async def _negotiate(self, sdp: str, offered: Callable[[], None], *, loopback: bool) -> str:
        """Apply an offer, call ``offered``, gather; returns the SDP answer.

        ``loopback`` says that the other side runs on this machine. Raises MalformedOffer, and
        BackendUnavailable where no UDP port is free.
        """
        connection = self._connection
        self.remote_ufrag = _ufrag(sdp)
        try:
            transport_hooks.accept_rsa_certificates(connection)
            await connection.setRemoteDescription(RTCSessionDescription(sdp, "offer"))
            transport_hooks.on_ice_check(connection, self._checked)
            offered()
            if connection.sctp is not None:
                too_much = "too much on the data channel"
                hooks.limit_backlog(connection.sctp, lambda: self._ended(too_much))
            self._choose_addresses(loopback=loopback)
            await connection.setLocalDescription(await connection.createAnswer())
        except _REFUSALS as error:
            raise MalformedOffer("sdp", type(error).__name__, CHECK_OFFER) from None
        return connection.localDescription.sdp

    async def _propose(self, *, loopback: bool) -> str:
        """Gather; returns an SDP offer of what has been added, for ``_conclude`` with its answer.

        Raises BackendUnavailable where no UDP port is free.
        """
        connection = self._connection
        transport_hooks.accept_rsa_certificates(connection)
        transport_hooks.on_ice_check(connection, self._checked)
        self._choose_addresses(loopback=loopback)
        await connection.setLocalDescription(await connection.createOffer())
        return connection.localDescription.sdp

    async def _conclude(self, sdp: str) -> None:
        """Apply the answer to ``_propose``, and connect; raises MalformedOffer."""
        self.remote_ufrag = _ufrag(sdp)
        try:
            await self._connection.setRemoteDescription(RTCSessionDescription(sdp, "answer"))
        except _REFUSALS as error:
            raise MalformedOffer("sdp", type(error).__name__, CHECK_OFFER) from None

    def _choose_addresses(self, *, loopback: bool) -> None:
        if self._network.udp_ports is not None or self._network.stun:
            transport_hooks.own_sockets(self._connection, self._network.udp_ports)
        if loopback:
            hooks.offer_loopback(self._connection)

    async def add_candidates(self, candidates: Iterable[RTCIceCandidate]) -> None:
        """Also try these addresses of the other side (RFC 8838); too many are left out.

        Everything is bundled, so they belong to the one transport, whatever section they name.
        """
        for candidate in candidates:
            self._candidates += 1
            if self._candidates <= MAX_CANDIDATES:
                for transport in self._transports():
                    await transport.addRemoteCandidate(candidate)

    @property
    def failed(self) -> bool:
        """Whether no way to the other side was found, or is left."""
        return self._connection.connectionState == "failed"

    async def stats(self) -> PeerStats:
        """What is known about the connection now."""
        received, round_trip = self._checks, None
        for entry in (await self._connection.getStats()).values():
            if isinstance(entry, RTCTransportStats):
                received += entry.packetsReceived
            elif isinstance(entry, RTCRemoteInboundRtpStreamStats):
                round_trip = entry.roundTripTime
        return PeerStats(received, round_trip)

    async def close(self) -> None:
        """End the connection; sockets, threads and tasks of aiortc are gone afterwards.

        May be called again, also while it closes: aiortc would never finish a closing that was
        cancelled.
        """
        if self._closing is None:
            self._closing = asyncio.create_task(self._close())
        await asyncio.shield(self._closing)

    async def _close(self) -> None:
        try:
            async with asyncio.timeout(CLOSE_TIMEOUT):
                await self._connection.close()
        except TimeoutError:
            log.warning("a connection did not close within %.0f s", CLOSE_TIMEOUT)

    def _transports(self) -> set[RTCIceTransport]:
        media = {item.receiver.transport.transport for item in self._connection.getTransceivers()}
        return {transport for transport in media if transport.state != "closed"}

    def _checked(self) -> None:
        self._checks += 1

    def _state_changed(self) -> None:
        state = self._connection.connectionState
        if state == "connected":
            self.connected.set()
        elif state in ("failed", "closed"):
            self._ended(f"connection {state}")

    def _count_channel(self, channel: RTCDataChannel) -> None:
        self._channels += 1
        if self._channels > MAX_CHANNELS:
            self._ended("too many data channels")
        if not self._take_channel(channel):
            channel.close()

    def _take_channel(self, channel: RTCDataChannel) -> bool:
        """Whether the channel is wanted; those that are not are closed."""
        return False


def _ufrag(sdp: str) -> str:
    found = re.search(r"^a=ice-ufrag:(\S+)", sdp, re.MULTILINE)
    return found[1] if found else ""
