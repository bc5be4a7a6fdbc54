"""Opus packets to samples, and something to put where a packet was lost.

FFmpeg decodes Opus but has no way to ask its decoder for a packet that never came. libopus has: it
goes on from what was heard last (packet loss concealment), and where the sender put a coarse copy
of each packet into the next one, it decodes that (in-band forward error correction, RFC 6716,
section 2.1.7). It is the library that PyAV brings along, or the system's; without either, losses
are silence.
"""

from __future__ import annotations

import ctypes
import ctypes.util
import functools
import weakref
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

import av
import numpy as np

from server.ingest import INPUT_RATE, Pcm

MAX_PACKET_SAMPLES = INPUT_RATE * 120 // 1000
"""Samples of the longest Opus packet (RFC 6716, section 2: 120 ms)."""

STEP = INPUT_RATE // 400
"""Concealment comes in multiples of 2.5 ms (libopus, opus_decode)."""


class Decoder(Protocol):
    """One stream of Opus packets, in order, to 48 kHz mono; stereo is mixed down."""

    def decode(self, payload: bytes) -> Pcm:
        """Samples of one packet, shape (n,); empty when the packet is damaged."""

    def conceal(self, samples: int, following: bytes) -> Pcm:
        """``samples`` in place of what was lost before the packet ``following``.

        Call it before that packet is decoded.
        """


def open_decoder() -> Decoder:
    """The best decoder that this machine has."""
    library = _libopus()
    return PlainDecoder() if library is None else LibopusDecoder(library)


class LibopusDecoder:
    """libopus itself, with concealment and forward error correction."""

    def __init__(self, library: ctypes.CDLL) -> None:
        error = ctypes.c_int()
        self._decode = library.opus_decode
        self._state = library.opus_decoder_create(INPUT_RATE, 1, ctypes.byref(error))
        if error.value != 0:
            raise MemoryError(f"opus_decoder_create gave {error.value}")
        weakref.finalize(self, library.opus_decoder_destroy, self._state)

    def decode(self, payload: bytes) -> Pcm:
        """Samples of one packet, shape (n,); empty when the packet is damaged."""
        return self._run(payload, MAX_PACKET_SAMPLES, 0) if payload else np.zeros(0, np.int16)

    def conceal(self, samples: int, following: bytes) -> Pcm:
        """The last part from the copy in ``following``, if it holds one, the rest invented."""
        filled = np.zeros(samples, np.int16)
        made = self._run(following, -(-samples // STEP) * STEP, 1)
        filled[: len(made)] = made[:samples]
        return filled

    def _run(self, payload: bytes, most: int, recover: int) -> Pcm:
        pcm = np.empty(most, np.int16)
        target = pcm.ctypes.data_as(ctypes.POINTER(ctypes.c_int16))
        count = self._decode(self._state, payload, len(payload), target, most, recover)
        return pcm[: max(0, count)]


class PlainDecoder:
    """FFmpeg's decoder: what was lost is silence."""

    def __init__(self) -> None:
        codec = av.CodecContext.create("libopus", "r")
        if not isinstance(codec, av.AudioCodecContext):
            raise TypeError("libopus is not an audio decoder")
        codec.sample_rate = INPUT_RATE
        codec.layout = "mono"
        codec.format = av.AudioFormat("s16")
        codec.thread_count = 1  # or FFmpeg keeps a pool of idle threads for each session
        self._codec = codec

    def decode(self, payload: bytes) -> Pcm:
        """Samples of one packet, shape (n,); empty when the packet is damaged."""
        if not payload:
            return np.zeros(0, np.int16)
        try:
            frames = self._codec.decode(av.Packet(payload))
        except av.FFmpegError:
            return np.zeros(0, np.int16)
        parts = [frame.to_ndarray().reshape(-1).astype(np.int16, copy=False) for frame in frames]
        return np.concatenate(parts)[:MAX_PACKET_SAMPLES] if parts else np.zeros(0, np.int16)

    def conceal(self, samples: int, following: bytes) -> Pcm:
        """Silence."""
        return np.zeros(samples, np.int16)


@functools.cache
def _libopus() -> ctypes.CDLL | None:
    for path in _places():
        try:
            library = ctypes.CDLL(path)
            library.opus_decoder_create.restype = ctypes.c_void_p
            library.opus_decoder_create.argtypes = (
                *(ctypes.c_int32, ctypes.c_int),
                ctypes.POINTER(ctypes.c_int),
            )
            library.opus_decoder_destroy.argtypes = (ctypes.c_void_p,)
            library.opus_decoder_destroy.restype = None
            library.opus_decode.argtypes = (
                *(ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int32),
                *(ctypes.POINTER(ctypes.c_int16), ctypes.c_int, ctypes.c_int),
            )
        except (OSError, AttributeError):
            continue
        return library
    return None


def _places() -> Iterator[str]:
    """Where PyAV's wheels keep their libraries (Linux, Windows, macOS), then the system's."""
    package = Path(av.__file__).parent
    for folder in (package.parent / "av.libs", package / ".dylibs"):
        yield from map(str, sorted(folder.glob("*opus*")))
    if found := ctypes.util.find_library("opus"):
        yield found
