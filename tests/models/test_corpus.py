from pathlib import Path

import numpy as np

from engine.phones import PHONES
from models import corpus
from models.corpus import PHONE_INDEX, UNKNOWN, Segment, Utterance, frame_labels


def test_a_frame_has_the_phone_at_its_centre():
    segments = [Segment(0.0, 0.024, "SIL"), Segment(0.024, 0.026, "B"), Segment(0.026, 0.05, "AA")]
    names = [PHONES[label] for label in frame_labels(segments, 5)]
    assert names == ["SIL", "SIL", "B", "AA", "AA"]


def test_frames_outside_every_segment_are_unknown():
    labels = frame_labels([Segment(0.01, 0.02, "S"), Segment(0.03, 9.0, "T")], 4)
    assert labels.tolist() == [UNKNOWN, PHONE_INDEX["S"], UNKNOWN, PHONE_INDEX["T"]]


def test_saved_utterances_come_back(tmp_path: Path):
    made = [
        Utterance(np.arange(5, dtype=np.int16), [Segment(0, 0.1, "SIL")], "a"),
        Utterance(np.arange(9, dtype=np.int16), [Segment(0, 1, "P"), Segment(1, 2, "ZH")], "b"),
    ]
    corpus.save(tmp_path / "speech.npz", made)
    for loaded, original in zip(corpus.load(tmp_path / "speech.npz"), made, strict=True):
        np.testing.assert_array_equal(loaded.samples, original.samples)
        assert list(loaded.segments) == list(original.segments)
        assert loaded.speaker == original.speaker
