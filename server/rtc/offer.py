"""What an offer asks for, read and checked before anything is allocated for it."""

from __future__ import annotations

from dataclasses import dataclass

from aiortc import RTCRtpSender
from aiortc.codecs import CODECS
from aiortc.rtcpeerconnection import find_common_codecs
from aiortc.rtcrtpparameters import RTCRtpCodecCapability
from aiortc.sdp import MediaDescription, SessionDescription

from engine.errors import InvalidInput, UnsupportedMedia
from engine.options import VIDEO_CODECS
from server.rtc.sdp import normalised

MAX_SECTIONS = 3
MAX_LINES = 800
"""Browsers write some 300. The time to read an offer grows with the square of its lines."""

MAX_CANDIDATES = 100
"""Each costs several packets to whatever address it names."""

H264_PROFILES = ("42e01f", "42001f")
"""Constrained baseline, then baseline (RFC 6184, section 8.1), level 3.1; mode 1 both."""

SENDING, RECEIVING = ("sendrecv", "sendonly"), ("sendrecv", "recvonly")
CHECK_OFFER = "send the browser's own offer unchanged, once ICE gathering is complete"


NAMES = {"h264": "H.264 (42e01f, packetization-mode=1)", "vp8": "VP8"}


class MalformedOffer(InvalidInput):
    """Not an SDP offer that a connection can be made from."""


class NotOffered(UnsupportedMedia):
    """A viewer does not take the codec in which the pictures are."""


@dataclass(frozen=True, slots=True)
class OfferedMedia:
    """A checked offer: the SDP to apply and what was chosen from it.

    ``video_codec`` is None, and preferences are empty, for what is not offered; ``sends_only``
    tells that nothing is to be sent back.
    """

    sdp: str
    video_codec: str | None
    video_preferences: tuple[RTCRtpCodecCapability, ...]
    audio_preferences: tuple[RTCRtpCodecCapability, ...]
    sends_only: bool = False


def read_offer(sdp: str, codec: str | None = None) -> OfferedMedia:
    """Check an SDP offer (RFC 8866, RFC 9429) and choose the codecs; ``codec`` where the pictures
    are in one already.

    Raises MalformedOffer for what cannot be parsed or connected to, UnsupportedMedia when it
    lacks a microphone, a picture to receive, or a codec that we have (NotOffered: ``codec``).
    """
    sdp, description = _read(sdp)
    audio, video = _section(description, "audio"), _section(description, "video")
    if audio is None or audio.direction not in SENDING:
        raise UnsupportedMedia("sdp", "no audio is sent", "add the microphone's audio track")
    if video is None or video.direction not in RECEIVING:
        raise UnsupportedMedia(
            "sdp", "no video is received", "add a video transceiver with direction 'recvonly'"
        )
    _check_connectable(description)
    if codec is None:
        codec, video_preferences = _video_codec(video)
    else:
        video_preferences = _in_codec(video, codec)
    return OfferedMedia(sdp, codec, video_preferences, _audio_codec(audio))


def read_publication(sdp: str) -> OfferedMedia:
    """Check an offer that sends only, as WHIP has it (RFC 9725, section 4.2).

    It must hold a voice; it may hold a picture in a codec that can be answered, which is not
    looked at. Raises as ``read_offer``.
    """
    sdp, description = _read(sdp)
    audio, video = _section(description, "audio"), _section(description, "video")
    if audio is None or audio.direction not in SENDING:
        raise UnsupportedMedia("sdp", "no audio is sent", "send an audio track")
    if video is not None and not find_common_codecs(CODECS["video"], video.rtp.codecs):
        raise UnsupportedMedia(
            "sdp", "no usable video codec", "send no video, or H.264 or VP8: it is not shown anyway"
        )
    _check_connectable(description)
    codec = None if video is None else "any"
    return OfferedMedia(sdp, codec, (), _audio_codec(audio), sends_only=True)


def read_view(sdp: str, codec: str) -> OfferedMedia:
    """Check an offer that receives only, as WHEP has it, for pictures in ``codec``.

    Raises MalformedOffer; NotOffered when it lacks a codec, which it may take if it is offered;
    UnsupportedMedia for all else that cannot be.
    """
    sdp, description = _read(sdp)
    audio, video = _section(description, "audio"), _section(description, "video")
    for media in (audio, video):
        if media is not None and media.direction not in RECEIVING:
            raise UnsupportedMedia("sdp", media.direction, "use the direction 'recvonly'")
    if audio is None and video is None:
        raise UnsupportedMedia("sdp", "nothing is received", "add audio or video to receive")
    _check_connectable(description)
    return OfferedMedia(
        sdp,
        None if video is None else codec,
        () if video is None else _in_codec(video, codec),
        () if audio is None else _audio_codec(audio, NotOffered),
    )


def read_reply(sdp: str, codec: str) -> str:
    """Check the answer to an offer of Opus and of pictures in ``codec``; returns what to apply.

    Either of them may be declined by the direction 'inactive' (RFC 9429, section 4.2.5). Raises
    MalformedOffer and UnsupportedMedia.
    """
    sdp, description = _read(sdp)
    audio, video = _section(description, "audio"), _section(description, "video")
    if audio is None or video is None or len(description.media) > 2:
        raise UnsupportedMedia("sdp", "other sections than offered", "answer each, and no others")
    directions = [str(media.direction) for media in (audio, video)]
    if not set(directions) <= {"recvonly", "inactive"} or "recvonly" not in directions:
        raise UnsupportedMedia("sdp", " and ".join(directions), "use the direction 'recvonly'")
    _check_connectable(description)
    _audio_codec(audio)
    if not _preferences_in(video, codec):
        raise UnsupportedMedia("sdp", f"no {NAMES[codec]}", "answer with a codec that is offered")
    return sdp


