"""Makes ``default.npz`` from this folder's code: ``python -m engine.avatar.head.build``.

The result depends on the sources alone; their digest is kept in the asset's settings.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

from engine.avatar.head.bake import KEY_LIGHT, Scene, creases, key_shadow, openness, sample_scene
from engine.avatar.head.digest import source_digest
from engine.avatar.head.face_parts import SHIRT_COLOUR, brows, eyeball, lashes, shirt_mesh
from engine.avatar.head.hair import CENTRE, Hair, grow_hair
from engine.avatar.head.layout import EYE, EYE_RADIUS, NECK_PIVOT, smoothstep
from engine.avatar.head.meshes import make_part, smoothed
from engine.avatar.head.mouth_parts import mouth_parts
from engine.avatar.head.sculpt import shirt
from engine.avatar.head.skin_parts import ears_part, face_part
from engine.avatar.head.template import build_template
from engine.avatar.rig import DEFAULT, Head, Part, save_head

REST = {"mouthSmile": 0.13, "eyeSquint": 0.06, "cheekSquint": 0.05, "eyeBlink": 0.08}
"""The resting expression, added to every pose on both sides."""

MATERIALS: dict[str, list[float] | float] = {
    "iris_inner": [0.16, 0.24, 0.16],
    "iris_outer": [0.035, 0.085, 0.085],
    "hair_dark": [0.020, 0.011, 0.007],
    "hair_light": [0.085, 0.044, 0.025],
    "lid_upper": 0.52,
    "lid_lower": -0.46,
}


def _hair_part(hair: Hair, scene: Scene) -> Part:
    vertices, _ = hair.mesh
    outwards = vertices - CENTRE
    outwards /= np.linalg.norm(outwards, axis=1, keepdims=True)
    open_sky = np.clip(0.35 + 0.65 * openness(scene, vertices + 0.5 * outwards, outwards), 0, 1)
    lit = smoothstep(-0.35, 0.35, outwards @ KEY_LIGHT)
    light = np.stack([open_sky * hair.shade, np.ones_like(lit), np.zeros_like(lit)], -1)
    colour = np.column_stack([hair.tangent * 0.5 + 0.5, np.zeros(len(vertices))])
    return make_part(
        "hair",
        "hair",
        hair.mesh,
        hair.normal,
        colour,
        light,
        shadow=lit[:, None],
        bind=hair.texture,
    )


def _shirt_part(scene: Scene) -> Part:
    vertices, faces, normal = shirt_mesh()
    open_sky = openness(scene, vertices, normal) * creases(shirt, vertices, normal)
    shadow = smoothed(key_shadow(scene, vertices, normal), faces, 3)
    nothing = np.zeros_like(shadow)
    light = np.stack([smoothed(open_sky, faces, 2), nothing, nothing], -1)
    colour = np.array([*SHIRT_COLOUR, 0.0])
    return make_part(
        "shirt", "cloth", (vertices, faces), normal, colour, light, shadow=shadow[:, None]
    )


def build_head() -> Head:
    """Sculpt, mesh, bake and animate the default head; under a minute on one core."""
    _say("sculpting the face")
    face = build_template()
    _say("growing hair")
    hair = grow_hair()
    _say("sampling the scene")
    scene = sample_scene(hair.core)
    _say("baking skin and motion")
    skin = face_part(face, scene)
    ears = ears_part(skin, scene)
    _say("baking hair, cloth and the rest")
    parts = [skin, ears, _hair_part(hair, scene), _shirt_part(scene)]
    parts += [eyeball(), brows(), lashes(), *mouth_parts()]
    settings = MATERIALS | {"source_digest": source_digest()}
    for name, value in REST.items():
        settings |= {f"rest_{name}Left": value, f"rest_{name}Right": value}
    return Head(
        name="default",
        parts=tuple(parts),
        eye_centres=np.array([EYE, EYE * [-1, 1, 1]], np.float32),
        eye_radius=float(EYE_RADIUS),
        neck_pivot=NECK_PIVOT.astype(np.float32),
        settings=settings,
    )


def _say(what: str) -> None:
    print(f"head: {what}", flush=True)


def main() -> None:
    """Build and save."""
    parser = argparse.ArgumentParser(description="Build the default head.")
    parser.add_argument("--out", type=Path, default=DEFAULT)
    out = parser.parse_args().out
    head = build_head()
    save_head(head, out)
    faces = sum(len(part.faces) * (2 if part.name == "eye" else 1) for part in head.parts)
    _say(f"{faces} triangles, {out.stat().st_size / 1e6:.2f} MB in {out.name}")


if __name__ == "__main__":
    main()
