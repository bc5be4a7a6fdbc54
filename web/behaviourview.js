/** Draws how lively the face is: a slider for each layer, and the camera's manner. */
import { LAYERS, MOST } from "./behaviour.js";

/** A slider this near to natural is natural. */
const CATCH = 0.06;

export class BehaviourView extends EventTarget {
  #at = (id) => document.getElementById(id);
  #rows = new Map();

  /** Events: `choose` (detail: `{name, value}`) and `reset`. */
  constructor() {
    super();
    this.#at("gains").replaceChildren(...Object.keys(LAYERS).map((name) => this.#row(name)));
    this.#at("gains-reset").addEventListener("click", () => this.dispatchEvent(new Event("reset")));
    this.#at("manner").addEventListener("change", ({ target }) =>
      this.#choose("camera_style", target.value),
    );
  }

  /** Shows a Behaviour (behaviour.js) as it stands. */
  show(behaviour) {
    const { camera_style: style, ...gains } = behaviour.current;
    for (const [name, gain] of Object.entries(gains)) this.#label(this.#rows.get(name), gain);
    this.#at("gains-reset").disabled = Object.values(gains).every((gain) => gain === 1);
    for (const input of this.#at("manner").querySelectorAll("input")) {
      input.checked = input.value === style;
    }
    this.#rows.get("camera").box.classList.toggle("idle", style === "still");
    this.#at("manner-said").hidden = !behaviour.calmed;
  }

  #row(name) {
    const [title, about] = LAYERS[name];
    const box = this.#at("gain").content.firstElementChild.cloneNode(true);
    const [label, slider, value] = ["label", "input", "button"].map((tag) => box.querySelector(tag));
    label.textContent = title;
    label.htmlFor = slider.id = `gain-${name}`;
    label.title = about;
    slider.dataset.gain = name;
    slider.max = MOST;
    value.title = `${title}: back to natural`;
    slider.addEventListener("input", () => {
      const gain = Number(slider.value);
      this.#choose(name, Math.abs(gain - 1) <= CATCH ? 1 : gain);
    });
    slider.addEventListener("dblclick", () => this.#choose(name, 1));
    value.addEventListener("click", () => this.#choose(name, 1));
    this.#rows.set(name, { box, slider, value });
    return box;
  }

  #label({ box, slider, value }, gain) {
    const said = gain === 0 ? "off" : gain === 1 ? "natural" : `${Math.round(gain * 100)} %`;
    if (Number(slider.value) !== gain) slider.value = gain;
    slider.style.setProperty("--fill", gain / MOST);
    slider.ariaValueText = said;
    value.textContent = said;
    value.disabled = gain === 1;
    box.classList.toggle("off", gain === 0);
  }

  #choose(name, value) {
    this.dispatchEvent(new CustomEvent("choose", { detail: { name, value } }));
  }
}
