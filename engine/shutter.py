"""When pictures fall due, and which are left out so that the face catches up with its voice."""

from __future__ import annotations

from engine.face import FaceFrame, between
from engine.studio import Studio
from engine.timeline import FrameGrid, Samples
from engine.units import VideoUnit

_MOST_SKIPPED = 8
"""Pictures left out in a row at most: a machine that never catches up still shows a face."""


class Shutter:
    """The pictures of one session, frame by frame."""

    def __init__(self, studio: Studio, grid: FrameGrid) -> None:
        self._studio, self._grid = studio, grid
        self.skipped = 0
        self.reset()

    def reset(self) -> None:
        """Begin again at frame 0; what has been skipped stays counted."""
        self._frame = self._skipped_in_row = 0

    @property
    def reached(self) -> Samples:
        """Media time up to which pictures have been made or left out."""
        return self._grid.start(self._frame)

    def is_due(self, pose: FaceFrame) -> bool:
        """Whether this pose completes a picture: `skips` or `release` it."""
        return self._grid.centre(self._frame) <= pose.time

    def skips(self, behind: bool) -> bool:
        """Whether the picture that is due has been left out, as the face is ``behind``."""
        if not behind or self._skipped_in_row == _MOST_SKIPPED:
            return False
        self.skipped += 1
        self._skipped_in_row += 1
        self._frame += self._studio.stride
        self._studio.leave_out()
        return True

    def release(self, before: FaceFrame | None, pose: FaceFrame) -> VideoUnit:
        """The picture that is due, of the face between two poses, ``before`` being the last."""
        self._skipped_in_row = 0
        face = between(before or pose, pose, self._grid.centre(self._frame))
        frame = self._frame
        self._frame += self._studio.stride
        return self._studio.show(face, frame, self._grid)
