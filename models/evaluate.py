"""The shipped network on speakers that it has not heard: ``python -m models.evaluate``.

It is run as a session runs it, ONNX Runtime step by step from the state after a reset. Writes
``metrics.json``, the manifest's figures and the model card's table.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from engine.face import Floats
from engine.motion.articulation import NAME as MOTION
from engine.runtime.weights import WEIGHTS, Description
from engine.speech.features import LogMel
from engine.speech.phonemes import PhonemeModel, PhonemeStream
from engine.timeline import SAMPLE_RATE
from models import speech_data
from models.augment import coloured_noise
from models.corpus import Utterance, frame_labels
from models.manifest import NAME, update_manifest
from models.metrics import FRAME_MS, Heard, loudness_scores, scores
from models.sound import through_opus

METRICS = "metrics.json"
CARD = "MODEL_CARD.md"
ROBUSTNESS_HEAD_MS = 60
QUIET = 1e-4
"""RMS of the room in which an utterance ends, while the heads that look ahead catch up."""

TABLE = (
    ("phone_accuracy", "phone"),
    ("viseme_accuracy", "viseme"),
    ("viseme_accuracy_in_speech", "viseme in speech"),
    ("bilabial_f1", "bilabial F1"),
    ("bilabial_onset_ms", "onset ms"),
    ("closure_auc", "closure AUC"),
    ("labiodental_auc", "labiodental AUC"),
    ("rounding_auc", "rounding AUC"),
    ("silence_accuracy", "silence"),
    ("openness_r", "openness r"),
)
Alter = Callable[[Floats, np.random.Generator], Floats]


def hear(model: PhonemeModel, sound: Floats, utterance: Utterance) -> list[Heard]:
    """What each head says about ``sound``, frame for frame beside the utterance's labels."""
    latest = max(model.heads_ms) // FRAME_MS
    frames = len(sound) // 320 * 2
    rest = np.random.default_rng(0).standard_normal(160 * (latest + 2)).astype(np.float32) * QUIET
    whole = np.concatenate([sound[: frames * 160], rest])
    features = LogMel().push(whole[: len(whole) // 320 * 320])
    stream = PhonemeStream(model)
    steps = [stream.step(features[at : at + 2]) for at in range(0, len(features), 2)]
    posteriors = np.concatenate(steps, axis=1)
    labels = frame_labels(utterance.segments, frames).astype(np.int64)
    loudness = features[:frames].mean(axis=1)
    return [
        Heard(labels, posteriors[head, ms // FRAME_MS : ms // FRAME_MS + frames], loudness)
        for head, ms in enumerate(model.heads_ms)
    ]


def evaluate(model: PhonemeModel, utterances: Sequence[Utterance]) -> dict[str, object]:
    """All figures: by look-ahead, by condition, and loudness alone for comparison."""
    by_head = _by_head(model, utterances, lambda sound, _: sound)
    robust = min(model.heads_ms, key=lambda ms: abs(ms - ROBUSTNESS_HEAD_MS))
    head = model.heads_ms.index(robust)
    conditions: dict[str, Alter] = {
        "noise 20 dB below": lambda sound, choice: _with_noise(sound, 20, choice),
        "noise 10 dB below": lambda sound, choice: _with_noise(sound, 10, choice),
        "Opus 16 kbit/s": lambda sound, _: through_opus(sound, 16_000),
        "20 dB quieter": lambda sound, _: sound * np.float32(0.1),
    }
    return {
        "speakers": sorted({utterance.speaker for utterance in utterances}),
        "utterances": len(utterances),
        "minutes": round(sum(len(u.samples) for u in utterances) / SAMPLE_RATE / 60, 1),
        "by_look_ahead_ms": {
            str(ms): _rounded(scores(heard))
            for ms, heard in zip(model.heads_ms, by_head, strict=True)
        },
        f"by_condition_at_{robust}_ms": {
            name: _rounded(scores(_by_head(model, utterances, alter)[head]))
            for name, alter in conditions.items()
        },
        "loudness_alone": _rounded(loudness_scores(by_head[0])),
    }


def evaluate_and_record(weights: Path = WEIGHTS) -> None:
    """Evaluate the network in ``weights``, print the tables and write all figures there.

    FileNotFoundError if the recordings are not on this machine.
    """
    metrics = evaluate(PhonemeModel.load(weights), speech_data.utterances(held_out=True))
    (weights / METRICS).write_text(json.dumps(metrics, indent=1) + "\n", encoding="utf-8")
    by_head = metrics["by_look_ahead_ms"]
    update_manifest(NAME, {"metrics": {"held_out_by_look_ahead_ms": by_head}}, weights)
    text = tables(metrics, [Description.read(weights, name) for name in (NAME, MOTION)])
    print(text)
    card = weights / CARD
    if card.exists():
        before, _, rest = card.read_text(encoding="utf-8").partition("<!-- figures -->")
        after = rest.partition("<!-- end of figures -->")[2]
        marked = f"<!-- figures -->\n{text}\n<!-- end of figures -->"
        card.write_text(before + marked + after, encoding="utf-8")


def tables(metrics: dict[str, object], descriptions: Sequence[Description]) -> str:
    """The figures as Markdown."""
    lines = [
        *(_identity(description) for description in descriptions),
        "",
        f"The phoneme network on {metrics['utterances']} utterances, {metrics['minutes']} minutes:",
    ]
    for key, heading in (
        ("by_look_ahead_ms", "look-ahead, ms"),
        (next(key for key in metrics if key.startswith("by_condition")), "condition"),
    ):
        rows = metrics[key]
        assert isinstance(rows, dict)
        title = heading if key == "by_look_ahead_ms" else f"{heading}, {key.split('_')[-2]} ms"
        lines += [
            "",
            f"| {title} | " + " | ".join(name for _, name in TABLE) + " |",
            "| --- |" + " --- |" * len(TABLE),
            *(_row(str(name), row) for name, row in rows.items()),
        ]
    loudness = metrics["loudness_alone"]
    assert isinstance(loudness, dict)
    lines += ["", "Loudness alone: " + ", ".join(f"{k} {v:.3f}" for k, v in loudness.items()) + "."]
    return "\n".join(lines)


def _identity(description: Description) -> str:
    values = description.values
    return (
        f"- `{values['file']}`: version {values['version']}, {values['parameters']:,} parameters, "
        f"SHA-256 `{values['sha256']}`"
    )


def _row(name: str, row: dict[str, float]) -> str:
    cells = [f"{row[key]:+.0f}" if key.endswith("_ms") else f"{row[key]:.3f}" for key, _ in TABLE]
    return f"| {name} | " + " | ".join(cells) + " |"


def _by_head(
    model: PhonemeModel, utterances: Sequence[Utterance], alter: Alter
) -> list[list[Heard]]:
    choice = np.random.default_rng(1)
    heard = [hear(model, alter(utterance.floats, choice), utterance) for utterance in utterances]
    return [[one[head] for one in heard] for head in range(len(model.heads_ms))]


def _with_noise(sound: Floats, below_db: float, choice: np.random.Generator) -> Floats:
    level = np.sqrt(np.mean(sound**2)) * 10 ** (-below_db / 20)
    return (sound + coloured_noise(len(sound), choice) * level).astype(np.float32)


def _rounded(values: dict[str, float]) -> dict[str, float]:
    return {name: round(value, 4) for name, value in values.items()}


if __name__ == "__main__":
    evaluate_and_record()
