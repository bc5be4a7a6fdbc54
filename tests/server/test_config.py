from __future__ import annotations

from pathlib import Path

import pytest

from engine.errors import InvalidInput
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
    ],
)
def test_bad_settings_are_named(field, value):
    with pytest.raises(InvalidInput) as raised:
        ServerConfig(**{field: value})
    assert raised.value.field in (field, "key") and raised.value.remedy


def test_a_missing_file_is_named(tmp_path):
    (tmp_path / "key").write_text("")
    with pytest.raises(InvalidInput, match="cert"):
        ServerConfig(cert=tmp_path / "none", key=tmp_path / "key")
