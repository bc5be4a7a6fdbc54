"""Telling a receiver how long to keep a picture: the playout-delay RTP header extension.

Chromium adds 10 ms of its own to every picture and more where pictures come unevenly, unless they
say that they need not wait (WebRTC's document docs/native-code/rtp-hdrext/playout-delay). Over an
even network that is all loss; over an uneven one it keeps motion smooth. So pictures say "at once"
as long as the way is even, and else name a limit: past it, lips that come in jerks are better than
lips that come after their sound. Receivers that do not know the extension do not negotiate it.
"""

from __future__ import annotations

from collections.abc import Callable

from aiortc import RTCRtpSender
from aiortc.codecs import HEADER_EXTENSIONS
from aiortc.rtcrtpparameters import RTCRtpHeaderExtensionParameters, RTCRtpParameters
from aiortc.rtp import (
    HeaderExtensions,
    HeaderExtensionsMap,
    pack_header_extensions,
    unpack_header_extensions,
)

from server.rtc.hooks import replace

SENDER_EXTENSIONS = "_RTCRtpSender__rtp_header_extensions_map"

URI = "http://www.webrtc.org/experiments/rtp-hdrext/playout-delay"
AT_ONCE = b"\x00\x00\x00"
SMOOTHED = b"\x00\x10\x0a"
"""Least and most delay, 12 bits each, in units of 10 ms: 0 and 0, and 10 and 100 ms. A least delay
of 0 would let Chromium show pictures as they come, whatever the most is."""


def offer_extension() -> None:
    """Have aiortc agree to the extension where a receiver offers it; once is enough."""
    known = HEADER_EXTENSIONS["video"]
    if all(extension.uri != URI for extension in known):
        free = 1 + max(extension.id for extension in known)
        known.append(RTCRtpHeaderExtensionParameters(id=free, uri=URI))


def tell_delay(sender: RTCRtpSender, at_once: Callable[[], bool]) -> None:
    """Let every packet of a sender of pictures say whether to show them ``at_once``."""
    replace(sender, SENDER_EXTENSIONS, _Extensions(at_once))


class _Extensions(HeaderExtensionsMap):
    """aiortc's header extensions, and one more where it has been negotiated."""

    def __init__(self, at_once: Callable[[], bool]) -> None:
        super().__init__()
        self._at_once = at_once
        self._id: int | None = None

    def configure(self, parameters: RTCRtpParameters) -> None:
        """Learn the numbers that were negotiated."""
        super().configure(parameters)
        for extension in parameters.headerExtensions:
            if extension.uri == URI:
                self._id = extension.id

    def set(self, values: HeaderExtensions) -> tuple[int, bytes]:
        """The profile and the bytes of a packet's extensions."""
        profile, data = super().set(values)
        if self._id is None:
            return profile, data
        told = AT_ONCE if self._at_once() else SMOOTHED
        return pack_header_extensions([*unpack_header_extensions(profile, data), (self._id, told)])
