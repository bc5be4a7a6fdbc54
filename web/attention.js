/**
 * Where the face is to look: a pad to drag in, which is the view out of the picture, and buttons
 * for the usual places. Angles are the server's: radians, yaw to the viewer's right, pitch down.
 */

const FURTHEST = { yaw: 0.8, pitch: 0.5 };
const ASIDE = 0.45;
const STEP = 0.05;
/** Nearer to the middle than this is the camera. */
const CATCH = 0.06;
/** While it is dragged; eyes do not jump more often than a few times a second. */
const PERIOD_MS = 80;
const STEPS = {
  ArrowLeft: [-STEP, 0],
  ArrowRight: [STEP, 0],
  ArrowUp: [0, -STEP],
  ArrowDown: [0, STEP],
};

export class Attention extends EventTarget {
  #pad = document.getElementById("pad");
  #timer = 0;
  #place = null;

  /** Events: `look` (detail: the message). */
  constructor() {
    super();
    this.#pad.addEventListener("pointerdown", (event) => {
      if (this.#pad.ariaDisabled === "true") return;
      this.#pad.setPointerCapture(event.pointerId);
      this.#point(event);
    });
    this.#pad.addEventListener("pointermove", (event) => {
      if (this.#pad.hasPointerCapture(event.pointerId)) this.#point(event);
    });
    this.#pad.addEventListener("dblclick", () => this.#look(null));
    this.#pad.addEventListener("keydown", (event) => this.#onKey(event));
    for (const button of document.querySelectorAll("[data-look]")) {
      const side = Number(button.dataset.look);
      button.addEventListener("click", () =>
        this.#look(side ? { yaw: side * ASIDE, pitch: 0 } : null),
      );
    }
    this.#show();
  }

  set disabled(disabled) {
    this.#pad.ariaDisabled = String(disabled);
    this.#pad.tabIndex = disabled ? -1 : 0;
  }

  /** Whether it looks anywhere but into the camera. */
  get elsewhere() {
    return this.#place !== null;
  }

  get message() {
    return { type: "attend", ...(this.#place ?? { to: "camera" }) };
  }

  /** Back to the camera without telling: the call is over. */
  forget() {
    this.#place = null;
    this.#show();
  }

  #point({ clientX, clientY }) {
    const box = this.#pad.getBoundingClientRect();
    const share = (at, start, length) => ((at - start) / length) * 2 - 1;
    this.#look({
      yaw: share(clientX, box.left, box.width) * FURTHEST.yaw,
      pitch: share(clientY, box.top, box.height) * FURTHEST.pitch,
    });
  }

  #onKey(event) {
    if (this.#pad.ariaDisabled === "true") return;
    const step = STEPS[event.key];
    if (!step && event.key !== "Home") return;
    event.preventDefault();
    const { yaw, pitch } = this.#place ?? { yaw: 0, pitch: 0 };
    this.#look(step ? { yaw: yaw + step[0], pitch: pitch + step[1] } : null, 0);
  }

  #look(place, least = CATCH) {
    const near = place && Math.hypot(place.yaw, place.pitch) <= Math.max(least, STEP / 2);
    this.#place = !place || near ? null : within(place);
    this.#show();
    if (this.#timer) return;
    this.#timer = setTimeout(() => {
      this.#timer = 0;
      this.dispatchEvent(new CustomEvent("look", { detail: this.message }));
    }, PERIOD_MS);
  }

  #show() {
    const { yaw, pitch } = this.#place ?? { yaw: 0, pitch: 0 };
    this.#pad.style.setProperty("--x", yaw / FURTHEST.yaw);
    this.#pad.style.setProperty("--y", pitch / FURTHEST.pitch);
    this.#pad.classList.toggle("elsewhere", this.elsewhere);
    this.#pad.ariaValueNow = String(Math.round((yaw * 180) / Math.PI));
    this.#pad.ariaValueText = this.elsewhere
      ? `${degrees(yaw, "right", "left")}, ${degrees(pitch, "down", "up")}`
      : "camera";
    for (const button of document.querySelectorAll("[data-look]")) {
      const side = Number(button.dataset.look) * ASIDE;
      const here = this.elsewhere ? yaw === side && pitch === 0 : side === 0;
      button.ariaPressed = String(here);
    }
  }
}

function within({ yaw, pitch }) {
  const hold = (angle, most) => Number(Math.min(most, Math.max(-most, angle)).toFixed(3));
  return { yaw: hold(yaw, FURTHEST.yaw), pitch: hold(pitch, FURTHEST.pitch) };
}

function degrees(angle, positive, negative) {
  const size = Math.round((Math.abs(angle) * 180) / Math.PI);
  return `${size}° ${angle < 0 ? negative : positive}`;
}
