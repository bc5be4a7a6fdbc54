"""What is read from an offer, with offers as browsers make them."""

from __future__ import annotations

import contextlib
import random
import re

import pytest
from aiortc import RTCConfiguration, RTCPeerConnection

from engine.errors import UnsupportedMedia
from server.rtc.offer import MalformedOffer, read_offer


@pytest.fixture
async def sdp():
    connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
    connection.addTransceiver("audio", direction="sendrecv")
    connection.addTransceiver("video", direction="recvonly")
    connection.createDataChannel("visavis")
    await connection.setLocalDescription(await connection.createOffer())
    yield connection.localDescription.sdp
    await connection.close()


def without(sdp, *needles):
    lines = [line for line in sdp.splitlines() if not any(n in line for n in needles)]
    return "\r\n".join(lines) + "\r\n"


def profiles(offer):
    codecs = [codec for codec in offer.video_preferences if codec.mimeType != "video/rtx"]
    return [codec.parameters["profile-level-id"] for codec in codecs]


def test_h264_is_preferred(sdp):
    offer = read_offer(sdp)
    assert offer.video_codec == "h264"
    assert profiles(offer) == ["42e01f"]


def test_plain_baseline_will_do(sdp):
    offer = read_offer(sdp.replace("42e01f", "64001f"))
    assert profiles(offer) == ["42001f"]


@pytest.mark.parametrize(
    ("old", "new"), [("42", "64"), ("packetization-mode=1", "packetization-mode=0")]
)
def test_other_h264_falls_back_to_vp8(sdp, old, new):
    changed = sdp.replace(f"profile-level-id={old}", f"profile-level-id={new}").replace(
        old if "mode" in old else "\0", new
    )
    assert read_offer(changed).video_codec == "vp8"


def test_names_and_the_end_of_candidates_are_left_out(sdp):
    named = sdp.replace(
        "a=end-of-candidates",
        "a=candidate:1 1 udp 2113937151 0c8f3f2e-aaaa-bbbb-1234567890ab.local 500 typ host\r\n"
        "a=end-of-candidates",
    )
    assert ".local" in named
    clean = read_offer(named).sdp
    assert ".local" not in clean and "end-of-candidates" not in clean
    assert "typ host" in clean


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda s: without(s, "sendrecv"), "no audio is sent"),
        (lambda s: s.replace("a=sendrecv", "a=recvonly"), "no audio is sent"),
        (lambda s: re.sub(r"m=audio \d+", "m=audio 0", s), "no audio is sent"),
        (lambda s: s.replace("a=recvonly", "a=inactive"), "no video is received"),
        (lambda s: s.replace("a=recvonly", "a=sendonly"), "no video is received"),
        (lambda s: s.replace("opus/48000/2", "speex/16000"), "no usable audio codec"),
        (lambda s: s.replace("VP8/", "AV1/").replace("H264/", "H265/"), "no usable video codec"),
        (lambda s: without(s, "BUNDLE"), "not all bundled"),
        (lambda s: s + s[s.index("m=video") :], "2 video sections"),
        (lambda s: s.replace("m=application", "m=text"), "text"),
    ],
)
def test_what_lacks_something_says_what(sdp, change, says):
    with pytest.raises(UnsupportedMedia, match=says) as raised:
        read_offer(change(sdp))
    assert raised.value.remedy


@pytest.mark.parametrize(
    "change",
    [
        lambda s: "hello",
        lambda s: s.replace("m=audio", "m=audio x"),
        lambda s: s.replace("a=rtpmap:96", "a=rtpmap:x"),
        lambda s: without(s, "ice-ufrag"),
        lambda s: without(s, "fingerprint"),
        lambda s: without(s, "a=setup"),
        lambda s: without(s, "rtcp-mux"),
        lambda s: without(s, "a=mid"),
        lambda s: s[: len(s) // 3],
    ],
)
def test_what_is_broken_is_malformed_or_lacks_something(sdp, change):
    with pytest.raises((MalformedOffer, UnsupportedMedia)) as raised:
        read_offer(change(sdp))
    assert "candidate" not in str(raised.value) and len(str(raised.value)) < 300


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ("b\r\n" * 800, "lines"),
        ("m=audio 0 X 0\r\na=bundle-only\r\n" * 10, "sections"),
        ("a=candidate:1 1 udp 1 10.0.0.1 9 typ host\r\n" * 101, "candidates"),
    ],
)
def test_what_would_take_long_to_read_is_not_read(sdp, more, says, monkeypatch):
    monkeypatch.setattr("server.rtc.offer.normalised", None)
    with pytest.raises(MalformedOffer, match=f"[0-9]+ {says}"):
        read_offer(sdp + more)


def test_no_text_breaks_the_reader(sdp):
    rng = random.Random(4)
    for _ in range(400):
        lines = sdp.splitlines()
        for _ in range(rng.randint(1, 4)):
            index = rng.randrange(len(lines))
            cut = rng.randrange(len(lines[index]) + 1)
            lines[index] = rng.choice(
                ["", lines[index][:cut], lines[index] + "x", rng.choice(lines), "a=\0:" + "9" * 40]
            )
        with contextlib.suppress(MalformedOffer, UnsupportedMedia):
            read_offer("\r\n".join(lines))
