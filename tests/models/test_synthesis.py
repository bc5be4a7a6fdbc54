import random
import re
import shutil

import numpy as np
import pytest

pytest.importorskip("scipy", reason="training needs scipy")

from engine.phones import PHONES
from models.corpus import Utterance
from models.espeak import ACCENTS, _with_closures, engine
from models.phone_maps import _TABLES, LANGUAGES, from_espeak, from_radio
from models.prose import SENTENCES, ListedSentences, SentenceSource
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
    known = {p for table in _TABLES.values() for phones in table.values() for p in phones}
    assert known <= set(PHONES)


@pytest.mark.parametrize(
    ("language", "name", "ours"),
    [
        ("fr", "y", ["UW"]),  # lune: the lips of 'moon'
        ("fr", "O~", ["OW"]),  # bon: as its oral kin
        ("fr", "r", ["HH"]),  # not rounded as the English one
        ("es", "B", ["B"]),  # lobo: the lips, not lip and teeth
        ("es", "**", ["D"]),
        ("it", "t:", ["T"]),
        ("it", "@-", []),
        ("ru", "m;", ["M"]),
        ("ru", "ju", ["Y", "UW"]),
        ("de", "pF", ["P", "F"]),
        ("cmn", "p", ["B"]),
        ("cmn", "ph", ["P"]),
        ("cmn", "y214", ["UW"]),
        ("cmn", "ong55", ["UH", "NG"]),
        ("cmn", "_|", ["SIL"]),
        ("cmn", "oddity", None),
    ],
)
def test_sounds_of_other_languages_go_by_what_lips_do(
    language: str, name: str, ours: list[str] | None
):
    assert from_espeak(name, language) == ours


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
        made = espeak()(SentenceSource(1), 3, random.Random(1))
    except SynthesiserMissing as missing:
        pytest.skip(str(missing))
    assert made
    for utterance in made:
        check(utterance)


@pytest.mark.parametrize("language", [code for code in LANGUAGES if code != "en"])
def test_every_phoneme_of_our_sentences_is_known(language: str):
    text = (SENTENCES / f"{language}.txt").read_text(encoding="utf-8").splitlines()
    try:
        spoken = [engine().phonemes(line, ACCENTS[language][0]) for line in text]
    except OSError as missing:
        pytest.skip(str(missing))
    names = {name for words in spoken for word in words for name in word}
    assert [name for name in names if from_espeak(name, language) is None] == []
    phones = {phone for name in names for phone in from_espeak(name, language) or []}
    assert phones >= {"P", "B", "M", "F", "UW", "OW", "AA"}


@pytest.mark.parametrize("language", [code for code in LANGUAGES if code != "en"])
def test_espeak_speaks_other_languages(language: str):
    try:
        made = espeak(language)(SentenceSource(1), 4, random.Random(1))
    except SynthesiserMissing as missing:
        pytest.skip(str(missing))
    assert len(made) == 4
    for utterance in made:
        check(utterance)


def test_a_stop_begins_when_the_lips_close():
    rate = 22_050
    sound = np.full(rate, 9000, np.int16)
    sound[round(0.45 * rate) : round(0.5 * rate)] = 0
    starts = [(0.1, ["AA"]), (0.3, ["D"]), (0.4, ["OW"]), (0.5, ["B"]), (0.6, ["AA"])]
    found = [start for start, _ in _with_closures(starts, sound)]
    assert found == pytest.approx([0.1, 0.3, 0.4, 0.45, 0.6], abs=1e-3)
    echoing = _with_closures([(0.1, ["AA"]), (0.3, ["P"])], np.full(rate, 9000, np.int16))
    assert echoing[1][0] == pytest.approx(0.265)


def test_listed_sentences_are_also_mixed():
    listed = (SENTENCES / "fr.txt").read_text(encoding="utf-8").splitlines()
    source = ListedSentences("fr", random.Random(2))
    drawn = [source.sentence() for _ in range(40)]
    assert 10 < sum(sentence in listed for sentence in drawn) < 30
    known = set(re.sub(r"[^\w\s'’-]", "", " ".join(listed)).split())
    assert all(set(re.sub(r"[.?!,;:]", "", sentence).split()) <= known for sentence in drawn)


def test_a_missing_program_is_named(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(shutil, "which", lambda _: None)
    with pytest.raises(SynthesiserMissing, match="flite is not installed"):
        flite("slt")(SentenceSource(1), 1, random.Random(1))
