"""The document's client does what it says, and it names every event that there is. The one in
JavaScript is tried in a browser, see tests/e2e/test_watch.py."""

from __future__ import annotations

import asyncio
import re
import sys
import wave
from pathlib import Path

from server import messages
from server.agent import events
from tests.server.agents import tone

ROOT = Path(__file__).resolve().parents[3]
DOCUMENT = (ROOT / "docs/realtime.md").read_text()


def client(language: str) -> str:
    (code,) = re.findall(rf"```{language}\n(.*?)```", DOCUMENT, re.S)
    assert len(code.splitlines()) <= 36
    return code


async def run(*command: str, told: bytes = b"") -> str:
    process = await asyncio.create_subprocess_exec(
        *command,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    async with asyncio.timeout(20):
        output, _ = await process.communicate(told)
    assert process.returncode == 0, output.decode()
    return output.decode()


async def test_the_client_in_python(server, tmp_path):
    program, sound = tmp_path / "speak.py", tmp_path / "hello.wav"
    program.write_text(client("python"))
    with wave.open(str(sound), "wb") as file:
        file.setparams((1, 2, 16_000, 0, "NONE", ""))
        file.writeframes(tone(0.5, 16_000).tobytes())
    output = await run(sys.executable, str(program), server[1], str(sound), told=b"\n")
    assert re.search(rf"watch: {server[1]}/watch/[0-9a-f]{{16}}\n", output)
    assert "played: 500.0 ms" in output


def test_every_event_is_in_the_document() -> None:
    told = set(re.findall(r"`((?:session|input_audio_buffer|output_audio_buffer)\.\w+)`", DOCUMENT))
    source = "".join(path.read_text() for path in (ROOT / "server/agent").glob("*.py"))
    source += (ROOT / "server/signaling/realtime.py").read_text()
    made = set(re.findall(r'"((?:session|input_audio_buffer|output_audio_buffer)\.\w+)"', source))
    assert told == made
    assert all(kind in DOCUMENT for kind in events.OWN)
    assert {"emotion", "attend", "behaviour", "others", "subscribe"} <= set(messages.KINDS)
