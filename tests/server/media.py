"""What a file or a stream holds, by PyAV: pictures, sound, and how they lie in time."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import av
import numpy as np
from numpy.typing import NDArray

RATE = 48_000


@dataclass
class Media:
    """``pictures`` are times in s of those that decode, ``sizes`` theirs; ``pcm`` begins at
    ``sound_start`` s.
    """

    pictures: list[Fraction]
    sizes: set[tuple[int, int]]
    keyframes: list[int]
    pcm: NDArray[np.float32]
    sound_start: float
    codecs: tuple[str, str]
    comment: str | None

    def lag(self, said: NDArray[np.int16], start: float, most: float = 0.05) -> float:
        """Seconds by which the sound is later than ``said``, mono at 48 kHz, whose beginning
        belongs at ``start`` of the file's time.
        """
        offset = round((self.sound_start - start) * RATE)  # of the first sample heard, in ``said``
        begin = max(0, -offset)
        length = min(len(self.pcm) - begin, len(said) - offset - begin)
        heard = self.pcm[begin : begin + length]
        meant = said[offset + begin :][:length].astype(np.float32)
        size = 2 * length
        product = np.fft.rfft(heard, size) * np.conj(np.fft.rfft(meant, size))
        reach = round(most * RATE)
        likeness = np.roll(np.fft.irfft(product, size), reach)[: 2 * reach]
        best = likeness.argmax() - reach
        same = likeness.max() / np.linalg.norm(heard) / np.linalg.norm(meant)
        assert same > 0.9, f"this is other sound ({same:.2f})"
        return float(best / RATE)


def media(source: object, **options: object) -> Media:
    """All that can be read of a file."""
    with av.open(source, **options) as file:  # type: ignore[call-overload]
        video, audio = file.streams.video[0], file.streams.audio[0]
        pictures, sizes, keyframes, pcm, start = [], set(), [], [], None
        for frame in file.decode(video, audio):
            if isinstance(frame, av.VideoFrame):
                if frame.key_frame:
                    keyframes.append(len(pictures))
                pictures.append(frame.pts * frame.time_base)
                sizes.add((frame.width, frame.height))
            else:
                if start is None:
                    start = float(frame.pts * frame.time_base)
                pcm.append(frame.to_ndarray()[0].astype(np.float32))
        return Media(
            pictures,
            sizes,
            keyframes,
            np.concatenate(pcm),
            start or 0.0,
            (video.codec_context.name, audio.codec_context.name),
            file.metadata.get("comment") or file.metadata.get("COMMENT"),
        )
