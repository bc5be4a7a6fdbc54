"""Visavis engine: voice in, encoded face and voice out, with no I/O and no clock of its own."""

import os

# A worker draws, encodes and multiplies small matrices in one thread per core. A second thread for
# a product of a millisecond gains nothing: it spins beside the drawing and doubles what a picture
# costs. NumPy reads this when it is first imported, so it stands before everything else.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
