"""What the sessions of a process share, loaded once: networks, characters, places."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from engine.avatar import catalogue
from engine.avatar.rig import Head
from engine.cast import Cast
from engine.motion.articulation import MotionModel
from engine.options import SessionOptions
from engine.render.badge import Badge
from engine.runtime.choice import AUTO, Chooser
from engine.runtime.weights import DEFAULT, WEIGHTS, named
from engine.session import Session, Sink
from engine.speech.phonemes import PhonemeModel
from engine.stopwatch import Stopwatch
from engine.studio import Clock

_BADGE = Badge()


@dataclass(frozen=True, slots=True)
class Engine:
    """What all sessions of a process share and none changes: weights, characters, places."""

    phonemes: PhonemeModel
    motions: dict[str, MotionModel]
    cast: Cast
    models: Path | None = None
    chooser: Chooser = field(default_factory=Chooser)

    @staticmethod
    def load(
        models: Path | None = None,
        avatars: Path | None = None,
        sets: Path | None = None,
        backend: str = AUTO,
        badge: Badge | None = _BADGE,
    ) -> Engine:
        """The shipped weights and the default character; AssetError if either is damaged.

        ``models`` is a folder with motion models of the user's own, each in a folder of its name;
        ``avatars``, ``sets`` and ``badge`` as for `Cast`, ``backend`` as for
        `engine.runtime.choice`.
        """
        chooser = Chooser(backend)
        phonemes = PhonemeModel.load(load=chooser.load)
        motion = MotionModel.load(WEIGHTS, phonemes.heads_ms, chooser.load)
        engine = Engine(phonemes, {DEFAULT: motion}, Cast(avatars, sets, badge), models, chooser)
        engine.cast.head(catalogue.ALIAS)
        return engine

    @property
    def head(self) -> Head:
        """The default character's."""
        return self.cast.head(catalogue.ALIAS)

    def motion(self, name: str) -> MotionModel:
        """The motion model ``name``, loaded when it is first asked for.

        InvalidInput if there is none of that name, AssetError if it cannot be used.
        """
        if name not in self.motions:
            folder = named(name, self.models)
            self.motions[name] = MotionModel.load(folder, self.phonemes.heads_ms, self.chooser.load)
        return self.motions[name]

    def session(
        self,
        options: SessionOptions,
        sink: Sink = "encoded",
        stopwatch: Stopwatch | None = None,
        clock: Clock | None = None,
    ) -> Session:
        """A new session. With sink "motion" nothing is drawn: take poses from ``curves``.

        A live one is given a ``clock`` to see what pictures cost it, so that the quality "auto"
        can adapt. InvalidInput if the options name a motion model, an avatar, a set or a light
        that there is not.
        """
        return Session(self, options, sink, stopwatch or Stopwatch(), clock)
