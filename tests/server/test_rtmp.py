"""RTMP: into a real nginx, through a network that stalls and breaks, and to hosts that are not."""

from __future__ import annotations

import contextlib
import logging
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from server.outputs import rtmp
from server.outputs.outlet import MOST_UNITS, Outlet
from server.outputs.rtmp import KEYFRAMES, RtmpSink
from tests.conftest import vowels
from tests.server.media import Media, media
from tests.server.tapped import FakeTapped

PCM = vowels(20)
HOP = 960
MODULE = Path("/usr/lib/nginx/modules/ngx_rtmp_module.so")
CONFIG = """
load_module {module};
daemon off; master_process off; pid {folder}/pid; error_log {folder}/log;
events {{}}
rtmp {{ server {{ listen 127.0.0.1:{port}; application live {{
  live on; record all; record_path {folder}/taken; record_unique on;
}} }} }}
"""


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return listening.getsockname()[1]


class Nginx:
    """nginx-rtmp, which keeps what it is sent."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self.taken = folder / "taken"
        self.taken.mkdir()
        self.taken.chmod(0o777)
        config = folder / "nginx.conf"
        config.write_text(CONFIG.format(module=MODULE, folder=folder, port=self.port))
        command = [shutil.which("nginx", path="/usr/sbin:/usr/bin") or "", "-c", str(config)]
        self.process = subprocess.Popen([*command, "-p", str(folder)], stderr=subprocess.DEVNULL)
        for _ in range(100):
            with contextlib.suppress(OSError):
                socket.create_connection(("127.0.0.1", self.port)).close()
                return
            time.sleep(0.05)
        raise AssertionError((folder / "log").read_text())

    def takes(self, most: int = 1) -> list[Media]:
        """What was published, once nginx has closed so many files, in order."""
        files = sorted(self.taken.iterdir(), key=lambda path: path.stat().st_mtime_ns)
        assert len(files) == most, files
        time.sleep(0.2)
        return [media(str(path)) for path in files]


@pytest.fixture
def nginx(tmp_path: Path) -> Iterator[Nginx]:
    if not MODULE.exists() or not shutil.which("nginx", path="/usr/sbin:/usr/bin"):
        pytest.skip("nginx with its RTMP module is not installed (libnginx-mod-rtmp)")
    running = Nginx(tmp_path)
    yield running
    running.process.kill()
    running.process.wait()


class Clock:
    """Seconds that pass faster than real ones."""

    speed = 1.0

    def __call__(self) -> float:
        return time.monotonic() * self.speed


class Streaming:
    """A session that is streamed, played faster than real time but no faster than it is taken."""

    def __init__(self, url: str, **options: object) -> None:
        self.session = FakeTapped(**options)
        self.clock = Clock()
        self.sink = RtmpSink(url, self.session.options.fps, "fake", self.clock)
        self.outlet = Outlet(self.session, self.sink, "stream", KEYFRAMES)
        self.outlet.start()
        self.at = 0

    def play(self, hops: int, settle: bool = True) -> None:
        for _ in range(hops):
            self.session.play(PCM[self.at : self.at + HOP])
            self.at += HOP
            while settle and len(self.outlet._units) > 20:
                time.sleep(0.001)

    def until(self, state: str) -> None:
        """Play until the sink is in a state."""
        for _ in range(400):
            self.play(1)
            if self.sink.state == state:
                return
            time.sleep(0.02)
        raise AssertionError(f"{self.sink.state}: {self.sink.reason}")

    def stop(self) -> None:
        self.sink.hasten()
        self.outlet.close()
        assert self.outlet.join(10) and self.outlet.error is None


class Wire:
    """A network to a port, which can stand still or break."""

    def __init__(self, port: int) -> None:
        self._target = port
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = self._listening.getsockname()[1]
        self.flows = threading.Event()
        self.flows.set()
        self._open: list[socket.socket] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self) -> None:
        for one in self._open:
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
        self._open = []

    def _accept(self) -> None:
        while True:
            near, _ = self._listening.accept()
            near.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8192)
            far = socket.create_connection(("127.0.0.1", self._target))
            self._open += [near, far]
            for source, sink in ((near, far), (far, near)):
                threading.Thread(target=self._carry, args=(source, sink), daemon=True).start()

    def _carry(self, source: socket.socket, sink: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(4096):
                self.flows.wait()
                sink.sendall(data)
            sink.shutdown(socket.SHUT_RDWR)


@pytest.mark.parametrize("fps", [25, 30])
def test_it_arrives_in_step(nginx: Nginx, fps: int) -> None:
    stream = Streaming(f"rtmp://127.0.0.1:{nginx.port}/live/key", fps=fps)
    stream.play(300)
    stream.stop()
    assert stream.sink.failures == 0 and stream.outlet.dropped_pictures == 0
    (got,) = nginx.takes()
    assert got.codecs == ("h264", "aac")
    assert len(got.pictures) == 6 * fps
    zero = got.pictures[0]
    assert abs(got.lag(PCM, float(zero))) < 0.003, "FLV counts milliseconds"
    assert stream.sink.sent > 20_000


def test_another_size_is_published_anew(nginx: Nginx) -> None:
    stream = Streaming(f"rtmp://127.0.0.1:{nginx.port}/live/key")
    stream.play(150)
    time.sleep(1.1)  # nginx names what it keeps by the second
    stream.session.resize(64, 96)
    stream.play(150)
    stream.stop()
    first, second = nginx.takes(2)
    assert (first.sizes, second.sizes) == ({(96, 64)}, {(64, 96)})
    assert len(first.pictures) == len(second.pictures) == 75
    assert abs(second.lag(PCM[3 * 48_000 :], float(second.pictures[0]))) < 0.003


def test_a_connection_that_breaks_is_made_again(
    nginx: Nginx, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(rtmp, "BACKOFF_S", (0.2, 0.4))
    caplog.set_level(logging.INFO)
    wire = Wire(nginx.port)
    stream = Streaming(f"rtmp://127.0.0.1:{wire.port}/live/secret-key")
    stream.until("live")
    stream.play(100)
    wire.cut()
    stream.until("waiting")
    stream.until("live")
    stream.play(100)
    stream.stop()
    assert stream.sink.failures >= 1 and stream.outlet.dropped_pictures > 0
    last = nginx.takes(stream.sink.failures + 1)[-1]
    assert len(last.pictures) >= 50
    assert "secret-key" not in caplog.text and "is live" in caplog.text


def test_a_network_that_stands_still_delays_nobody(
    nginx: Nginx, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rtmp, "BACKOFF_S", (1e6,))
    wire = Wire(nginx.port)
    stream = Streaming(f"rtmp://127.0.0.1:{wire.port}/live/key")
    stream.until("live")
    wire.flows.clear()
    large = FakeTapped(width=960, height=720, video_bitrate=8_000_000)  # fills every buffer
    for unit in large.units(PCM):
        stream.outlet.put(unit)  # returns at once, or this test does not end
        assert len(stream.outlet._units) <= MOST_UNITS
    assert stream.outlet.dropped_pictures > 0 and stream.outlet.dropped_sound > 0
    stream.clock.speed = 1000.0
    for _ in range(200):
        if stream.sink.failures:
            break
        time.sleep(0.02)
    assert stream.sink.state == "waiting" and stream.sink.reason == "it takes nothing"
    stream.stop()


def test_a_host_that_answers_nothing_delays_nobody() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        stream = Streaming(f"rtmp://127.0.0.1:{silent.getsockname()[1]}/live/key")
        stream.play(len(PCM) // HOP, settle=False)
        assert stream.sink.state == "connecting"
        assert len(stream.outlet._units) <= MOST_UNITS
        assert stream.outlet.dropped_pictures > 0
        stream.stop()


def test_a_host_that_is_not_there_is_asked_again_and_again(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(rtmp, "BACKOFF_S", (0.1,))
    stream = Streaming(f"rtmp://127.0.0.1:{free_port()}/live/secret-key")
    stream.until("waiting")
    assert stream.sink.reason == "Connection refused"
    stream.until("connecting")
    stream.until("waiting")
    assert stream.sink.failures >= 2
    stream.stop()
    assert "secret-key" not in caplog.text and "Connection refused" in caplog.text


def test_waits_grow_and_begin_anew_after_a_sound_connection() -> None:
    clock = Clock()
    clock.speed = 0.0
    sink = RtmpSink("rtmp://host/app/key", 25, "fake", clock)
    waits = []
    for _ in range(7):
        sink._lost("test")
        waits.append(sink._again_at)
    assert waits == [1, 2, 4, 8, 15, 30, 30]
    sink._live_at = -rtmp.SOUND_S
    sink._lost("test")
    assert sink._again_at == 1
