"""Recordings of somebody's face and voice, made fit to learn from."""
