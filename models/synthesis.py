"""Speech whose phone times are exact, because a synthesiser made it: flite, festival, espeak-ng.

Each is a Debian package; one that is missing only means less data.
"""

from __future__ import annotations

import random
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from engine.timeline import SAMPLE_RATE
from models.corpus import Segment, Utterance
from models.espeak import engine
from models.phone_maps import LANGUAGES, from_radio
from models.prose import ListedSentences, SentenceSource
from models.sound import read_16k

Synthesiser = Callable[[SentenceSource, int, random.Random], list[Utterance]]


class SynthesiserMissing(Exception):
    """The program or voice is not installed."""


@dataclass(frozen=True)
class Voice:
    """A source of synthesised speech.

    ``shift_ms`` moves its labels to the convention of hand-labelled speech: engines disagree by
    some milliseconds on where a phone begins. ``share`` is its part of the synthesised speech,
    ``weight`` how often training picks it relative to its length.
    """

    name: str
    make: Synthesiser
    shift_ms: float
    share: float
    weight: float = 1.0


def flite(voice: str) -> Synthesiser:
    """Utterances by flite, which prints each phone and its end; female voices get higher pitch."""

    def make(source: SentenceSource, count: int, choice: random.Random) -> list[Utterance]:
        if shutil.which("flite") is None:
            raise SynthesiserMissing("flite is not installed")
        with tempfile.TemporaryDirectory() as folder:
            sound = Path(folder) / "speech.wav"
            made = (_flite_once(voice, source.sentence(), sound, choice) for _ in range(count))
            return [utterance for utterance in made if utterance is not None]

    return make


def _flite_once(voice: str, sentence: str, sound: Path, choice: random.Random) -> Utterance | None:
    stretch = choice.uniform(0.8, 1.25)
    command = ["flite", "-voice", voice, "-psdur", "--setf", f"duration_stretch={stretch:.3f}"]
    if choice.random() < 0.5:
        pitch = choice.uniform(140, 240) if voice == "slt" else choice.uniform(80, 160)
        command += ["--setf", f"int_f0_target_mean={pitch:.0f}"]
    done = subprocess.run(
        [*command, "-t", sentence, "-o", str(sound)], capture_output=True, text=True, check=False
    )
    # Times restart with each utterance that flite sees in the text: only single ones are of use.
    if done.returncode != 0 or done.stdout.count("\n") > 1:
        return None
    ends = [token.rsplit(":", 1) for token in done.stdout.split()]
    return _from_ends([(name, float(end)) for name, end in ends], sound, f"flite-{voice}")


def festival(voice: str, *, stretch: bool) -> Synthesiser:
    """Utterances by festival, all in one run of it; the HTS voice has no duration stretch."""

    def make(source: SentenceSource, count: int, choice: random.Random) -> list[Utterance]:
        if shutil.which("festival") is None:
            raise SynthesiserMissing("festival is not installed")
        with tempfile.TemporaryDirectory() as folder:
            lines = [f"(voice_{voice})"]
            for index in range(count):
                if stretch:
                    factor = choice.uniform(0.8, 1.25)
                    lines.append(f"(Parameter.set 'Duration_Stretch {factor:.2f})")
                base = f"{folder}/{index}"
                lines += [
                    f'(set! spoken (utt.synth (Utterance Text "{source.sentence()}")))',
                    f'(utt.save.wave spoken "{base}.wav" \'riff)',
                    f'(utt.save.segs spoken "{base}.lab")',
                ]
            script = Path(folder) / "speak.scm"
            script.write_text("\n".join(lines))
            subprocess.run(["festival", "-b", str(script)], capture_output=True, check=False)
            labels = sorted(Path(folder).glob("*.lab"), key=lambda path: int(path.stem))
            if not labels:
                raise SynthesiserMissing(f"festival has no voice {voice}")
            made = [_read_festival(path, voice) for path in labels]
        return [utterance for utterance in made if utterance is not None]

    return make


def _read_festival(labels: Path, voice: str) -> Utterance | None:
    rows = [line.split() for line in labels.read_text().splitlines()]
    ends = [(row[2], float(row[0])) for row in rows if len(row) == 3]
    return _from_ends(ends, labels.with_suffix(".wav"), f"festival-{voice}")


def espeak(language: str = "en") -> Synthesiser:
    """Utterances by espeak-ng in many voices; other languages than English have their own text."""

    def make(source: SentenceSource, count: int, choice: random.Random) -> list[Utterance]:
        try:
            synthesiser = engine()
        except OSError as error:
            raise SynthesiserMissing(str(error)) from error
        sentences = source if language == "en" else ListedSentences(language, choice)
        made = (synthesiser.utterance(sentences.sentence(), choice, language) for _ in range(count))
        return [utterance for utterance in made if utterance is not None]

    return make


def _from_ends(ends: list[tuple[str, float]], sound: Path, speaker: str) -> Utterance | None:
    """An utterance from (phone, end time) pairs; None if a phone is unknown or there is none."""
    phones = [from_radio(name) for name, _ in ends]
    if not ends or not sound.exists() or None in phones:
        return None
    samples = read_16k(sound)
    segments = []
    start = 0.0
    for phone, (_, end) in zip(phones, ends, strict=True):
        assert phone is not None
        segments.append(Segment(start, end, phone))
        start = end
    segments.append(Segment(start, max(start, len(samples) / SAMPLE_RATE), "SIL"))
    return Utterance(samples, segments, speaker)


VOICES: tuple[Voice, ...] = (
    Voice("flite-kal16", flite("kal16"), 6.0, 0.1),
    Voice("flite-awb", flite("awb"), 4.0, 0.12),
    Voice("flite-rms", flite("rms"), 0.0, 0.12),
    Voice("flite-slt", flite("slt"), 2.5, 0.12),
    Voice("festival-ked", festival("ked_diphone", stretch=True), 10.0, 0.08),
    Voice("festival-kal", festival("kal_diphone", stretch=True), 10.0, 0.05),
    Voice("festival-hts", festival("cmu_us_slt_arctic_hts", stretch=False), 9.0, 0.08),
    Voice("espeak", espeak(), -5.5, 0.15, weight=0.6),
    *(
        Voice(f"espeak-{language}", espeak(language), -5.5, 0.03, weight=0.5)
        for language in LANGUAGES
        if language != "en"
    ),
)
SECONDS_PER_SENTENCE = 3.3
"""Mean length of a synthesised sentence, to turn hours into sentences."""