def _read(sdp: str) -> tuple[str, SessionDescription]:
    _check_size(sdp)
    sdp = normalised(sdp)
    return sdp, _parse(sdp)


def _check_size(sdp: str) -> None:
    lines = sdp.splitlines()
    for name, count, limit in (
        ("lines", len(lines), MAX_LINES),
        ("sections", sum(line.startswith("m=") for line in lines), 3 * MAX_SECTIONS),
        ("candidates", sum(line.startswith("a=candidate") for line in lines), MAX_CANDIDATES),
    ):
        if count > limit:
            raise MalformedOffer("sdp", f"{count} {name}", f"send at most {limit} {name}")


def _parse(sdp: str) -> SessionDescription:
    try:
        return SessionDescription.parse(sdp)
    except Exception:  # aiortc's parser raises whatever the text happens to break
        raise MalformedOffer("sdp", f"{len(sdp)} characters", CHECK_OFFER) from None


def _section(description: SessionDescription, kind: str) -> MediaDescription | None:
    found = [media for media in description.media if media.kind == kind and media.port != 0]
    if len(found) > 1:
        raise UnsupportedMedia("sdp", f"{len(found)} {kind} sections", "offer one of a kind")
    return found[0] if found else None


def _check_connectable(description: SessionDescription) -> None:
    kinds = [media.kind for media in description.media]
    if len(kinds) > MAX_SECTIONS or not set(kinds) <= {"audio", "video", "application"}:
        raise UnsupportedMedia(
            "sdp", ", ".join(kinds[:8]), "offer one audio, one video and at most one data section"
        )
    for media in description.media:
        ice, dtls = media.ice, media.dtls
        if ice is None or not ice.usernameFragment or not ice.password:
            raise MalformedOffer("sdp", "no ICE credentials", CHECK_OFFER)
        if dtls is None or not dtls.fingerprints or dtls.role is None:
            raise MalformedOffer("sdp", "no DTLS fingerprint or role", CHECK_OFFER)
        if media.kind != "application" and not media.rtcp_mux:
            raise MalformedOffer("sdp", "no a=rtcp-mux", CHECK_OFFER)
    mids = [media.rtp.muxId for media in description.media]
    if not all(mids) or len(set(mids)) < len(mids):
        raise MalformedOffer("sdp", "a=mid missing or not unique", CHECK_OFFER)
    bundled = {
        mid for group in description.group if group.semantic == "BUNDLE" for mid in group.items
    }
    if not set(mids) <= bundled:
        raise UnsupportedMedia("sdp", "not all bundled", "use the bundle policy 'max-bundle'")


def _video_codec(video: MediaDescription) -> tuple[str, tuple[RTCRtpCodecCapability, ...]]:
    for name in VIDEO_CODECS:
        if found := _preferences_in(video, name):
            return name, found
    raise UnsupportedMedia("sdp", "no usable video codec", f"offer {' or '.join(NAMES.values())}")


def _in_codec(video: MediaDescription, codec: str) -> tuple[RTCRtpCodecCapability, ...]:
    found = _preferences_in(video, codec)
    if not found:
        raise NotOffered("sdp", f"no {NAMES[codec]}", f"offer {NAMES[codec]}: it is being sent")
    return found


def _preferences_in(video: MediaDescription, codec: str) -> tuple[RTCRtpCodecCapability, ...]:
    """Preferences for one codec; empty if it is not offered."""
    common = find_common_codecs(CODECS["video"], video.rtp.codecs)
    if codec == "vp8":
        offered = any(one.name == "VP8" for one in common)
        return _preferences("video", "video/vp8") if offered else ()
    profiles = {one.parameters.get("profile-level-id") for one in common}
    for profile in H264_PROFILES:
        if profile in profiles:
            return _preferences("video", "video/h264", profile)
    return ()


def _audio_codec(
    audio: MediaDescription, error: type[UnsupportedMedia] = UnsupportedMedia
) -> tuple[RTCRtpCodecCapability, ...]:
    if not any(codec.mimeType.lower() == "audio/opus" for codec in audio.rtp.codecs):
        raise error("sdp", "no usable audio codec", "offer Opus")
    return preferences("audio", "opus")


def preferences(kind: str, codec: str) -> tuple[RTCRtpCodecCapability, ...]:
    """What we send in "opus", "vp8" or "h264", there constrained baseline."""
    profile = H264_PROFILES[0] if codec == "h264" else None
    return _preferences(kind, f"{kind}/{codec}", profile)


def _preferences(
    kind: str, mime_type: str, profile: str | None = None
) -> tuple[RTCRtpCodecCapability, ...]:
    """The one codec to answer with, and retransmission (RFC 4588) where we can do it."""
    return tuple(
        codec
        for codec in RTCRtpSender.getCapabilities(kind).codecs
        if codec.mimeType.lower() == "video/rtx"
        or (
            codec.mimeType.lower() == mime_type
            and codec.parameters.get("profile-level-id") == profile
        )
    )
