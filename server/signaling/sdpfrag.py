"""SDP fragments with ICE candidates that were found after the offer (RFC 8840, section 9)."""

from __future__ import annotations

import re
from dataclasses import dataclass

from aiortc import RTCIceCandidate
from aiortc.sdp import candidate_from_sdp

from server.rtc.offer import MAX_CANDIDATES
from server.signaling.problems import Problem

MAX_LINES = 400
_LINE = re.compile(r"[a-z]=.*")


@dataclass(frozen=True, slots=True)
class Fragment:
    """``ufrag`` is None where the fragment does not say which ICE session it is of."""

    ufrag: str | None
    candidates: tuple[RTCIceCandidate, ...]


def read_fragment(text: str) -> Fragment:
    """Read a fragment; raises Problem 400.

    Candidates that can be no use here are left out, as RFC 9725 (section 4.3.2) has it: TCP, and
    names instead of addresses, which browsers' checks will show anyway. So is the end of the
    list: those checks may yet bring what was not on it.
    """
    lines = [line for line in text.splitlines() if line]
    if not lines or not all(_LINE.fullmatch(line) for line in lines):
        raise _malformed(f"{len(text)} characters")
    if len(lines) > MAX_LINES:
        raise _malformed(f"{len(lines)} lines")
    ufrags = {line.partition(":")[2] for line in lines if line.startswith("a=ice-ufrag:")}
    if len(ufrags) > 1:
        raise _malformed("several values of a=ice-ufrag")
    given = [line for line in lines if line.startswith("a=candidate:")]
    found = [_candidate(line) for line in given[:MAX_CANDIDATES]]
    usable = tuple(one for one in found if one.protocol.lower() == "udp" and _is_address(one.ip))
    return Fragment(ufrags.pop() if ufrags else None, usable)


def _candidate(line: str) -> RTCIceCandidate:
    try:
        return candidate_from_sdp(line.removeprefix("a=candidate:"))
    except (AssertionError, IndexError, ValueError):
        raise _malformed("a candidate that is none") from None


def _is_address(host: str) -> bool:
    return re.fullmatch(r"[0-9.]+|[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*", host) is not None


def _malformed(value: str) -> Problem:
    remedy = "send an SDP fragment with a=ice-ufrag and a=candidate lines"
    return Problem(
        400, "malformed", "body", value, remedy, f"this is no fragment of ICE candidates; {remedy}"
    )
