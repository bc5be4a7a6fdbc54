import json
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("scipy", reason="training needs scipy")

from engine.phones import PHONES
from engine.speech.phonemes import PhonemeModel
from models import speech_data
from models.align import Unalignable, align, posteriors_of
from models.corpus import PHONE_INDEX, UNKNOWN, Segment, frame_labels
from models.synthesis import VOICES

TRUE = [
    Segment(0.0, 0.2, "SIL"),
    Segment(0.2, 0.3, "M"),
    Segment(0.3, 0.45, "AA"),
    Segment(0.45, 0.65, "SIL"),
    Segment(0.65, 0.7, "B"),
    Segment(0.7, 0.9, "IY"),
    Segment(0.9, 1.0, "SIL"),
]


def posteriors(segments: list[Segment], seed: int = 0) -> np.ndarray:
    """What a good network would say: the true phone mostly, and some noise."""
    labels = frame_labels(segments, round(segments[-1].end * 100))
    noise = np.random.default_rng(seed).random((len(labels), len(PHONES)))
    noise[np.arange(len(labels)), labels] += 20
    return (noise / noise.sum(axis=1, keepdims=True)).astype(np.float32)


def rounded(segments: list[Segment]) -> list[tuple[float, float, str]]:
    return [(round(s.start, 2), round(s.end, 2), s.phone) for s in segments]


def test_phones_are_found_where_they_are():
    found, score = align(posteriors(TRUE), [[("M", "AA")], [("B", "IY")]])
    assert rounded(found) == [tuple(segment) for segment in TRUE]
    assert -1 < score < 0


def test_of_several_pronunciations_the_one_said_is_taken():
    said = [("M", "AH", "L"), ("M", "AA"), ("M", "EY")]
    found, _ = align(posteriors(TRUE), [said, [("P", "IY"), ("B", "IY")]])
    assert rounded(found) == [tuple(segment) for segment in TRUE]


def test_a_pause_needs_not_be_there():
    joined = [Segment(0.0, 0.1, "M"), Segment(0.1, 0.3, "AA"), Segment(0.3, 0.5, "IY")]
    found, _ = align(posteriors(joined), [[("M", "AA")], [("IY",)]])
    assert rounded(found) == [tuple(segment) for segment in joined]


def test_other_words_score_far_lower():
    _, right = align(posteriors(TRUE), [[("M", "AA")], [("B", "IY")]])
    _, wrong = align(posteriors(TRUE), [[("S", "UW", "K")], [("G", "OW")]])
    assert wrong < right - 1


def test_the_prior_takes_from_common_phones():
    frames = np.full((60, len(PHONES)), 1e-3, np.float32)
    frames[:20, PHONE_INDEX["SIL"]] = 0.9
    frames[20:40, PHONE_INDEX["SIL"]] = 0.5
    frames[20:40, PHONE_INDEX["P"]] = 0.4
    frames[40:, PHONE_INDEX["AA"]] = 0.9
    prior = np.full(len(PHONES), 0.01)
    prior[PHONE_INDEX["SIL"]] = 0.3
    without, _ = align(frames, [[("P", "AA")]])
    found, _ = align(frames, [[("P", "AA")]], prior)
    assert without[1].start == pytest.approx(0.37)
    assert found[1] == pytest.approx((0.2, 0.4, 0)[:2] + ("P",)) or found[1].start == 0.2


def test_too_short_a_sound_is_refused():
    with pytest.raises(Unalignable, match="do not fit"):
        align(posteriors(TRUE)[:10], [[("M", "AA", "B", "IY")]])


def test_real_speech_is_aligned_to_within_a_few_frames():
    made = VOICES[3].make  # flite's slt
    pytest.importorskip("onnxruntime")
    import random
    import shutil

    from models.prose import SentenceSource

    if shutil.which("flite") is None:
        pytest.skip("flite is not installed")
    model = PhonemeModel.load()
    misses = []
    for utterance in made(SentenceSource(5), 4, random.Random(5)):
        spoken = [s for s in utterance.segments if s.phone != "SIL"]
        words = [[tuple(s.phone for s in spoken[at : at + 4])] for at in range(0, len(spoken), 4)]
        found, score = align(posteriors_of(model, utterance.floats), words)
        heard = [s for s in found if s.phone != "SIL"]
        assert score > -1.5
        misses += [abs(a.start - b.start) for a, b in zip(heard, spoken, strict=True)]
    assert np.median(misses) <= 0.02
    assert np.mean(np.array(misses) > 0.05) < 0.1


def write(path: Path, rows: list[dict]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def row(name: str, score: float | None, phones: list | None = None) -> dict:
    return {"id": name, "network": "x", "score": score, "phones": phones or [[0.0, 0.1, "B"]]}


def test_poor_alignments_are_left_out(tmp_path: Path):
    rushed = [[i * 0.03, i * 0.03 + 0.03, "B"] for i in range(4)]
    good = [row(str(i), -1 - i / 20) for i in range(20)]
    bad = [row("low", -9), row("none", None), row("rushed", -1, rushed)]
    trusted = speech_data.trusted_phones(write(tmp_path / "aligned.jsonl", good + bad))
    assert set(trusted) == {str(i) for i in range(20)}


def test_frames_of_no_phone_do_not_count():
    assert frame_labels([], 3).tolist() == [UNKNOWN] * 3
