/**
 * Buttons that ask for an emotion: a press shows it for two seconds, and for as long as it is held.
 */
import { recall, remember } from "./memory.js";

const LASTS_S = 2;
/** A held emotion is asked for anew before it is over; a page that dies leaves none behind. */
const RENEW_MS = 1000;

export class Emotions extends EventTarget {
  #at = (id) => document.getElementById(id);
  #held = new Map();

  /** Events: `show` (detail: the message that asks for it). */
  constructor() {
    super();
    const strength = this.#at("strength");
    strength.value = recall("strength", strength.value);
    strength.addEventListener("input", () => {
      remember("strength", strength.value);
      this.#labelStrength();
    });
    this.#labelStrength();
    const override = recall("override", "false");
    for (const input of this.#at("blending").querySelectorAll("input")) {
      input.checked = input.value === override;
      input.addEventListener("change", () => remember("override", input.value));
    }
    for (const button of document.querySelectorAll("[data-emotion]")) this.#listen(button);
    window.addEventListener("blur", () => this.letGo());
  }

  /** Nothing is held any more. */
  letGo() {
    for (const button of this.#held.keys()) this.#release(button);
  }

  /** `hold` and `release` come from shortcuts.js; a click without a press from assistive tools. */
  #listen(button) {
    const hold = () => this.#hold(button);
    const release = () => this.#release(button);
    button.addEventListener("pointerdown", (event) => {
      if (event.button !== 0) return;
      button.setPointerCapture(event.pointerId);
      hold();
    });
    for (const type of ["pointerup", "lostpointercapture", "blur", "release"]) {
      button.addEventListener(type, release);
    }
    button.addEventListener("hold", hold);
    button.addEventListener("keydown", (event) => {
      if (event.key !== " " && event.key !== "Enter") return;
      event.preventDefault();
      hold();
    });
    button.addEventListener("keyup", release);
    button.addEventListener("contextmenu", (event) => event.preventDefault()); // A long touch.
    button.addEventListener("click", (event) => {
      if (event.detail !== 0) return;
      hold();
      release();
    });
  }

  #hold(button) {
    if (button.disabled || button.closest("fieldset:disabled") || this.#held.has(button)) return;
    const since = performance.now();
    const renew = setInterval(() => this.#ask(button), RENEW_MS);
    this.#held.set(button, { since, renew });
    this.#ask(button);
  }

  #release(button) {
    const held = this.#held.get(button);
    if (!held) return;
    clearInterval(held.renew);
    this.#held.delete(button);
    button.classList.remove("held");
    if (performance.now() - held.since < LASTS_S * 1000) return; // It runs out by itself.
    this.#unmark(button);
    this.#send({ ...this.#message(button), amount: 0 });
  }

  #ask(button) {
    button.classList.toggle("held", this.#held.has(button));
    this.#unmark(button);
    button.classList.add("shown");
    button.ending = setTimeout(() => this.#unmark(button), LASTS_S * 1000);
    this.#send(this.#message(button));
  }

  #unmark(button) {
    clearTimeout(button.ending);
    button.classList.remove("shown");
  }

  #message(button) {
    return {
      type: "emotion",
      name: button.dataset.emotion,
      amount: Number(this.#at("strength").value),
      seconds: LASTS_S,
      override: this.#at("blending").querySelector("[value=true]").checked,
    };
  }

  #send(message) {
    this.dispatchEvent(new CustomEvent("show", { detail: message }));
  }

  #labelStrength() {
    const slider = this.#at("strength");
    const label = `${Math.round(slider.value * 100)} %`;
    slider.style.setProperty("--fill", slider.value);
    slider.ariaValueText = label;
    this.#at("strength-value").textContent = label;
  }
}
