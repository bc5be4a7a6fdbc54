"""A head as data: parts with vertices and sparse blendshapes, and where its eyes and neck are.

Renderer-neutral. Lengths are in centimetres in the head's own frame: x to the subject's left,
y up, z out of the face; a head is about 23 cm tall and its origin lies between the ears.
"""

from __future__ import annotations

import json
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.avatar.picture import packed, unpacked
from engine.errors import AssetError
from engine.face import Floats

Ints = NDArray[np.int32]
Bytes = NDArray[np.uint8]
Settings = dict[str, list[float] | float]
VERSION = 4
STYLES = ("natural", "toon", "facet")
"""How a head is shaded: as in life, as an inked drawing, or in flat facets."""

HEADS = Path(__file__).parent / "heads"
"""The characters that come with Visavis, as built."""

DEFAULT = HEADS / "nora.npz"


@dataclass(frozen=True, slots=True)
class Shape:
    """A blendshape of one part, sparse: row i moves vertex ``index[i]`` at weight 1.

    ``index`` (K,) int32, ``position`` (K, 3) cm, ``normal`` (K, 3) change of the unit normal.
    """

    index: Ints
    position: Floats
    normal: Floats


@dataclass(frozen=True, slots=True)
class Part:
    """One mesh with one material.

    position, normal  (V, 3) neutral pose
    bind              (V, 3) where the material stands: u, v of the skin map and a free number;
                      across, along and number of a lock of hair; the eye's own unit normal
    colour            (V, 4) albedo as gamma-2 RGB, then gloss (or the strand tangent for hair)
    light             (V, 3) ambient occlusion, head-follow weight, cavity
    shadow            (V, 3) how much arrives of a key light from the picture's upper left, from
                      its upper right, and from above the camera; 1 is all
    faces             (F, 3) counter-clockwise from outside
    shapes            by ARKit name, plus correctives (``eyeBlinkHalfLeft``, ``tongueUp`` …)
    """

    name: str
    material: str
    position: Floats
    normal: Floats
    bind: Floats
    colour: Floats
    light: Floats
    shadow: Floats
    faces: Ints
    shapes: dict[str, Shape]


@dataclass(frozen=True, slots=True)
class Head:
    """A whole character.

    name       as files and options call it; ``title`` is for people
    settings   plain numbers and lists that materials read
    style      one of `STYLES`
    skin_map   (H, W, 3) uint8 gamma-2 albedo of the skin, row 0 at v = 0; None where the
               vertices' colours are all there is
    made_from  digest of the sources and options that it was built from
    """

    name: str
    parts: tuple[Part, ...]
    eye_centres: Floats  # (2, 3) cm: left, right
    eye_radius: float
    neck_pivot: Floats  # (3,) cm: what the head turns about
    settings: Settings
    style: str = "natural"
    skin_map: Bytes | None = None
    title: str = ""
    made_from: str = ""

    def part(self, name: str) -> Part:
        """The part of that name; KeyError if there is none."""
        for part in self.parts:
            if part.name == name:
                return part
        raise KeyError(name)


_MOVED = 1 / 512
"""The step in which motion is written, cm; the furthest is 64 cm."""

_TURNED = 1 / 80
"""The step in which changes of the normal are written; the largest is 1.6."""


def triangles(head: Head) -> int:
    """How many triangles a picture of the head has; an eye is drawn twice."""
    return sum(len(part.faces) * (2 if part.material == "eye" else 1) for part in head.parts)


