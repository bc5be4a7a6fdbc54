from __future__ import annotations

from pathlib import Path

import pytest

from engine.errors import InvalidInput
from engine.options import SessionOptions
from server.config import ServerConfig


def test_defaults_are_safe_and_usable():
    config = ServerConfig()
    assert (config.host, config.port, config.https) == ("127.0.0.1", 8080, False)
    assert config.workers >= 1


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("port", -1),
        ("port", 70_000),
        ("port", "8080"),
        ("max_sessions", 0),
        ("workers", 0),
        ("host", ""),
        ("cert", Path("/nonexistent")),
        ("models", Path("/nonexistent")),
        ("avatars", Path("/nonexistent")),
        ("sets", Path("/nonexistent")),
    ],
)
def test_bad_settings_are_named(field, value):
    with pytest.raises(InvalidInput) as raised:
        ServerConfig(**{field: value})
    assert raised.value.field in (field, "key") and raised.value.remedy


def test_a_motion_model_that_is_not_there_is_named_at_once(tmp_path):
    options = SessionOptions(motion_model="anna")
    with pytest.raises(InvalidInput, match="--models"):
        ServerConfig(defaults=options)
    with pytest.raises(InvalidInput, match=r"motion_model: 'anna' .* use one of default$"):
        ServerConfig(defaults=options, models=tmp_path)
    (tmp_path / "anna").mkdir()
    for name in ("manifest.json", "motion.onnx"):
        (tmp_path / "anna" / name).write_text("")
    assert ServerConfig(defaults=options, models=tmp_path).models == tmp_path


@pytest.mark.parametrize("field", ["avatar", "set", "light"])
def test_a_look_that_is_not_there_is_named_at_once(field):
    with pytest.raises(InvalidInput, match=rf"{field}: 'none' .* use one of"):
        ServerConfig(defaults=SessionOptions(**{field: "none"}))


def test_the_default_size_is_within_what_the_operator_wants():
    options = SessionOptions(width=360, height=640)
    assert ServerConfig(defaults=options, max_size=(640, 360)).defaults is options
    with pytest.raises(InvalidInput, match=r"size: '360x640' .* at most 320x240"):
        ServerConfig(defaults=options, max_size=(320, 240))
    with pytest.raises(InvalidInput, match="height: 1280"):
        ServerConfig(max_size=(1280, 1280))


def test_a_missing_file_is_named(tmp_path):
    (tmp_path / "key").write_text("")
    with pytest.raises(InvalidInput, match="cert"):
        ServerConfig(cert=tmp_path / "none", key=tmp_path / "key")
