"""A real TURN server: coturn with time-limited credentials."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import socket
import subprocess

import pytest

needs_coturn = pytest.mark.skipif(
    shutil.which("turnserver") is None, reason="needs coturn's turnserver"
)


def free_port(address):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind((address, 0))
        return probe.getsockname()[1]


@contextlib.asynccontextmanager
async def coturn(secret, address="127.0.0.1"):
    """A relay on a free port of ``address``."""
    port = free_port(address)
    command = [
        *("turnserver", "-n", "--listening-ip", address, "--relay-ip", address),
        *("--listening-port", str(port), "--use-auth-secret", "--static-auth-secret", secret),
        *("--realm", "visavis.test", "--allow-loopback-peers", "--no-cli", "--log-file", "stdout"),
    ]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        async with asyncio.timeout(10):
            while True:
                with (
                    contextlib.suppress(OSError),
                    socket.create_connection((address, port), 1),
                ):
                    break
                await asyncio.sleep(0.05)
        yield port
    finally:
        process.terminate()
        process.wait(5)
