"""A file that a muxer writes to: never another's, counted, and cut back where the disk is full."""

from __future__ import annotations

import errno
import os
from pathlib import Path

from engine.errors import InvalidInput

_REMEDIES = {
    errno.ENOSPC: "free some space on its disk; what was recorded up to then is kept",
    errno.EDQUOT: "free some space on its disk; what was recorded up to then is kept",
    errno.ENOENT: "make the folder, or serve with another",
    errno.ENOTDIR: "give a folder",
    errno.EACCES: "let the user that the server runs as write there",
    errno.EPERM: "let the user that the server runs as write there",
    errno.EROFS: "its disk can only be read; serve with another folder",
}


class NoStorage(InvalidInput):
    """A folder that takes nothing, or nothing more. Its value is the folder's name alone."""

    def __init__(self, folder: Path, error: OSError) -> None:
        reason = os.strerror(error.errno or errno.EIO)
        remedy = _REMEDIES.get(error.errno or 0, "look at its disk")
        super().__init__("record", folder.name, f"{reason}: {remedy}")


class DiskFile:
    """A new file ``stem + suffix`` in ``folder``, with a number where that one exists.

    Nothing is buffered, so that whatever was written survives the process. Raises NoStorage, here
    and in ``write``.
    """

    def __init__(self, folder: Path, stem: str, suffix: str) -> None:
        self._folder = folder
        number = 1
        while True:
            name = f"{stem}{f'-{number}' if number > 1 else ''}{suffix}"
            try:
                self._file = open(folder / name, "xb", buffering=0)  # noqa: SIM115 - as long as self
                break
            except FileExistsError:
                number += 1
            except OSError as error:
                raise NoStorage(folder, error) from error
        self.path = folder / name
        self.size = 0
        self._whole = 0

    @property
    def closed(self) -> bool:
        """Whether it is; a muxer that is freed then writes nothing more."""
        return self._file.closed

    def write(self, data: bytes) -> int:
        """Write all of it at the present place."""
        left = memoryview(data)
        try:
            while left:
                left = left[self._file.write(left) :]
        except OSError as error:
            raise NoStorage(self._folder, error) from error
        finally:
            self.size = max(self.size, self._file.tell())
        return len(data)

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Go to another place."""
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        """The present place."""
        return self._file.tell()

    def whole(self) -> None:
        """All that has been written makes sense: ``cut`` keeps it."""
        self._whole = self.size

    def cut(self) -> None:
        """Leave out what was written in part."""
        self._file.truncate(self._whole)
        self.size = self._whole

    def close(self) -> None:
        """Close it; one with nothing in it goes away."""
        self._file.close()
        if self.size == 0:
            self.path.unlink(missing_ok=True)
