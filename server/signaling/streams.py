"""Names under which sessions can be watched."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from server.admission import Registry
from server.session import Session
from server.signaling.problems import Problem

NAME = "[A-Za-z0-9_-][A-Za-z0-9_.-]{0,63}"
"""What a name may look like; session ids do too."""


class Reservation:
    """A name that nobody else can take meanwhile."""

    def __init__(self, name: str, names: dict[str, str]) -> None:
        self._name = name
        self._names = names

    def leads_to(self, session: Session) -> None:
        """The session is found by the name until it ends."""
        self._names[self._name] = session.id


class Streams:
    """Every running session is found by its id, those that were named by their name as well."""

    def __init__(self, sessions: Registry[Session]) -> None:
        self._sessions = sessions
        self._names: dict[str, str] = {}
        self._reserved: set[str] = set()

    def find(self, name: str) -> Session | None:
        """The session of this name or id; None if it is not live."""
        return self._sessions.find(self._names.get(name, name))

    @contextmanager
    def reserved(self, name: str) -> Iterator[Reservation]:
        """Keep a name while its session opens; Problem 409 if it is in use."""
        if name in self._reserved or self.find(name) is not None:
            remedy = "use another name, or end what runs under it"
            raise Problem(
                409, "in_use", "name", name, remedy, f"somebody speaks here already; {remedy}"
            )
        live = self._names.items()
        self._names = {known: key for known, key in live if self._sessions.find(key) is not None}
        self._reserved.add(name)
        try:
            yield Reservation(name, self._names)
        finally:
            self._reserved.discard(name)
