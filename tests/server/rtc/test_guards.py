"""The complete list of aiortc's and aioice's private parts in use: a new version that lacks one
fails here, by name, before any behaviour does; and none is used anywhere else.
"""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from aioice import ice
from aiortc import RTCConfiguration, RTCPeerConnection

from server.rtc import hooks, playout_delay, sender_hooks, transport_hooks

MODULES = (hooks, playout_delay, sender_hooks, transport_hooks)
SERVER = Path(hooks.__file__).parents[1]

PLACES = {
    "hooks.RECEIVER_JITTER_BUFFER": "receiver",
    "hooks.RECEIVER_NACK": "receiver",
    "hooks.RECEIVER_RTP_IN": "receiver",
    "hooks.SENDER_KEYFRAME": "sender",
    "hooks.SENDER_RTCP_IN": "sender",
    "hooks.SENDER_RTCP_OUT": "sender",
    "hooks.SENDER_LAST_REPORT": "sender",
    "hooks.SCTP_DATA_IN": "sctp",
    "hooks.SCTP_WINDOW": "sctp",
    "hooks.SCTP_UNORDERED": "sctp",
    "hooks.ICE_CONNECTION": "gatherer",
    "hooks.ICE_GATHER": "agent",
    "playout_delay.SENDER_EXTENSIONS": "sender",
    "sender_hooks.SENDER_SSRC": "sender",
    "sender_hooks.SENDER_HISTORY": "sender",
    "sender_hooks.SENDER_RESEND": "sender",
    "sender_hooks.SENDER_NEXT": "sender",
    "sender_hooks.SENDER_RTP_TIME": "sender",
    "sender_hooks.SENDER_NTP_TIME": "sender",
    "sender_hooks.SENDER_REPORTED_AT": "sender",
    "sender_hooks.SENDER_PACKETS": "sender",
    "sender_hooks.SENDER_OCTETS": "sender",
    "sender_hooks.TRANSPORT_SEND": "transport",
    "transport_hooks.CERTIFICATES": "connection",
    "transport_hooks.CERTIFICATE_CONTEXT": "certificate",
    "transport_hooks.ICE_PROTOCOLS": "agent",
    "transport_hooks.ICE_STUN_SERVER": "agent",
    "transport_hooks.ICE_CHECK_IN": "agent",
    "transport_hooks.ICE_MODULE": "ice",
}
"""Every name that the hooks hold, and of what it is a part."""

NOT_A_PART = {"hooks.LOOPBACK", "playout_delay.URI"}


def constants(module):
    """The texts, and tuples of texts, that a module holds by upper-case names of its own."""
    imported = {
        alias.name
        for node in ast.walk(ast.parse(Path(module.__file__).read_text()))
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    for name, value in vars(module).items():
        texts = value if isinstance(value, tuple) else (value,)
        if name.isupper() and name not in imported and all(isinstance(t, str) for t in texts):
            yield f"{module.__name__.rpartition('.')[2]}.{name}", texts


HELD = {name: texts for module in MODULES for name, texts in constants(module)}


@pytest.fixture
async def parts():
    connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
    transceiver = connection.addTransceiver("video")
    connection.createDataChannel("data")
    dtls = transceiver.receiver.transport
    gatherer = dtls.transport.iceGatherer
    yield {
        "connection": connection,
        "receiver": transceiver.receiver,
        "sender": transceiver.sender,
        "sctp": connection.sctp,
        "transport": dtls,
        "gatherer": gatherer,
        "agent": getattr(gatherer, hooks.ICE_CONNECTION),
        "certificate": getattr(connection, transport_hooks.CERTIFICATES)[0],
        "ice": ice,
    }
    await connection.close()


def test_the_list_is_complete():
    assert set(HELD) - NOT_A_PART == set(PLACES)


@pytest.mark.parametrize("name", PLACES)
async def test_it_is_still_there(parts, name):
    missing = [text for text in HELD[name] if not hasattr(parts[PLACES[name]], text)]
    assert not missing, f"{PLACES[name]} of aiortc or aioice has lost {missing}"


DOCUMENTED = {"os._exit"}
"""Public in spite of their names."""


def used(tree):
    """Private attributes of whatever is not ``self``, with the line, but for those that a class of
    the same file has.
    """
    attributes = [node for node in ast.walk(tree) if isinstance(node, ast.Attribute)]
    own = {a.attr for a in attributes if ast.unparse(a.value) == "self"}
    own |= {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
    for a in attributes:
        private = a.attr.startswith("_") and not a.attr.endswith("__") and a.attr not in own
        if private and ast.unparse(a) not in DOCUMENTED:
            yield f"{a.lineno} {ast.unparse(a)}"


def mangled(tree):
    """Mangled names of aiortc's classes, with the line."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and str(node.value).startswith("_RTC"):
            yield f"{node.lineno} {node.value}"


def test_no_private_part_is_used_anywhere_else():
    hooking = {Path(module.__file__) for module in MODULES}
    wrong = [
        f"{path.name}:{found}"
        for path in sorted(set(SERVER.rglob("*.py")) - hooking)
        for tree in [ast.parse(path.read_text())]
        for found in (*used(tree), *mangled(tree))
    ]
    assert not wrong


def test_this_sees_what_it_forbids():
    tree = ast.parse("a._part\nself._own\nb._own\nx = '_RTCRtpSender__lsr'")
    assert list(used(tree)) == ["1 a._part"] and list(mangled(tree)) == ["4 _RTCRtpSender__lsr"]
