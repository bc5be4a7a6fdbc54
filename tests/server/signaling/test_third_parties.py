"""Tools that others made: they know the documents and not us."""

from __future__ import annotations

import asyncio
import shutil
import sys
from pathlib import Path
from subprocess import run

import av
import pytest
from cryptography.hazmat.primitives import serialization

from server.app import REGISTRY
from tests.server.broadcast import Watcher, broadcast
from tests.server.clients import loudness
from tests.server.rtc.test_transport_hooks import KEYS, certificate

ADDRESS = "/whip/news?width=96&height=64"

MUXER = """
import sys, time, av, numpy as np
from fractions import Fraction
url, certificate, key = sys.argv[1:]
out = av.open(url, "w", format="whip", options={"cert_file": certificate, "key_file": key})
stream = out.add_stream("libopus", rate=48000, layout="stereo")
start, sent = time.monotonic(), 0
while sent < 3 * 48000:
    tone = 9000 * np.sin(2 * np.pi * 440 * (sent + np.arange(960)) / 48000)
    pcm = np.repeat(tone.astype(np.int16), 2)[None]
    frame = av.AudioFrame.from_ndarray(pcm, format="s16", layout="stereo")
    frame.sample_rate, frame.pts, frame.time_base = 48000, sent, Fraction(1, 48000)
    for packet in stream.encode(frame):
        out.mux(packet)
    sent += 960
    time.sleep(max(0, start + sent / 48000 - time.monotonic()))
out.close()
"""


async def live(app):
    async with asyncio.timeout(10):
        while not len(app[REGISTRY]):
            await asyncio.sleep(0.02)


async def heard_and_gone(server, process):
    app, url = server
    await live(app)
    watcher = await Watcher(url).post()
    await watcher.until(lambda w: w.pictures and any(loudness(s) > 0.1 for s in w.sound))
    assert await process.wait() == 0
    async with asyncio.timeout(2):
        while len(app[REGISTRY]):
            await asyncio.sleep(0.02)
    await watcher.close()


# --- FFmpeg publishes ---


@pytest.mark.skipif(
    "whip" not in av.formats_available, reason="this PyAV's FFmpeg has no whip muxer"
)
async def test_ffmpegs_whip_muxer(server, tmp_path: Path):
    """With a certificate on P-256: FFmpeg with GnuTLS makes its own on a curve of 224 bits."""
    key = KEYS["p-256"]()
    pem, private = tmp_path / "cert.pem", tmp_path / "key.pem"
    pem.write_bytes(certificate(key)._cert.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    arguments = (server[1] + ADDRESS, str(pem), str(private))
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", MUXER, *arguments)
    try:
        await heard_and_gone(server, process)
    finally:
        if process.returncode is None:
            process.kill()


# --- GStreamer's webrtcbin watches ---

WEBRTCBIN = """
import sys, urllib.request
import gi
for name, version in (("Gst", "1.0"), ("GstWebRTC", "1.0"), ("GstSdp", "1.0")):
    gi.require_version(name, version)
from gi.repository import GLib, Gst, GstSdp, GstWebRTC
Gst.init(None)
loop, pipeline = GLib.MainLoop(), Gst.Pipeline.new()
webrtc = Gst.ElementFactory.make("webrtcbin")
webrtc.set_property("bundle-policy", GstWebRTC.WebRTCBundlePolicy.MAX_BUNDLE)
pipeline.add(webrtc)
for caps in (
    "media=audio,encoding-name=OPUS,payload=111,clock-rate=48000,encoding-params=(string)2",
    "media=video,encoding-name=VP8,payload=96,clock-rate=90000",
):
    direction = GstWebRTC.WebRTCRTPTransceiverDirection.RECVONLY
    webrtc.emit("add-transceiver", direction, Gst.Caps.from_string("application/x-rtp," + caps))
counts = {}

def added(_, pad):
    if pad.direction != Gst.PadDirection.SRC:
        return
    kind = pad.get_current_caps().get_structure(0).get_string("media")
    sink = Gst.ElementFactory.make("fakesink")
    sink.set_property("sync", False)
    pipeline.add(sink)
    sink.sync_state_with_parent()
    pad.link(sink.get_static_pad("sink"))

    def passed(*_):
        counts[kind] = counts.get(kind, 0) + 1
        if len(counts) == 2 and min(counts.values()) > 20:
            loop.quit()
        return Gst.PadProbeReturn.OK

    pad.add_probe(Gst.PadProbeType.BUFFER, passed)

def gathered(*_):
    if webrtc.get_property("ice-gathering-state") != GstWebRTC.WebRTCICEGatheringState.COMPLETE:
        return
    sdp = webrtc.get_property("local-description").sdp.as_text()
    headers = {"Content-Type": "application/sdp"}
    request = urllib.request.Request(sys.argv[1], sdp.encode(), headers)
    _, message = GstSdp.SDPMessage.new()
    GstSdp.sdp_message_parse_buffer(urllib.request.urlopen(request).read(), message)
    answer = GstWebRTC.WebRTCSessionDescription.new(GstWebRTC.WebRTCSDPType.ANSWER, message)
    webrtc.emit("set-remote-description", answer, None)

def offered(promise, *_):
    reply = promise.get_reply()  # the offer lives no longer than this
    offer = reply.get_value("offer")
    webrtc.emit("set-local-description", offer, None)

webrtc.connect("pad-added", added)
webrtc.connect("notify::ice-gathering-state", gathered)
pipeline.set_state(Gst.State.PLAYING)
promise = Gst.Promise.new_with_change_func(offered)
GLib.timeout_add(300, lambda: webrtc.emit("create-offer", None, promise) and False)
GLib.timeout_add(15000, loop.quit)
loop.run()
sys.exit(0 if len(counts) == 2 else 1)
"""


def has_webrtcbin() -> bool:
    program = (
        "import gi; gi.require_version('Gst', '1.0'); gi.require_version('GstWebRTC', '1.0');"
        "from gi.repository import Gst, GstWebRTC; Gst.init(None);"
        "raise SystemExit(Gst.ElementFactory.make('webrtcbin') is None)"
    )
    python = shutil.which("python3", path="/usr/bin")
    return python is not None and not run([python, "-c", program], capture_output=True).returncode


@pytest.mark.skipif(not has_webrtcbin(), reason="needs GStreamer's webrtcbin and python3-gi")
async def test_gstreamers_webrtcbin_watches(server):
    """Its certificate is RSA."""
    async with broadcast(server[1], path="/whip/news?video_codec=vp8&width=96&height=64"):
        command = ("/usr/bin/python3", "-c", WEBRTCBIN, f"{server[1]}/whep/news")
        process = await asyncio.create_subprocess_exec(*command)
        try:
            assert await process.wait() == 0
        finally:
            if process.returncode is None:
                process.kill()
