"""Voice that waits to be said: segment after segment, given out in blocks at the pace of a clock.

An agent's text-to-speech makes sound faster than it is heard. It waits here, and one block of 20 ms
is due every 20 ms; where nothing waits, the block is silence, in which a face listens and lives on.
Nothing here reads a clock or performs I/O.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

import numpy as np

from server.agent.intake import Intake, SoundFormat, open_intake
from server.ingest import BLOCK, INPUT_RATE, MAX_CATCH_UP, Pcm

LIMIT = 60 * INPUT_RATE
"""Samples at 48 kHz that may wait: a minute. Whoever brings more is read on later."""

CUSHION_S = 0.06
"""Seconds of sound that are gathered before it begins, and anew after it ran dry, so that a source
that comes just in time does not stutter; or so long is waited for them."""

_QUIET = 3
"""Blocks of silence after a cut; see `engine.motion.moments.Moments.hush`."""

_BLOCK_S = BLOCK / INPUT_RATE


class Segment:
    """What is said in one go; counts are in samples at 48 kHz.

    ``came`` have been brought, ``given`` were given out, ``played`` have left for those who watch.
    ``ended``: no more will be brought.
    """

    def __init__(self, number: int, sound: SoundFormat) -> None:
        self.id = f"item_{number}"
        self.sound = sound
        self.came = self.given = self.played = 0
        self.ended = False
        self.started = False

    @property
    def finished(self) -> bool:
        """Whether all of it has left."""
        return self.ended and self.played >= self.came

    def in_its_rate(self, samples: int) -> int:
        """So many samples at 48 kHz in samples of the rate in which it was brought."""
        return samples // self.sound.ratio


@dataclass(frozen=True, slots=True)
class Block:
    """20 ms to be said: (960,) at 48 kHz, and after it ``until`` samples of the segment are."""

    pcm: Pcm
    segment: Segment | None = None
    until: int = 0


SILENCE = Block(np.zeros(BLOCK, np.int16))


class Segments:
    """A queue of segments, of which the last may still grow; at most ``LIMIT`` wait, and one piece.

    Call ``due`` every 10 to 20 ms. Times are in seconds of any one clock. While ``held``, nothing
    is said.
    """

    def __init__(self, sound: SoundFormat, now: float) -> None:
        self.sound = sound
        self.waiting = 0
        self.held = False
        self._made = 0
        self._queue: deque[tuple[Segment, Pcm]] = deque()
        self._open: Segment | None = None
        self._intake: Intake | None = None
        self._next = now
        self._flows = False
        self._dry_since = now
        self._quiet = 0

    @property
    def filled(self) -> int:
        """Samples at 48 kHz of ``LIMIT`` that are taken; each segment takes a block at least."""
        return max(self.waiting, len(self._queue) * BLOCK)

    @property
    def full(self) -> bool:
        """Whether no more should be brought for now."""
        return self.filled >= LIMIT

    @property
    def growing(self) -> Segment | None:
        """The segment that has not been ended."""
        return self._open

    def append(self, piece: bytes, now: float) -> Segment:
        """Bring a piece of the segment that grows, or of a new one; InvalidInput if it is damaged,
        and nothing has changed then.
        """
        intake = self._intake or open_intake(self.sound)
        pcm = intake.take(piece)
        if self._open is None:
            self._made += 1
            self._open = Segment(self._made, self.sound)
        self._intake = intake
        self._bring(self._open, pcm, now)
        return self._open

    def end(self, now: float) -> Segment | None:
        """Nothing more comes of the segment that grows; None if none does."""
        segment, intake = self._open, self._intake
        if segment is None or intake is None:
            return None
        self._bring(segment, intake.rest(), now)
        segment.ended = True
        self._open = self._intake = None
        return segment

    def clear(self) -> list[Segment]:
        """Forget all that waits; returns the segments of which some did, or might have come.

        Silence follows, so that nothing new is taken for what was cut off, or shares its packet.
        """
        dropped = {segment: None for segment, _ in self._queue}
        if self._open is not None:
            dropped[self._open] = None
            self._open.ended = True
        self._queue.clear()
        self._open = self._intake = None
        self.waiting, self._flows, self._quiet = 0, False, _QUIET
        return list(dropped)

    def due(self, now: float) -> list[Block]:
        """The blocks that are due at ``now``.

        Whoever was held up themselves catches up by `MAX_CATCH_UP` blocks at most.
        """
        if now - self._next > MAX_CATCH_UP * _BLOCK_S:
            self._next = now
        blocks = []
        while self._next <= now:
            blocks.append(self._block(self._next))
            self._next += _BLOCK_S
        return blocks

    def _bring(self, segment: Segment, pcm: Pcm, now: float) -> None:
        if not len(pcm):
            return
        if not self.waiting:
            self._dry_since = now
        segment.came += len(pcm)
        self.waiting += len(pcm)
        if self._queue and self._queue[-1][0] is segment and len(self._queue[-1][1]) < BLOCK:
            pcm = np.concatenate((self._queue.pop()[1], pcm))
        self._queue.append((segment, pcm))

    def _block(self, now: float) -> Block:
        if self._quiet:
            self._quiet -= 1
            return SILENCE
        if self.held or not self._flowing(now):
            return SILENCE
        segment = self._queue[0][0]
        parts: list[Pcm] = []
        wanted = BLOCK
        while wanted and self._queue and self._queue[0][0] is segment:
            pcm = self._queue.popleft()[1]
            if len(pcm) > wanted:
                self._queue.appendleft((segment, pcm[wanted:]))
            parts.append(pcm[:wanted])
            wanted -= len(parts[-1])
        said = BLOCK - wanted
        self.waiting -= said
        segment.given += said
        return Block(np.pad(np.concatenate(parts), (0, wanted)), segment, segment.given)

    def _flowing(self, now: float) -> bool:
        """Whether to give out sound: a whole block of it, the end of a segment, or, where it comes
        too slowly, what there is.
        """
        if not self._queue:
            self._flows = False
            return False
        first = self._queue[0][0]
        there = first.came - first.given
        if self._flows and (first.ended or there >= BLOCK):
            return True
        if self._flows:
            self._flows, self._dry_since = False, now
        patient = now - self._dry_since < CUSHION_S - 1e-9
        if not first.ended and there < CUSHION_S * INPUT_RATE and patient:
            return False
        self._flows = True
        return True
