"""Everything the engine and the server raise on purpose.

VisavisError
├── InvalidInput          a field, its value and what to do instead
│   ├── UnsupportedMedia  readable, but nothing here can decode or encode it
│   └── AssetError        an avatar or a weights file that is missing or damaged
├── BackendUnavailable    a renderer, codec or model back end that this machine lacks
├── AtCapacity            no room for another session now
└── WorkerLost            the process that hosted a session is gone
"""

from __future__ import annotations


class VisavisError(Exception):
    """Base of all deliberate errors."""


class InvalidInput(VisavisError):
    """Input that cannot be used: names the field, the value and the remedy.

    ``value`` is shown shortened: never pass audio, SDP bodies or tokens as the value.
    """

    def __init__(self, field: str, value: object, remedy: str) -> None:
        self.field = field
        self.value = shorten(value)
        self.remedy = remedy
        super().__init__(f"{field}: {self.value} is not usable; {remedy}")


class UnsupportedMedia(InvalidInput):
    """Media or a codec that is well-formed but not supported."""


class AssetError(InvalidInput):
    """An avatar or weights file that is missing, damaged or of another version."""


class BackendUnavailable(VisavisError):
    """A back end that does not work on this machine, with the reason and the remedy."""

    def __init__(self, backend: str, reason: str, remedy: str) -> None:
        self.backend = backend
        self.reason = reason
        self.remedy = remedy
        super().__init__(f"{backend} is not available: {reason}; {remedy}")


class AtCapacity(VisavisError):
    """No room for another session; try again in ``retry_after`` seconds."""

    def __init__(self, limit: int, retry_after: int) -> None:
        self.limit = limit
        self.retry_after = retry_after
        super().__init__(f"all {limit} sessions are in use; try again in {retry_after} s")


class WorkerLost(VisavisError):
    """The worker process that hosted a session ended unexpectedly."""


def shorten(value: object, limit: int = 80) -> str:
    """``repr`` of a value, cut to ``limit`` characters for messages and logs."""
    text = repr(value)
    return text if len(text) <= limit else text[: limit - 1] + "…"
