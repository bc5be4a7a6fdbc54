"""From a character's options to its head.

Everything is made and baked in one canonical space; `Form` gives the result its proportions.
A head depends on the sources and its options alone; their digest is kept with it.
"""

from __future__ import annotations

from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np

from engine.avatar.head.bake import Scene, creases, key_shadows, openness, sample_scene
from engine.avatar.head.beard import grow_beard
from engine.avatar.head.character import CHARACTERS, Character, Expression, read_character
from engine.avatar.head.clothes import Garment, garment
from engine.avatar.head.digest import kept, source_digest
from engine.avatar.head.face_parts import eyeball
from engine.avatar.head.facets import faceted
from engine.avatar.head.form import Form
from engine.avatar.head.glasses import put_on
from engine.avatar.head.hair import HairOptions, grow
from engine.avatar.head.hair_options import BeardOptions
from engine.avatar.head.hair_part import hair_cores, hair_part
from engine.avatar.head.lashes import lashes
from engine.avatar.head.layout import EYE, EYE_RADIUS, LID_DROP, LID_RISE, NECK_PIVOT
from engine.avatar.head.meshes import make_part, smoothed
from engine.avatar.head.mouth_parts import mouth_parts
from engine.avatar.head.skin_map import skin_map
from engine.avatar.head.skin_options import lash_fullness, skin_options
from engine.avatar.head.skin_parts import ears_part, face_part, smoothed_rows
from engine.avatar.head.template import Template, build_template
from engine.avatar.rig import Head, Part, Settings
from engine.errors import InvalidInput

MATERIALS: Settings = {
    "lid_upper": LID_RISE,
    "lid_lower": -LID_DROP,
}


def canonical_face() -> Template:
    """The face's mesh, which all characters share; kept, for it takes longest."""
    arrays: dict[str, Any] = dict(kept("template", lambda: asdict(build_template())))
    return Template(**arrays)


def _haircut(character: Character) -> HairOptions:
    hair = character.hair
    return HairOptions(
        style=hair.style,
        length=hair.length,
        volume=hair.volume,
        parting=hair.parting,
        wave=hair.wave,
        fringe=hair.fringe,
        grey=hair.grey,
        hairline=hair.hairline,
        form=_locks(character),
    )


def _beard(character: Character) -> BeardOptions:
    beard = character.beard
    return BeardOptions(beard.style, beard.length, beard.grey, _locks(character))


def _locks(character: Character) -> str:
    return "strands" if character.style == "natural" else "shapes"


def _clothes_part(worn: Garment, scene: Scene) -> Part:
    vertices, faces = worn.mesh
    open_sky = openness(scene, vertices, worn.normal) * creases(worn.body, vertices, worn.normal)
    shadow = smoothed_rows(key_shadows(scene, vertices, worn.normal), faces, 2)
    nothing = np.zeros(len(shadow))
    light = np.stack([smoothed(open_sky, faces, 1), nothing, nothing], -1)
    colour = np.column_stack([worn.colour, nothing])
    return make_part("clothes", "cloth", worn.mesh, worn.normal, colour, light, shadow=shadow)


def resting(expression: Expression, openness: float) -> Settings:
    """The face at rest as settings ``rest_<shape>``; ``openness`` of the eyes from -1 to 1."""
    both = {
        "mouthSmile": expression.smile,
        "cheekSquint": 0.4 * expression.smile,
        "eyeSquint": expression.squint,
        "eyeBlink": 0.08 + 0.24 * max(0.0, -openness),
        "eyeWide": 0.5 * max(0.0, openness),
        "browOuterUp": 0.35 * expression.brows_up,
        "browDown": expression.brows_down,
    }
    settings: Settings = {"rest_browInnerUp": expression.brows_up}
    for name, value in both.items():
        settings |= {f"rest_{name}Left": value, f"rest_{name}Right": value}
    return {name: value for name, value in settings.items() if value}


def build_head(character: Character) -> Head:
    """The head of a character; a few seconds on one core once the canonical face is kept."""
    face = canonical_face()
    grown = [*grow(_haircut(character)), *grow_beard(_beard(character))]
    worn = garment(character.clothes, character.style)
    scene = sample_scene(np.concatenate([hair_cores(grown), worn.collar]), worn.body)
    cut = character.style == "facet"
    painted = skin_options(character)
    skin = face_part(faceted(face) if cut else face, scene, painted.scalp)
    ears = ears_part(skin, scene, spacing=0.5 if cut else 0.29)
    parts = [skin, ears, *(hair_part(layer, scene) for layer in grown), _clothes_part(worn, scene)]
    parts += [eyeball(), lashes(lash_fullness(character), character.style), *mouth_parts()]
    settings = MATERIALS | resting(character.expression, character.eyes.openness)
    settings |= {
        "hair_dark": list(character.hair.root),
        "hair_light": list(character.hair.tip),
        "beard": list(character.beard.colour),
        "iris_inner": list(character.eyes.iris_inner),
        "iris_outer": list(character.eyes.iris_outer),
    }
    canonical = Head(
        name=character.name,
        title=character.title,
        parts=tuple(parts),
        eye_centres=np.array([EYE, EYE * [-1, 1, 1]], np.float32),
        eye_radius=float(EYE_RADIUS),
        neck_pivot=NECK_PIVOT.astype(np.float32),
        settings=settings,
        style=character.style,
        skin_map=skin_map(face, painted, character.style),
    )
    form = Form(character)
    return put_on(form.shape_head(canonical), character.glasses, form)


def build_file(path: Path) -> Head:
    """The head of an options file, with the digest of what it was made from."""
    head = build_head(read_character(path))
    return replace(head, made_from=made_from(path))


def made_from(path: Path) -> str:
    """The digest of an options file and of the code that builds heads."""
    return source_digest("build", path.read_text(encoding="utf-8"))


def shipped() -> list[Path]:
    """The options files of the characters that come with Visavis."""
    return sorted(path.resolve() for path in CHARACTERS.glob("*.toml"))


def options_file(name: str) -> Path:
    """The options of a shipped character, or of a file if ``name`` ends in .toml."""
    if name.endswith(".toml"):
        return Path(name)
    path = CHARACTERS / f"{name}.toml"
    if not path.is_file():
        known = ", ".join(found.stem for found in shipped())
        raise InvalidInput("character", name, f"use one of {known}, or a file that ends in .toml")
    return path
