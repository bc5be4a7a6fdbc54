"""A layer of hair as a part of a head: with the light that reaches it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from engine.avatar.head.bake import KEYS, Scene, key_shadows, openness
from engine.avatar.head.hair_options import HairLayer
from engine.avatar.head.hair_scalp import round_normals
from engine.avatar.head.layout import Array, smoothstep
from engine.avatar.head.meshes import make_part
from engine.avatar.rig import Part

_NOWHERE = np.array([[0.0, 100.0, 0.0, 0.0]])


def hair_cores(layers: Sequence[HairLayer]) -> Array:
    """Points (K, 4) with a radius that stand for the hair in `bake.sample_scene`; at least one."""
    return np.concatenate([_NOWHERE, *(layer.core for layer in layers)])


def hair_part(layer: HairLayer, scene: Scene) -> Part:
    """The part, of the material ``hair``.

    Its ``colour`` holds the direction of the strands (0.5 for none) and their tint, a beard's
    two more, which has a colour of its own (shaders/scene.glsl); ``light``
    occlusion, head-follow and the share of grey; ``bind`` the layer's ``texture``.
    """
    vertices, _ = layer.mesh
    outwards = round_normals(vertices)
    above = vertices + 1.1 * outwards
    open_sky = np.clip(0.45 + 0.55 * openness(scene, above, outwards), 0.0, 1.0)
    # Hair lets some light through to what lies in its own shadow.
    facing = smoothstep(-0.4, 0.35, outwards @ KEYS.T)
    reached = 0.3 + 0.7 * key_shadows(scene, above, outwards)
    within = np.clip(layer.shade / 0.3, 0.0, 1.0)[:, None]
    light = np.column_stack([open_sky * layer.shade, layer.follow, layer.grey])
    tint = layer.tint + (2.0 if layer.name == "beard" else 0.0)
    colour = np.column_stack([layer.tangent * 0.5 + 0.5, tint])
    return make_part(
        layer.name,
        "hair",
        layer.mesh,
        layer.normal,
        colour,
        light,
        shadow=facing * reached * within,
        bind=layer.texture,
        displacements=layer.motion,
    )
