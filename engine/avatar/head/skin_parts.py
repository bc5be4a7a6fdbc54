"""The face and the ears as parts: mesh, colours, baked light and blendshapes."""

from __future__ import annotations

import numpy as np
from scipy.spatial import cKDTree

from engine.avatar.head.bake import Scene, creases, key_shadows, openness
from engine.avatar.head.face_parts import moved_by
from engine.avatar.head.fields_brows import brow_fields
from engine.avatar.head.fields_eyes import eye_fields
from engine.avatar.head.fields_mouth import mouth_fields
from engine.avatar.head.hair_scalp import hairline
from engine.avatar.head.layout import COLLAR_Y, EYE, EYE_RADIUS, Array, smoothstep
from engine.avatar.head.meshes import compacted, joined, make_part, smoothed, vertex_normals
from engine.avatar.head.paint import ear_colour, face_colour, face_gloss
from engine.avatar.head.sculpt import closed_face, face_with_ears
from engine.avatar.head.sdf import Faces, gradient, isosurface, mirrored, project
from engine.avatar.head.skin_map_chart import chart_uv, skin_uv
from engine.avatar.head.template import Template
from engine.avatar.rig import Part


def _surface_normals(face: Template) -> Array:
    """The sculpt's normals where the mesh lies on it, the mesh's own elsewhere."""
    mesh = vertex_normals(face.position, face.faces)
    sculpt = gradient(closed_face, face.position, 0.06)
    on_surface = np.abs(closed_face(face.position)) < 0.05
    agree = (mesh * sculpt).sum(1) > 0.5
    use = on_surface & agree & (face.bag == 0) & (face.rim == 0)
    normal = np.where(use[:, None], sculpt, mesh)
    return np.asarray(normal / np.linalg.norm(normal, axis=1, keepdims=True))


def smoothed_rows(values: Array, faces: Faces, rounds: int) -> Array:
    """`smoothed` for each column of ``values`` (V, C)."""
    return np.stack([smoothed(column, faces, rounds) for column in values.T], -1)


def face_part(face: Template, scene: Scene, scalp: float = 1.0) -> Part:
    """The face with all of its blendshapes; ``bind`` is u and v of the skin map, and how much
    an open jaw shades the throat. ``scalp`` says how densely hair grows, 0 is bald."""
    normal = _surface_normals(face)
    uv = skin_uv(face)
    open_sky = _open_sky(face, normal, scene, scalp)
    return make_part(
        "skin",
        "skin",
        (face.position, face.faces),
        normal,
        np.column_stack([face_colour(face), face_gloss(face, scalp)]),
        np.stack([open_sky, smoothstep(0.0, 0.85, face.neck), face.bag], -1),
        shadow=_shadow(face, normal, scene),
        bind=np.column_stack([uv, _throat(face)]),
        displacements=moved_by(mouth_fields() | eye_fields() | brow_fields(), face.rest),
    )


def _open_sky(face: Template, normal: Array, scene: Scene, scalp: float) -> Array:
    """Ambient occlusion (V,); folds finer than the mesh are painted in the map."""
    open_sky = openness(scene, face.position, normal)
    open_sky *= 0.4 + 0.6 * creases(closed_face, face.position, normal)
    open_sky = smoothed(open_sky, face.faces, 1)
    open_sky = open_sky + 0.45 * (1 - open_sky) * _under_eye(face.position)
    lower = smoothstep(-10.0, -11.5, face.position[:, 1])
    soft = smoothed(open_sky, face.faces, 12)
    open_sky = open_sky + (soft - open_sky) * lower
    deep = np.clip((face.position[:, 2] - 4.0) / 8.0, 0.06, 0.45)
    open_sky = np.where(face.bag > 0, deep, open_sky) * (1 - 0.80 * face.slit**2)
    open_sky = np.where(face.rim > 0, np.maximum(open_sky, 0.55), open_sky)
    collar = smoothstep(COLLAR_Y + 0.9, COLLAR_Y - 0.6, face.position[:, 1])
    grown = scalp * smoothstep(-0.2, 0.6, hairline(face.position))
    return np.asarray(open_sky * (1 - 0.6 * collar) * (1 - 0.35 * grown))


def _under_eye(points: Array) -> Array:
    """(N,) 0..1 under the eyes, where hollows look tired: a reflector would light them."""
    x, y, z = mirrored(points).T
    away = ((x - EYE[0] + 0.6) / 1.9) ** 2 + ((y - EYE[1] + EYE_RADIUS) / 1.1) ** 2
    return np.asarray(np.exp(-away) * (z > EYE[2] - 1.0))


def _shadow(face: Template, normal: Array, scene: Scene) -> Array:
    """What arrives of the key lights (V, 3)."""
    sharp = smoothed_rows(key_shadows(scene, face.position, normal), face.faces, 3)
    lower = smoothstep(-10.0, -11.5, face.position[:, 1])[:, None]
    shadow = sharp + (smoothed_rows(sharp, face.faces, 12) - sharp) * lower
    return np.where(face.bag[:, None] > 0, 0.6, shadow)


def _throat(face: Template) -> Array:
    """(V,) 0..1: under the jaw and down the throat, where its shadow falls as the jaw drops."""
    _, y, z = face.position.T
    below = smoothstep(-9.4, -10.8, y) * smoothstep(-15.0, -12.0, y)
    return np.asarray(below * smoothstep(-2.5, 0.5, z) * (face.bag == 0))


def _ear_mesh(spacing: float) -> tuple[Array, Faces]:
    """The left ear and a hem of skin around its root."""
    vertices, faces = isosurface(face_with_ears, (5.0, -4.6, -5.2), (10.2, 3.0, 1.6), spacing)
    vertices = project(face_with_ears, vertices, 2)
    raised = closed_face(vertices) > 0.015
    used, faces = compacted(faces[raised[faces].any(1)], len(vertices))
    return vertices[used], faces


def ears_part(face: Part, scene: Scene, spacing: float = 0.27) -> Part:
    """Both ears, of triangles ``spacing`` cm wide; rigid. Where they leave the head they take
    the face's light."""
    left, faces = _ear_mesh(spacing)
    vertices, faces = joined([(left, faces), (left * [-1.0, 1.0, 1.0], faces[:, ::-1])])
    normal = gradient(face_with_ears, vertices, 0.06)
    fold = creases(face_with_ears, vertices, normal)
    open_sky = smoothed(openness(scene, vertices, normal) * (0.3 + 0.7 * fold), faces, 1)
    shadow = smoothed_rows(key_shadows(scene, vertices, normal), faces, 2)
    nothing = np.zeros(len(vertices))
    light = np.stack([open_sky, nothing + 1, nothing], -1)
    away, near = cKDTree(face.position).query(vertices, 4)
    share = 1 / (away + 0.05) ** 2
    share = (share / share.sum(1, keepdims=True))[..., None]
    out = smoothstep(0.0, 0.45, closed_face(vertices))[:, None]
    light = (face.light[near] * share).sum(1) * (1 - out) + light * out
    shadow = (face.shadow[near] * share).sum(1) * (1 - out) + shadow * out
    return make_part(
        "ears",
        "skin",
        (vertices, faces),
        normal,
        np.column_stack([ear_colour(vertices), nothing + 0.2]),
        light,
        shadow=shadow,
        bind=np.column_stack([chart_uv(vertices), nothing]),
    )
