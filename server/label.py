"""What tells programs, and not eyes, that a picture is synthetic."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version

NAME = "Visavis"
SOURCE_TYPE = "http://cv.iptc.org/newscodes/digitalsourcetype/compositeWithTrainedAlgorithmicMedia"
"""The picture comes from trained networks, the voice beside it from a person (IPTC NewsCodes,
Digital Source Type): neither "trainedAlgorithmicMedia", which is all of it, nor a capture."""


def release() -> str:
    """The version that is installed, "0" from a checkout that is not."""
    try:
        return version("visavis")
    except PackageNotFoundError:
        return "0"


SYNTHETIC = {"synthetic": True, "generator": f"{NAME} {release()}"}
"""Of every session, for whoever joins one."""

ABOUT = {"type": "about", **SYNTHETIC}
"""The first message on a data channel."""
