"""When a connection counts as lost: much sooner than ICE consent (RFC 7675) notices."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from server.rtc.connection import Connection, PeerStats

CONNECT_TIMEOUT = 10.0
"""Seconds from the answer to a working connection."""

SILENT_TIMEOUT = 9.0
"""Seconds without a packet after which the other side is taken for gone; aioice waits 30. Browsers
check the way twice in five seconds even with nothing else to send, and an outage of 8 s is to be
lived through."""

POLL = 0.5


async def until_lost(
    connection: Connection,
    now: Callable[[], float],
    connected: Callable[[], None],
    measured: Callable[[PeerStats], None],
) -> str:
    """Return why the connection is lost, once it is.

    ``now`` is a clock in seconds; ``connected`` is called once, ``measured`` twice a second.
    """
    try:
        async with asyncio.timeout(CONNECT_TIMEOUT):
            await connection.connected.wait()
    except TimeoutError:
        return f"no connection within {CONNECT_TIMEOUT:.0f} s"
    connected()
    received, heard_at = -1, now()
    while now() - heard_at < SILENT_TIMEOUT:
        stats = await connection.stats()
        measured(stats)
        if stats.packets_received != received:
            received, heard_at = stats.packets_received, now()
        await asyncio.sleep(POLL)
    return f"nothing was received for {SILENT_TIMEOUT:.0f} s"
