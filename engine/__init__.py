"""Visavis engine: voice in, encoded face and voice out, with no I/O and no clock of its own."""
