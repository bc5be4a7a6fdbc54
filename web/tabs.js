/**
 * Tabs beside the picture (WAI-ARIA's pattern): arrow keys move between them, and only the
 * chosen one is a stop of the Tab key.
 */
import { recall, remember } from "./memory.js";

const STEPS = { ArrowLeft: -1, ArrowRight: 1 };

export class Tabs {
  #tabs = [...document.querySelectorAll("[role=tab]")];

  constructor() {
    for (const tab of this.#tabs) {
      tab.addEventListener("click", () => this.open(tab.id));
      tab.addEventListener("keydown", (event) => this.#onKey(event));
    }
    this.open(recall("tab", this.#tabs[0].id));
  }

  /** Shows the panel of a tab; an unknown one leaves things as they are. */
  open(id) {
    if (!this.#tabs.some((tab) => tab.id === id)) return;
    for (const tab of this.#tabs) {
      const chosen = tab.id === id;
      tab.ariaSelected = String(chosen);
      tab.tabIndex = chosen ? 0 : -1;
      document.getElementById(tab.getAttribute("aria-controls")).hidden = !chosen;
    }
    remember("tab", id);
  }

  /** Does without a tab and its panel. */
  remove(id) {
    const [tab] = this.#tabs.filter((one) => one.id === id);
    this.#tabs = this.#tabs.filter((one) => one !== tab);
    document.getElementById(tab.getAttribute("aria-controls")).remove();
    tab.remove();
    this.open(this.#tabs[0].id);
  }

  #onKey(event) {
    const step = STEPS[event.key];
    if (!step) return;
    event.preventDefault();
    const next = this.#tabs.at((this.#tabs.indexOf(event.currentTarget) + step) % this.#tabs.length);
    this.open(next.id);
    next.focus();
  }
}
