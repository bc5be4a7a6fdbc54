"""Model back ends: what runs a network one step at a time."""

from __future__ import annotations

from engine.runtime.onnx import describe

__all__ = ["describe"]
