"""The links of the chain from a microphone to a face on a screen, and what was found of each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

State = Literal["ok", "failed", "skipped"]


@dataclass(frozen=True, slots=True)
class Link:
    """One link: what was measured there, how long it took in milliseconds if that says anything,
    and the remedy where it failed. Skipped is what could not be tried, and why.
    """

    name: str
    state: State
    found: str
    remedy: str = ""
    ms: float | None = None


def ok(name: str, found: str, ms: float | None = None) -> Link:
    """A link that holds."""
    return Link(name, "ok", found, ms=None if ms is None else round(ms, 1))


def failed(name: str, found: str, remedy: str) -> Link:
    """A link that does not."""
    return Link(name, "failed", found, remedy)


def skipped(name: str, why: str) -> Link:
    """A link that could not be tried, or needs not be."""
    return Link(name, "skipped", why)


def sound(links: Sequence[Link]) -> bool:
    """Whether no link failed."""
    return all(link.state != "failed" for link in links)
