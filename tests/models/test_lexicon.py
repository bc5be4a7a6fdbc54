import pytest

pytest.importorskip("scipy", reason="training needs scipy")

from engine.phones import PHONES
from models import lexicon
from models.lexicon import dictionary, learners, pronunciations, words_of

needs_dictionary = pytest.mark.skipif(
    not lexicon.DICTIONARY.exists(), reason="Debian's festlex-cmu is not installed"
)


def test_words_of_a_transcript():
    assert words_of("It’s John's o'clock, 'tis--MY word.") == [
        *("it's", "john's", "o'clock", "tis", "my", "word")
    ]


@needs_dictionary
def test_words_are_found_with_all_their_forms():
    assert pronunciations("bottle") == [("B", "AA", "T", "AH", "L")]
    assert set(pronunciations("read")) == {("R", "IY", "D"), ("R", "EH", "D")}
    assert ("DH", "AH") in pronunciations("the") and ("DH", "IY") in pronunciations("the")
    assert ("AH", "N") in pronunciations("and")


@needs_dictionary
def test_endings_follow_the_sound_before_them():
    assert pronunciations("boat's") == [("B", "OW", "T", "S")]
    assert pronunciations("bob's") == [("B", "AA", "B", "Z")]
    assert pronunciations("fish's") == [("F", "IH", "SH", "AH", "Z")]
    assert ("AY", "M") in pronunciations("i'm")


@needs_dictionary
def test_a_word_that_is_not_there_is_spelled_by_rule():
    from models.espeak import engine

    try:
        engine()
    except OSError as missing:
        pytest.skip(str(missing))
    assert "blorfing" not in dictionary()
    assert pronunciations("blorfing") == [("B", "L", "AO", "R", "F", "IH", "NG")]


@needs_dictionary
def test_every_phone_is_one_of_ours():
    phones = {phone for forms in dictionary().values() for form in forms for phone in form}
    assert phones <= set(PHONES)


def test_what_learners_make_of_words():
    assert learners(("B", "IH", "G")) == [("B", "IH", "G"), ("B", "IH", "G", "AH")]
    assert ("W", "EH", "R", "IY") in learners(("V", "EH", "R", "IY"))
    assert ("S", "IH", "NG", "K") in learners(("TH", "IH", "NG", "K"))
    assert ("F", "AO") in learners(("F", "AO", "R"))
    assert learners(("M", "IY")) == [("M", "IY")]
