"""Whether a back end computes what the training framework computed."""

from __future__ import annotations

import numpy as np

from engine.errors import BackendUnavailable
from engine.runtime.base import SteppedModel
from engine.runtime.weights import Description


def difference(model: SteppedModel, description: Description, streams: int = 1) -> float:
    """Largest absolute difference of ``model``'s outputs to the reference beside the weights.

    ``streams`` alike are run together through the whole reference, from the zero state. Not a
    number if any of them is not.
    """
    features, expected = description.reference()
    frames = description.values["inputs"]["features"][1]
    state = model.initial_state(streams)
    worst = 0.0
    for start in range(0, len(features), frames):
        hop = features[start : start + frames]
        outputs, state = model.step(np.repeat(hop[None], streams, axis=0), state)
        apart = np.abs(outputs - expected[:, start : start + frames]).max()
        worst = float(np.maximum(worst, apart))  # which, unlike max, passes on what is no number
    return worst


def verify(model: SteppedModel, description: Description, precision: str = "float32") -> None:
    """BackendUnavailable unless the difference is within the manifest's tolerance.

    ``precision`` is that of the back end's arithmetic, "float32" or "float16".
    """
    allowed = description.tolerance(precision)
    found = float(np.max([difference(model, description, streams) for streams in (1, 2)]))
    if not found <= allowed:
        reason = f"its {description.name} differ by {found:.2g} from the reference, over {allowed}"
        raise BackendUnavailable(model.backend, reason, "use another --backend")