def save_head(head: Head, path: Path) -> None:
    """Write a head as one compressed npz: geometry in half precision where it is enough, motion
    in steps of `_MOVED` and `_TURNED`, the skin's map as a lossy picture."""
    arrays: dict[str, NDArray[np.generic]] = {}
    for part in head.parts:
        arrays[f"{part.name}/position"] = part.position.astype(np.float32)
        arrays[f"{part.name}/bind"] = part.bind.astype(np.float32)
        arrays[f"{part.name}/faces"] = part.faces.astype(np.uint16)
        for field in ("normal", "colour", "light", "shadow"):
            arrays[f"{part.name}/{field}"] = getattr(part, field).astype(np.float16)
        for name, shape in part.shapes.items():
            arrays[f"{part.name}/shape/{name}/index"] = shape.index.astype(np.uint16)
            arrays[f"{part.name}/shape/{name}/position"] = _steps(shape.position, _MOVED, np.int16)
            arrays[f"{part.name}/shape/{name}/normal"] = _steps(shape.normal, _TURNED, np.int8)
    about = {
        "version": VERSION,
        "name": head.name,
        "parts": [[p.name, p.material, sorted(p.shapes)] for p in head.parts],
        "eye_centres": head.eye_centres.tolist(),
        "eye_radius": head.eye_radius,
        "neck_pivot": head.neck_pivot.tolist(),
        "settings": head.settings,
        "style": head.style,
        "title": head.title,
        "made_from": head.made_from,
    }
    if head.skin_map is not None:
        arrays["skin_map"] = packed(head.skin_map)
    arrays["about"] = np.frombuffer(json.dumps(about).encode(), np.uint8)
    np.savez_compressed(path, **arrays)  # type: ignore[arg-type]


def _steps(values: Floats, step: float, kind: type[np.signedinteger[Any]]) -> NDArray[np.generic]:
    most = np.iinfo(kind).max
    return np.asarray(np.clip(np.rint(values / step), -most, most).astype(kind))


def load_head(path: Path = DEFAULT) -> Head:
    """Read a head; AssetError if the file is missing, damaged or of another version."""
    try:
        with np.load(path) as data:
            arrays = {name: data[name] for name in data.files}
        about = json.loads(arrays["about"].tobytes())
        if about["version"] != VERSION:
            raise ValueError(f"version {about['version']}")
        parts = tuple(_part(arrays, *entry) for entry in about["parts"])
        skin = arrays.get("skin_map")
        skin_map = None if skin is None else unpacked(skin)
    except _DAMAGED as error:
        raise _damaged(path, error) from error
    return Head(
        name=about["name"],
        parts=parts,
        eye_centres=np.array(about["eye_centres"], np.float32),
        eye_radius=about["eye_radius"],
        neck_pivot=np.array(about["neck_pivot"], np.float32),
        settings=about["settings"],
        style=about["style"],
        skin_map=skin_map,
        title=about["title"],
        made_from=about["made_from"],
    )


def read_about(path: Path) -> dict[str, Any]:
    """Name, title, style and what else is short of a head, without its geometry; AssetError as
    `load_head`."""
    try:
        with np.load(path) as data:
            about: dict[str, Any] = json.loads(data["about"].tobytes())
        if about["version"] != VERSION:
            raise ValueError(f"version {about['version']}")
    except _DAMAGED as error:
        raise _damaged(path, error) from error
    return about


_DAMAGED = (OSError, KeyError, ValueError, TypeError, EOFError, zipfile.BadZipFile)


def _damaged(path: Path, error: Exception) -> AssetError:
    remedy = f"build it again with `visavis avatar build {path.stem}` ({error})"
    return AssetError("avatar", path.name, remedy)


def _part(
    arrays: dict[str, NDArray[np.generic]], name: str, material: str, shapes: list[str]
) -> Part:
    def floats(key: str) -> Floats:
        return np.ascontiguousarray(arrays[f"{name}/{key}"], dtype=np.float32)

    def motion(key: str, step: float) -> Floats:
        return arrays[f"{name}/{key}"].astype(np.float32) * np.float32(step)

    def ints(key: str) -> Ints:
        return np.ascontiguousarray(arrays[f"{name}/{key}"], dtype=np.int32)

    return Part(
        name=name,
        material=material,
        position=floats("position"),
        normal=floats("normal"),
        bind=floats("bind"),
        colour=floats("colour"),
        light=floats("light"),
        shadow=floats("shadow"),
        faces=ints("faces"),
        shapes={
            s: Shape(
                ints(f"shape/{s}/index"),
                motion(f"shape/{s}/position", _MOVED),
                motion(f"shape/{s}/normal", _TURNED),
            )
            for s in shapes
        },
    )
