"""OSC bundles of which only the numbers change (Open Sound Control 1.0, opensoundcontrol.org).

python-osc encodes each bundle once. Encoding some sixty messages anew for every pose takes it
0.8 ms, which the event loop of a live call cannot spare; writing numbers takes a 25th of that.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from pythonosc.osc_bundle_builder import IMMEDIATELY, OscBundleBuilder
from pythonosc.osc_message import OscMessage
from pythonosc.osc_message_builder import OscMessageBuilder

MOST_BYTES = 1400
"""Of a bundle: it must fit in one packet of an Ethernet network."""

_HEADER, _LENGTH, _FLOAT = 16, 4, 4  # bytes: "#bundle" and time tag; a message's length; a number


@dataclass(frozen=True, slots=True)
class Template:
    """A message: its address, arguments that stay, and how many floats that change follow."""

    address: str
    fixed: tuple[str | int, ...] = ()
    floats: int = 0

    def message(self) -> OscMessage:
        """It, with all floats 0."""
        builder = OscMessageBuilder(self.address)
        for argument in (*self.fixed, *(0.0,) * self.floats):
            builder.add_arg(argument)
        return builder.build()


class Bundle:
    """A bundle of messages, encoded once."""

    def __init__(self, templates: Sequence[Template]) -> None:
        builder = OscBundleBuilder(IMMEDIATELY)
        self._places: list[int] = []
        end = _HEADER
        for template in templates:
            message = template.message()
            builder.add_content(message)
            end += _LENGTH + message.size
            self._places += range(end - _FLOAT * template.floats, end, _FLOAT)
        self._bytes = bytearray(builder.build().dgram)

    @property
    def floats(self) -> int:
        """How many numbers it holds."""
        return len(self._places)

    def filled(self, values: Iterable[float]) -> bytes:
        """It, with these numbers in the order of its messages; ValueError for too few or many."""
        for place, value in zip(self._places, values, strict=True):
            struct.pack_into(">f", self._bytes, place, value)
        return bytes(self._bytes)


def bundled(templates: Sequence[Template]) -> list[Bundle]:
    """The messages in as few bundles as `MOST_BYTES` allows, in order."""
    groups: list[list[Template]] = [[]]
    size = _HEADER
    for template in templates:
        length = _LENGTH + template.message().size
        if groups[-1] and size + length > MOST_BYTES:
            groups.append([])
            size = _HEADER
        groups[-1].append(template)
        size += length
    return [Bundle(group) for group in groups]
