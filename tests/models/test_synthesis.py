import random
import shutil

import pytest

pytest.importorskip("scipy", reason="training needs scipy")

from engine.phones import PHONES
from models.corpus import Utterance
from models.phone_maps import from_espeak, from_radio
from models.prose import SentenceSource
from models.synthesis import VOICES, SynthesiserMissing, espeak, flite


def check(utterance: Utterance) -> None:
    phones = [segment.phone for segment in utterance.segments]
    assert phones[0] == phones[-1] == "SIL"
    assert len(set(phones)) > 5
    starts = [segment.start for segment in utterance.segments]
    assert starts == sorted(starts)
    seconds = len(utterance.samples) / 16_000
    assert utterance.segments[-1].end == pytest.approx(seconds, abs=0.06)


def test_phone_names_are_understood():
    assert from_radio("pau") == "SIL"
    assert from_radio("axr") == "ER"
    assert from_radio("oddity") is None
    assert from_espeak("aI@") == ["AY", "AH"]
    assert from_espeak("p") == ["P"]
    assert from_espeak("_:") == ["SIL"]
    assert from_espeak("oddity") is None


def test_every_espeak_name_maps_to_known_phones():
    from models.phone_maps import _ESPEAK_TO_OURS

    assert {phone for phones in _ESPEAK_TO_OURS.values() for phone in phones} <= set(PHONES)


def test_sentences_repeat_with_their_seed():
    one, other = SentenceSource(4), SentenceSource(4)
    assert [one.sentence() for _ in range(20)] == [other.sentence() for _ in range(20)]


def test_voices_share_the_whole():
    assert sum(voice.share for voice in VOICES) == pytest.approx(1)


def test_flite_says_when_each_phone_sounds():
    if shutil.which("flite") is None:
        pytest.skip("flite is not installed")
    made = flite("slt")(SentenceSource(1), 3, random.Random(1))
    assert made
    for utterance in made:
        check(utterance)


def test_espeak_says_when_each_phone_sounds():
    try:
        made = espeak(SentenceSource(1), 3, random.Random(1))
    except SynthesiserMissing as missing:
        pytest.skip(str(missing))
    assert made
    for utterance in made:
        check(utterance)


def test_a_missing_program_is_named(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(shutil, "which", lambda _: None)
    with pytest.raises(SynthesiserMissing, match="flite is not installed"):
        flite("slt")(SentenceSource(1), 1, random.Random(1))
