"""Names under which sessions can be watched."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager

from server.admission import Registry
from server.session import Session
from server.signaling.problems import Problem

NAME = "[A-Za-z0-9_-][A-Za-z0-9_.-]{0,63}"
"""What a name may look like; `watch_name` makes such."""


def watch_name(session_id: str) -> str:
    """The name under which a session can be watched by whoever is given it.

    It leads to nothing else: whoever has the id can end, direct and resume the session, and no id
    can be found from this.
    """
    return hashlib.sha256(f"watch {session_id}".encode()).hexdigest()[:16]


class Reservation:
    """A name that nobody else can take meanwhile."""

    def __init__(self, name: str, names: dict[str, str]) -> None:
        self._name = name
        self._names = names

    def leads_to(self, session: Session) -> None:
        """The session is found by the name until it ends."""
        self._names[self._name] = session.id


class Streams:
    """Running sessions are found by `watch_name`, those that were given a name by that as well."""

    def __init__(self, sessions: Registry[Session]) -> None:
        self._sessions = sessions
        self._names: dict[str, str] = {}
        self._reserved: set[str] = set()

    def find(self, name: str) -> Session | None:
        """The session of this name; None if it is not live."""
        if name in self._names:
            return self._sessions.find(self._names[name])
        running = self._sessions.running
        return next((one for one in running if watch_name(one.id) == name), None)

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
