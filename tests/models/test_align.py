import json
import random
import shutil
import wave
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("scipy", reason="training needs scipy")

from engine.phones import PHONES
from engine.speech.phonemes import PhonemeModel
from models import lexicon, speech_data
from models.align import Sounds, align, longest_rush, posteriors_of, realign
from models.corpus import PHONE_INDEX, Segment, frame_labels
from models.phone_graph import Unalignable
from models.prose import SentenceSource
from models.synthesis import flite

TRUE = [
    Segment(0.0, 0.2, "SIL"),
    Segment(0.2, 0.3, "M"),
    Segment(0.3, 0.45, "AA"),
    Segment(0.45, 0.65, "SIL"),
    Segment(0.65, 0.7, "B"),
    Segment(0.7, 0.9, "IY"),
    Segment(0.9, 1.0, "SIL"),
]


PLAIN = Sounds.guessed(np.full(len(PHONES), 1 / len(PHONES), np.float32))


def posteriors(segments: list[Segment], seed: int = 0) -> np.ndarray:
    """What a good network would say: the true phone mostly, and some noise."""
    labels = frame_labels(segments, round(segments[-1].end * 100))
    noise = np.random.default_rng(seed).random((len(labels), len(PHONES)))
    noise[np.arange(len(labels)), labels] += 20
    return (noise / noise.sum(axis=1, keepdims=True)).astype(np.float32)


def rounded(segments: list[Segment]) -> list[tuple[float, float, str]]:
    return [(round(s.start, 2), round(s.end, 2), s.phone) for s in segments]


def test_phones_are_found_where_they_are():
    found, score = align(posteriors(TRUE), [[("M", "AA")], [("B", "IY")]], PLAIN)
    assert rounded(found) == [tuple(segment) for segment in TRUE]
    assert -1 < score < 0


def test_of_several_pronunciations_the_one_said_is_taken():
    said = [("M", "AH", "L"), ("M", "AA"), ("M", "EY")]
    found, _ = align(posteriors(TRUE), [said, [("P", "IY"), ("B", "IY")]], PLAIN)
    assert rounded(found) == [tuple(segment) for segment in TRUE]


def test_a_pause_needs_not_be_there():
    joined = [Segment(0.0, 0.1, "M"), Segment(0.1, 0.3, "AA"), Segment(0.3, 0.5, "IY")]
    found, _ = align(posteriors(joined), [[("M", "AA")], [("IY",)]], PLAIN)
    assert rounded(found) == [tuple(segment) for segment in joined]


def test_other_words_score_far_lower():
    _, right = align(posteriors(TRUE), [[("M", "AA")], [("B", "IY")]], PLAIN)
    _, wrong = align(posteriors(TRUE), [[("S", "UW", "K")], [("G", "OW")]], PLAIN)
    assert wrong < right - 1


def test_what_the_network_says_of_a_phone_is_learnt():
    """A sound that it takes for L half of the time, as in another language, is still found."""
    heard = posteriors(TRUE)
    said = frame_labels(TRUE, len(heard)) == PHONE_INDEX["IY"]
    heard[said, PHONE_INDEX["L"]], heard[said, PHONE_INDEX["IY"]] = 0.5, 0.05
    sounds = Sounds.of([heard] * 3, [[[("M", "AA")], [("B", "IY")]]] * 3)
    assert PHONES[sounds.means[PHONE_INDEX["IY"]].argmax()] == "L"
    found, score = align(heard, [[("M", "AA")], [("B", "IY")]], sounds)
    assert rounded(found) == [tuple(segment) for segment in TRUE]
    assert score > align(heard, [[("M", "AA")], [("B", "IY")]], PLAIN)[1]


def test_too_short_a_sound_is_refused():
    with pytest.raises(Unalignable, match="do not fit"):
        align(posteriors(TRUE)[:10], [[("M", "AA", "B", "IY")]], PLAIN)


