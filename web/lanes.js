/**
 * What a `motion` message says, as the curves that a person can read: a few lanes of one or two
 * curves each. `read` gets the weights by ARKit's names and the message; ranges are what faces do.
 */

/** Blendshapes that are read here, at their places in ARKit's order (docs/http.md). */
const AT = {
  blinkLeft: 0,
  blinkRight: 7,
  jawOpen: 17,
  mouthClose: 18,
  smileLeft: 23,
  smileRight: 24,
  frownLeft: 25,
  frownRight: 26,
  lowerDownLeft: 37,
  lowerDownRight: 38,
  upperUpLeft: 39,
  upperUpRight: 40,
  browDownLeft: 41,
  browDownRight: 42,
  browInnerUp: 43,
  browOuterUpLeft: 44,
  browOuterUpRight: 45,
};

const percent = (value) => `${signed(value * 100)} %`;
const degrees = (value) => `${signed(value)}°`;
const millimetres = (value) => `${signed(value, 1)} mm`;
const DEGREES = 180 / Math.PI;

/**
 * Top to bottom. A curve has a name (none where the lane's says it), a range from the lane's foot
 * to its top, what it is in a message, and its words. The voice is not in the message.
 */
export const LANES = [
  { name: "Voice", curves: [{ range: [0, 1], read: null, say: percent }] },
  {
    name: "Mouth",
    curves: [
      { name: "jaw", range: [0, 0.8], read: ({ jawOpen }) => jawOpen, say: percent },
      { name: "lips", range: [0, 0.8], read: lips, say: percent },
    ],
  },
  { name: "Smile", curves: [{ range: [-0.4, 0.9], read: smile, say: percent }] },
  { name: "Brows", curves: [{ range: [-0.4, 0.7], read: brows, say: percent }] },
  { name: "Blink", curves: [{ range: [0, 1], read: (w) => mean(w.blinkLeft, w.blinkRight), say: percent }] },
  {
    name: "Eyes",
    curves: [
      { name: "turn", range: [-20, 20], read: (_, { gaze }) => gaze[0] * DEGREES, say: degrees },
      { name: "tilt", range: [-20, 20], read: (_, { gaze }) => -gaze[1] * DEGREES, say: degrees },
    ],
  },
  {
    name: "Head",
    curves: [
      { name: "turn", range: [-11, 11], read: (_, { head }) => head[1] * DEGREES, say: degrees },
      { name: "tilt", range: [-11, 11], read: (_, { head }) => -head[0] * DEGREES, say: degrees },
    ],
  },
  { name: "Breath", curves: [{ range: [-0.5, 7], read: (_, { body }) => body[0] * 1000, say: millimetres }] },
  {
    name: "Camera",
    curves: [
      { name: "zoom", range: [-0.03, 0.08], read: (_, { camera }) => camera[2] - 1, say: percent },
    ],
  },
];

export const CURVES = LANES.flatMap(({ curves }) => curves);

/** The value of every curve in a `motion` message, in the order of CURVES; 0 for the voice. */
export function values(message) {
  const weights = {};
  for (const [name, at] of Object.entries(AT)) weights[name] = message.blendshapes[at];
  return Float32Array.from(CURVES, ({ read }) => (read ? read(weights, message) : 0));
}

/** How far the lips are apart: by the jaw, less what closes them, and by themselves. */
function lips({ jawOpen, mouthClose, ...w }) {
  const own = mean(w.lowerDownLeft, w.lowerDownRight, w.upperUpLeft, w.upperUpRight);
  return Math.max(0, jawOpen - mouthClose + own);
}

function smile({ smileLeft, smileRight, frownLeft, frownRight }) {
  return mean(smileLeft, smileRight) - mean(frownLeft, frownRight);
}

function brows({ browInnerUp, ...w }) {
  const up = mean(browInnerUp, browInnerUp, w.browOuterUpLeft, w.browOuterUpRight);
  return up - mean(w.browDownLeft, w.browDownRight);
}

function mean(...all) {
  return all.reduce((sum, one) => sum + one, 0) / all.length;
}

function signed(value, digits = 0) {
  const text = value.toFixed(digits);
  return Number(text) === 0 ? (0).toFixed(digits) : text.replace("-", "−");
}
