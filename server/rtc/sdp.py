"""Offers in the form that aiortc reads; answers, and offers of our own, with what it leaves out."""

from __future__ import annotations

INHERITED = ("ice-ufrag", "ice-pwd", "fingerprint", "setup", "rtcp-mux")
"""Attributes of the transport, which a bundle-only section leaves to the first one."""


def normalised(sdp: str) -> str:
    """An offer (RFC 8866) with explicit bundled sections and without candidates by name."""
    head, *sections = _sections(sdp)
    sections = [_without_names(section) for section in sections]
    for index, section in enumerate(sections):
        if "a=bundle-only" in section:
            sections[index] = _explicit(section, sections[0])
    return "".join(f"{line}\r\n" for part in (head, *sections) for line in part)


def resilient(answer: str) -> str:
    """An answer that also says how lost Opus packets are made good, which aiortc leaves out.

    That we decode in-band error correction (``useinbandfec``, RFC 7587, section 6.1), without
    which a browser sends none, and that we send again what is asked for (``nack``, RFC 4585,
    section 4.2), without which a browser asks for no sound.
    """
    head, *sections = _sections(answer)
    sections = [_with_recovery(section) for section in sections]
    return "".join(f"{line}\r\n" for part in (head, *sections) for line in part)


def exclusive(offer: str) -> str:
    """An offer that says that reports have no port of their own (RFC 8858, section 3)."""
    return offer.replace("a=rtcp-mux\r\n", "a=rtcp-mux\r\na=rtcp-mux-only\r\n")


def _with_recovery(section: list[str]) -> list[str]:
    lines: list[str] = []
    for line in section:
        lines.append(line)
        payload, _, codec = line.removeprefix("a=rtpmap:").partition(" ")
        if line.startswith("a=rtpmap:") and codec.lower().startswith("opus/"):
            lines += [f"a=rtcp-fb:{payload} nack", f"a=fmtp:{payload} minptime=10;useinbandfec=1"]
    return lines


def _sections(sdp: str) -> list[list[str]]:
    """The lines before the first media section, then those of each."""
    parts: list[list[str]] = [[]]
    for line in sdp.splitlines():
        if line.startswith("m="):
            parts.append([])
        parts[-1].append(line)
    return parts


def _without_names(section: list[str]) -> list[str]:
    """Leave out candidates named by mDNS, and the end of the list with them.

    Resolving them takes seconds where multicast does not pass, and the answer would wait for it.
    The browser checks our candidates in any case, which shows us its address (RFC 8445, section
    7.3.1.3); without an end of the list, aioice waits for that.
    """
    return [
        line
        for line in section
        if not line.startswith("a=end-of-candidates")
        and not (line.startswith("a=candidate:") and ".local " in line)
    ]


def _explicit(section: list[str], first: list[str]) -> list[str]:
    """A bundle-only section (RFC 9143, section 6) as an ordinary one.

    It has port 0, which otherwise says "rejected", and the transport of the first section.
    """
    media, *lines = section
    present = {_name(line) for line in lines}
    kind, port, rest = (*media.split(" ", 2), "", "")[:3]
    shared = [line for line in first if _name(line) in INHERITED and _name(line) not in present]
    return [f"{kind} {'9' if port == '0' else port} {rest}", *lines, *shared]


def _name(line: str) -> str:
    return line.removeprefix("a=").split(":", 1)[0] if line.startswith("a=") else ""
