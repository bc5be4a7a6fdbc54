"""Draws a head: `Renderer` makes pictures of FaceFrames, `describe` says what draws them."""

from engine.render.gl import describe
from engine.render.renderer import Renderer
from engine.render.yuv import COLOUR_MATRIX, COLOUR_RANGE

__all__ = ["COLOUR_MATRIX", "COLOUR_RANGE", "Renderer", "describe"]
