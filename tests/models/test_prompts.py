import ast
from pathlib import Path

import pytest

pytest.importorskip("scipy", reason="training needs scipy")

import models
from engine.phones import PHONES
from models import prompts
from models.prompts import LANGUAGES, SPEAKERS, transcripts


def installed(language: str) -> bool:
    try:
        transcripts(language)
    except FileNotFoundError:
        return False
    return (prompts.SOUNDS / SPEAKERS[language]).exists()


@pytest.mark.parametrize("language", LANGUAGES)
def test_prompts_have_phones_where_they_sound(
    language: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    pytest.importorskip("onnxruntime")
    if not installed(language):
        pytest.skip(f"asterisk-core-sounds-{language}-g722 is not installed")
    monkeypatch.setattr(prompts, "MINUTES", 1.5)
    made = prompts.prompts(language, tmp_path)
    seconds = sum(len(utterance.samples) for utterance in made) / 16_000
    assert 15 < seconds < 120
    for utterance in made:
        assert utterance.speaker == SPEAKERS[language]
        ends = [segment.end for segment in utterance.segments]
        assert [0.0, *ends[:-1]] == [segment.start for segment in utterance.segments]
        assert ends[-1] == pytest.approx(len(utterance.samples) / 16_000, abs=0.011)
    phones = {segment.phone for utterance in made for segment in utterance.segments}
    assert len(phones & set(PHONES)) > 20

    def never(*_: object) -> None:
        raise AssertionError("aligned again")

    monkeypatch.setattr(prompts, "_aligned", never)
    assert len(prompts.prompts(language, tmp_path)) == len(made)


def test_a_missing_package_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(prompts, "TRANSCRIPTS", tmp_path)
    with pytest.raises(FileNotFoundError, match="asterisk-core-sounds-it"):
        transcripts("it")
    monkeypatch.setattr(prompts, "SOUNDS", tmp_path)
    with pytest.raises(FileNotFoundError, match="asterisk-core-sounds-it-g722"):
        prompts.prompts("it", tmp_path)


def test_only_whole_sentences_are_taken():
    if not installed("en"):
        pytest.skip("asterisk-core-sounds-en is not installed")
    found = transcripts("en")
    assert "That agent is already logged on." in found["agent-alreadyon"]
    assert all(len(text.split()) >= 3 and "[" not in text for text in found.values())
    assert not any(name.startswith(("digits/", "letters/")) for name in found)


def test_numbers_in_english_prompts_are_said():
    assert [said[0] for said in prompts._words("press 5", "en")][1] == ("F", "AY", "V")


def test_nothing_is_trained_on_prompts():
    """They are share-alike: what trains imports neither them nor the benchmarks."""
    for file in Path(models.__file__).parent.rglob("*.py"):
        if file.name == "prompts.py":
            continue
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            names = [alias.name for alias in getattr(node, "names", []) if hasattr(alias, "name")]
            if isinstance(node, ast.Import | ast.ImportFrom):
                source = getattr(node, "module", None) or ""
                assert not any("prompts" in name for name in (source, *names)), file.name