def test_crowded_phones_are_noticed():
    even = [Segment(i / 10, i / 10 + 0.1, "B") for i in range(5)]
    crowded = [Segment(1 + i * 0.03, 1.03 + i * 0.03, "B") for i in range(4)]
    assert longest_rush(even) == 0
    assert longest_rush([*even, *crowded, *even]) == 4
    assert longest_rush([Segment(0, 0.03, "SIL")] * 3) == 0


def test_real_speech_is_aligned_to_within_a_few_frames():
    pytest.importorskip("onnxruntime")
    if shutil.which("flite") is None:
        pytest.skip("flite is not installed")
    model = PhonemeModel.load()
    made = flite("slt")(SentenceSource(5), 4, random.Random(5))
    spoken = [[s for s in utterance.segments if s.phone != "SIL"] for utterance in made]
    words = [
        [[tuple(s.phone for s in said[at : at + 4])] for at in range(0, len(said), 4)]
        for said in spoken
    ]
    heard = [posteriors_of(model, utterance.floats) for utterance in made]
    sounds = Sounds.of(heard, words)
    misses = []
    for posterior, said, text in zip(heard, spoken, words, strict=True):
        found, score = align(posterior, text, sounds)
        assert score > -1
        pairs = zip((s for s in found if s.phone != "SIL"), said, strict=True)
        misses += [abs(a.start - b.start) for a, b in pairs]
    assert np.median(misses) <= 0.02
    assert np.mean(np.array(misses) > 0.05) < 0.1


def write(path: Path, rows: list[dict]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def row(name: str, score: float | None, rush: int = 0) -> dict:
    return {"id": name, "score": score, "rush": rush, "phones": [[0.0, 0.1, "B"]]}


def test_poor_alignments_are_left_out(tmp_path: Path):
    good = [row(str(i), -1 - i / 20) for i in range(20)]
    bad = [row("low", -9), row("none", None), row("rushed", -1, 4)]
    trusted = speech_data.trusted_phones(write(tmp_path / "aligned.jsonl", good + bad))
    assert set(trusted) == {str(i) for i in range(20)}


def recorded(folder: Path) -> Path:
    """A folder of recordings, as the index describes it: one word in a file."""
    pytest.importorskip("onnxruntime")
    noise = np.random.default_rng(0).standard_normal(16_000) * 300
    with wave.open(str(folder / "one.wav"), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(16_000)
        file.writeframes(noise.astype("<i2").tobytes())
    rows = [
        {"id": name, "file": "one.wav", "start": start, "duration": 0.5, "speaker": "s"}
        | {"text": "the", "phones": [[0.0, 0.5, "SIL"]]}
        for name, start in (("a", 0.0), ("b", 0.5))
    ]
    return write(folder / "index.jsonl", rows)


def test_alignment_goes_on_where_it_stopped(tmp_path: Path):
    if not lexicon.DICTIONARY.exists():
        pytest.skip("festival's dictionary is not installed")
    recorded(tmp_path)
    model, said = PhonemeModel.load(), []
    path = realign(model, "net", tmp_path, tmp_path, said.append)
    first = path.read_text().splitlines()
    assert [json.loads(line)["id"] for line in first] == ["a", "b"]
    path.write_text(first[0] + "\n")
    realign(model, "net", tmp_path, tmp_path, said.append)
    assert path.read_text().splitlines() == first
    realign(model, "other", tmp_path, tmp_path, said.append)
    assert [json.loads(line)["network"] for line in path.read_text().splitlines()] == ["other"] * 2
    assert said[0] == said[2] == "aligning 2 of 2 utterances"
    assert said[1] == "aligning 1 of 2 utterances"


def test_alignment_replaces_the_phones_of_the_index(tmp_path: Path):
    recorded(tmp_path)
    aligned = write(tmp_path / "aligned.jsonl", [row("b", -1)])
    (utterance,) = speech_data.utterances(tmp_path, held_out=False, aligned=aligned)
    assert utterance.segments == [Segment(0.0, 0.1, "B")]
    assert len(speech_data.utterances(tmp_path, held_out=False)) == 2
