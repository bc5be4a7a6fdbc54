"""A session's wishes, kept for the next worker."""

from __future__ import annotations

from engine.options import SessionOptions
from server.placement.kept import SHOWN, Kept


def shown(kept: Kept, **changed: object) -> dict[str, object]:
    return {name: getattr(kept.options, name) for name in SHOWN} | changed


def test_what_is_done_at_once_is_an_option_from_then_on() -> None:
    kept = Kept(SessionOptions())
    kept.control({"articulation": 0.5, "blink": 2.0, "role": "listener", "motion_units": True})
    options = kept.options
    assert (options.articulation, options.blink, options.role) == (0.5, 2.0, "listener")
    assert options.motion_units and not kept.settings


def test_a_look_counts_once_it_is_shown_and_is_asked_for_again_until_then() -> None:
    kept = Kept(SessionOptions())
    kept.control({"avatar": "theo", "width": 256, "height": 256})
    assert kept.options.avatar == SessionOptions().avatar
    kept.shown(shown(kept, width=256, height=256))
    assert (kept.options.width, kept.settings) == (256, {"avatar": "theo"})
    kept.shown(shown(kept, avatar="theo"))
    assert (kept.options.avatar, kept.settings) == ("theo", {})


def test_what_is_refused_is_not_asked_for_again() -> None:
    kept = Kept(SessionOptions())
    kept.control({"set": "nowhere"})
    kept.refused("set")
    assert not kept.settings


def test_what_lasts_beside_the_options_is_kept_and_cues_are_not() -> None:
    kept = Kept(SessionOptions())
    kept.control({"bitrate": 300_000, "stride": 2, "emotions": [{"name": "joy"}], "keyframe": True})
    kept.control({"bitrate": 200_000, "attention": None, "others": True})
    assert kept.settings == {"bitrate": 200_000, "stride": 2, "attention": None, "others": True}
