"""What a talker's mouth must do, asked of the teacher sound by sound."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.avatar.lips import LipMeasure
from engine.avatar.rig import load_head
from engine.face import Floats
from engine.motion.channels import CHANNELS, WEIGHTS, arkit_matrix
from engine.phones import PHONES
from models.corpus import Segment
from models.gestures import GROUPS, STATES, firmness_matrix, jaw_freedom, target_matrix
from models.teacher import teach

COLUMN = {name: column for column, name in enumerate(CHANNELS)}
LEAD = 0.3


def saying(*sounds: tuple[str, float]) -> list[Segment]:
    """Sounds with their seconds, one after the other from `LEAD` on."""
    segments, now = [], LEAD
    for phone, seconds in sounds:
        segments.append(Segment(now, now + seconds, phone))
        now += seconds
    return segments


def at(seconds: float) -> int:
    """The frame that holds a moment counted from the first sound."""
    return int((LEAD + seconds) * 100)


def curve(taught: Floats, name: str) -> Floats:
    return taught[:, COLUMN[name]]


@pytest.fixture(scope="module")
def lips() -> LipMeasure:
    return LipMeasure(load_head())


def aperture(lips: LipMeasure, taught: Floats) -> Floats:
    return lips.measure(taught[:, : len(WEIGHTS)] @ arkit_matrix())["aperture"]


def test_shape_and_range() -> None:
    taught = teach(saying(("AA", 0.2), ("P", 0.1), ("IY", 0.2)), 120)
    assert taught.shape == (120, len(CHANNELS))
    assert taught.dtype == np.float32
    assert taught.min() >= 0
    assert taught.max() <= 1


@pytest.mark.parametrize("segments", [[], saying(("SIL", 0.5)), [Segment(0.4, 0.4, "AA")]])
def test_nothing_said_is_a_resting_face(segments: list[Segment]) -> None:
    assert not teach(segments, 100).any()


def test_no_frames_are_no_rows() -> None:
    assert teach(saying(("AA", 0.2)), 0).shape == (0, len(CHANNELS))


@pytest.mark.parametrize("labial", ["P", "B", "M"])
@pytest.mark.parametrize("vowel", ["AA", "AO", "UW", "IY", "W", "SH"])
@pytest.mark.parametrize("seconds", [0.02, 0.08, 0.15])
def test_labials_seal_the_lips_whatever_stands_beside_them(
    lips: LipMeasure, labial: str, vowel: str, seconds: float
) -> None:
    said = saying((vowel, 0.2), (labial, seconds), (vowel, 0.2))
    taught = teach(said, 120, np.ones(120, np.float32))
    sealed = curve(taught, "closure") > 0.99
    assert sealed.sum() >= 6, "60 ms at least"
    assert aperture(lips, taught)[sealed].max() < 0.02
    assert abs(np.flatnonzero(sealed).mean() + 0.5 - 100 * (LEAD + 0.2 + seconds / 2)) < 3
    open_again = aperture(lips, taught)[[at(0.1), at(0.3 + seconds)]]
    assert open_again.min() > 0.1


def test_a_short_gap_before_a_stop_is_its_closure() -> None:
    taught = teach(saying(("AA", 0.2), ("SIL", 0.08), ("P", 0.06), ("AA", 0.2)), 120)
    assert curve(taught, "closure")[at(0.2) : at(0.3)].min() > 0.99
    assert curve(taught, "speech")[at(0) : at(0.53)].all()


@pytest.mark.parametrize("phone", ["F", "V"])
def test_labiodentals_bring_the_lip_to_the_teeth(lips: LipMeasure, phone: str) -> None:
    taught = teach(saying(("AA", 0.2), (phone, 0.08), ("AA", 0.2)), 110)
    shapes = taught[:, : len(WEIGHTS)] @ arkit_matrix()
    measured = lips.measure(shapes)["labiodental"]
    assert measured[at(0.24)] > 0.7
    assert measured[at(0.1)] < 0.1
    assert curve(taught, "labiodental")[at(0.24)] == 1


@pytest.mark.parametrize("phone", ["S", "Z", "SH", "ZH", "CH", "JH"])
def test_sibilants_bring_the_teeth_together_but_not_the_lips(lips: LipMeasure, phone: str) -> None:
    taught = teach(saying(("AA", 0.2), (phone, 0.1), ("AA", 0.2)), 110)
    assert curve(taught, "jawOpen")[at(0.25)] < 0.12
    assert aperture(lips, taught)[at(0.25)] > 0.1
    assert curve(taught, "jawOpen")[at(0.1)] > 0.5


def test_rounding_anticipates_through_sounds_that_do_not_mind() -> None:
    round_next = teach(saying(("AH", 0.15), ("S", 0.08), ("T", 0.07), ("UW", 0.2)), 120)
    spread_next = teach(saying(("AH", 0.15), ("S", 0.08), ("T", 0.07), ("IY", 0.2)), 120)
    early = curve(round_next, "mouthPucker")
    assert early[at(0.3 - 0.06)] > 0.5 * early[at(0.4)]
    assert early[at(0.3 - 0.2)] < 0.1 * early[at(0.4)]
    assert curve(spread_next, "mouthPucker").max() < 0.02
    assert curve(spread_next, "mouthSmile")[at(0.3 - 0.03)] > 0.1


def test_a_spread_vowel_keeps_rounding_off() -> None:
    taught = teach(saying(("IY", 0.2), ("UW", 0.2)), 110)
    pucker = curve(taught, "mouthPucker")
    assert pucker[at(0.1)] < 0.1 * pucker[at(0.3)]


def test_short_vowels_undershoot() -> None:
    def peak(seconds: float) -> float:
        taught = teach(saying(("S", 0.1), ("AA", seconds), ("S", 0.1)), 110)
        return float(curve(taught, "jawOpen").max())

    peaks = [peak(seconds) for seconds in (0.03, 0.08, 0.14, 0.25)]
    assert peaks == sorted(peaks)
    assert peaks[0] < 0.7 * peaks[-1]
    assert peaks[-1] == pytest.approx(0.65, abs=0.03)


def test_vowels_are_told_apart_by_openness(lips: LipMeasure) -> None:
    def openness(vowel: str) -> float:
        taught = teach(saying(("T", 0.08), (vowel, 0.16), ("T", 0.08)), 100)
        return float(np.median(aperture(lips, taught)[at(0.08) : at(0.24)]))

    high, mid, low = (
        [openness(vowel) for vowel in vowels.split()]
        for vowels in ("IY IH UW UH", "EH EY AH ER OW", "AA AE AO AW AY")
    )
    assert max(high) + 0.03 < min(mid)
    assert max(mid) + 0.03 < min(low)


def test_diphthongs_glide() -> None:
    taught = teach(saying(("AY", 0.2), ("AW", 0.2)), 110)
    jaw, pucker = curve(taught, "jawOpen"), curve(taught, "mouthPucker")
    assert jaw[at(0.06)] > jaw[at(0.17)] + 0.1
    assert pucker[at(0.38)] > pucker[at(0.24)] + 0.1


def test_tongue() -> None:
    def tongue(phone: str) -> float:
        taught = teach(saying(("AH", 0.15), (phone, 0.1), ("AH", 0.15)), 100)
        return float(curve(taught, "tongueOut")[at(0.2)])

    assert tongue("TH") > 0.4
    assert 0.1 < tongue("L") < 0.3
    assert tongue("K") < 0.03


def test_effort_moves_the_jaw_more_than_the_lips_and_closures_not_at_all() -> None:
    said = saying(("AA", 0.2), ("UW", 0.2), ("B", 0.08), ("AA", 0.2))
    quiet, loud = (teach(said, 130, np.full(130, effort, np.float32)) for effort in (0.2, 1.0))
    jaws = [float(curve(one, "jawOpen")[at(0.1)]) for one in (quiet, loud)]
    puckers = [float(curve(one, "mouthPucker")[at(0.3)]) for one in (quiet, loud)]
    assert jaws[1] > 1.3 * jaws[0]
    assert 1 < puckers[1] / puckers[0] < 1.3
    np.testing.assert_array_equal(curve(quiet, "closure"), curve(loud, "closure"))
    assert curve(loud, "cheekPuff").max() > 0.05 > curve(quiet, "cheekPuff").max()


@pytest.mark.parametrize("phone", ["AA", "UW", "S", "T", "W", "P", "M", "F"])
def test_the_mouth_opens_in_time_and_rests_soon(lips: LipMeasure, phone: str) -> None:
    taught = teach(saying((phone, 0.12), ("AA", 0.15), (phone, 0.12)), 140)
    gap = aperture(lips, taught)
    assert gap[: at(-0.08)].max() < 0.02
    assert gap[at(0.39 + 0.12) :].max() < 0.02
    assert gap[at(0.2)] > 0.3
    rested = taught[at(0.39 + 0.15) :, : len(WEIGHTS)]
    assert rested.max() < 1e-3
    speech = np.flatnonzero(curve(taught, "speech"))
    assert (speech[0], speech[-1]) == (at(0), at(0.39) - 1)


def test_pauses_close_the_mouth_and_short_gaps_do_not(lips: LipMeasure) -> None:
    def least(seconds: float) -> float:
        taught = teach(saying(("AA", 0.2), ("SIL", seconds), ("AA", 0.2)), 140)
        return float(aperture(lips, taught)[at(0.2) : at(0.2 + seconds)].min())

    assert least(0.05) > 0.5
    assert 0.1 < least(0.09) < least(0.05)
    assert least(0.2) < 0.01


@settings(deadline=None, max_examples=60)
@given(
    st.lists(
        st.tuples(st.sampled_from(PHONES), st.sampled_from([0.02, 0.04, 0.07, 0.1, 0.2])),
        min_size=1,
        max_size=25,
    ),
    st.floats(0, 1.5),
)
def test_curves_are_smooth_and_in_range(sounds: list[tuple[str, float]], effort: float) -> None:
    segments = saying(*sounds)
    frames = int(segments[-1].end * 100) + 40
    taught = teach(segments, frames, np.full(frames, effort, np.float32))
    assert np.isfinite(taught).all()
    assert taught.min() >= 0
    assert taught.max() <= 1
    steps = np.abs(np.diff(taught[:, : len(WEIGHTS)], axis=0)).max(axis=0)
    assert steps[COLUMN["jawOpen"]] < 0.25
    assert steps.max() < 0.4
    assert not taught[-10:].any()


def test_a_sound_is_felt_near_by_only() -> None:
    some = [("AA", 0.2), *[("T", 0.1)] * 8]
    here, there = (teach(saying(*some, (last, 0.2)), 180) for last in ("UW", "IY"))
    same = np.abs(here - there).max(axis=1) < 0.01
    assert same[: at(0.7)].all()
    assert not same.all()


def test_every_state_has_targets_and_a_firmness_in_every_group() -> None:
    targets, firmness = target_matrix(), firmness_matrix()
    assert targets.shape == (len(STATES), len(WEIGHTS))
    assert firmness.shape == (len(STATES), len(GROUPS))
    assert (firmness[1:] > 0).all(), "but SIL, the first"
    assert not firmness[0].any()
    assert not targets[0].any()
    assert ((jaw_freedom() >= 0) & (jaw_freedom() <= 1)).all()
    moved = [name for group in GROUPS for name in group.channels]
    assert len(moved) == len(set(moved))
    assert set(np.array(WEIGHTS)[targets.any(axis=0)]) <= set(moved)
