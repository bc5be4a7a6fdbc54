/**
 * How lively the face is: what the person has chosen and what is in force. The names are the
 * server's (`engine/behaviour.py`), in offers as in messages.
 */
import { recall, remember } from "./memory.js";

/** The layers that have a gain: 0 is off, 1 natural, 2 twice that. */
export const LAYERS = {
  blink: ["Blinking", "how readily the eyelids close"],
  gaze: ["Eyes", "looks to and away, and all the small ones"],
  head: ["Head", "nods, tilts and turns with the voice"],
  body: ["Body", "breath, shoulders and posture"],
  expression: ["Expression", "brows, smiles and mood, from the voice's tone"],
  pauses: ["Pauses", "breath before a phrase, stillness and swallowing after it"],
  listening: ["Listening", "nods and small smiles while others speak"],
  camera: ["Camera", "how far the framing moves"],
};
export const CAMERA_STYLES = ["still", "subtle", "lively"];
export const MOST = 2;

const NATURAL = Object.fromEntries(Object.keys(LAYERS).map((name) => [name, 1]));
const STYLE = "camera_style";
const OURS = [...Object.keys(LAYERS), STYLE];

export class Behaviour {
  #chosen = {};
  #inForce = { ...NATURAL, [STYLE]: "subtle" };
  /** Whether the camera stands still because the device asks for less motion. */
  calmed = false;

  constructor() {
    for (const name of OURS) {
      const kept = parsed(name, recall(name, null));
      if (kept !== null) this.#chosen[name] = kept;
    }
    const less = matchMedia("(prefers-reduced-motion: reduce)").matches;
    if (less && this.#chosen[STYLE] === undefined) {
      this.#chosen[STYLE] = "still";
      this.calmed = true;
    }
  }

  /** Every gain, and the manner of the camera. */
  get current() {
    return { ...this.#inForce, ...this.#chosen };
  }

  /** What to ask for in an offer: only what the person has chosen, the rest is the server's. */
  get wishes() {
    return { ...this.#chosen };
  }

  /** All that was chosen: while a channel opens, only the last message of a type is kept. */
  get message() {
    return { type: "behaviour", ...this.#chosen };
  }

  choose(name, value) {
    this.#chosen[name] = value;
    if (name === STYLE) this.calmed = false;
    remember(name, value);
  }

  /** Every gain back to natural; the camera keeps its manner. */
  reset() {
    for (const [name, value] of Object.entries(NATURAL)) this.choose(name, value);
  }

  /** The server says what is in force, whoever asked for it. */
  confirm(said) {
    for (const name of OURS) {
      if (said?.[name] === undefined) continue;
      this.#inForce[name] = said[name];
      if (name in this.#chosen) this.#chosen[name] = said[name];
    }
  }
}

/** A choice as it was kept; null if there is none, or none that there can be. */
function parsed(name, kept) {
  if (kept === null) return null;
  if (name === STYLE) return CAMERA_STYLES.includes(kept) ? kept : null;
  const gain = Number(kept);
  return kept !== "" && gain >= 0 && gain <= MOST ? gain : null;
}
