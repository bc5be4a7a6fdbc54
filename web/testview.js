/** Shows the self-test (selftest.js): a dialog with a tick for each step. */
import { SelfTest } from "./selftest.js";

const MARKS = { ok: "i-tick", failed: "i-cross" };
const SPOKEN = { running: "trying", ok: "fine", failed: "failed", skipped: "left out", waiting: "" };

export class TestView {
  #at = (id) => document.getElementById(id);
  #make;
  #test = null;
  #rows = new Map();

  /** `make(video)` makes a SelfTest whose pictures go to `video`. */
  constructor(make) {
    this.#make = make;
    const dialog = this.#at("test");
    for (const button of document.querySelectorAll("[data-opens=test]")) {
      button.addEventListener("click", () => this.#open());
    }
    this.#at("test-again").addEventListener("click", () => this.#run());
    dialog.addEventListener("close", () => this.#test?.stop());
  }

  #open() {
    this.#at("help").close();
    this.#at("test").showModal();
    this.#run();
  }

  async #run() {
    const before = this.#test;
    const test = this.#make(this.#at("test-video"));
    this.#test = test;
    this.#at("test-again").disabled = true;
    this.#say("Trying each step. It takes some ten seconds.", "running");
    this.#fill();
    await before?.stop();
    test.addEventListener("step", ({ detail }) => this.#test === test && this.#show(detail));
    const failed = await test.run();
    if (this.#test !== test) return;
    this.#at("test-again").disabled = false;
    if (failed.length === 0) this.#say("Everything works.", "ok");
    else this.#say(failed.length === 1 ? "One step failed." : `${failed.length} steps failed.`, "failed");
  }

  #say(text, state) {
    this.#at("test-result").textContent = text;
    this.#at("test-result").dataset.state = state;
  }

  #fill() {
    const rows = SelfTest.steps.map(({ id, title }) => {
      const row = this.#at("test-step").content.firstElementChild.cloneNode(true);
      row.querySelector(".name").textContent = title;
      this.#rows.set(id, row);
      return row;
    });
    this.#at("test-steps").replaceChildren(...rows);
  }

  #show({ id, state, found, remedy }) {
    const row = this.#rows.get(id);
    row.dataset.state = state;
    row.querySelector("use").setAttribute("href", MARKS[state] ? `#${MARKS[state]}` : "");
    row.querySelector(".visually-hidden").textContent = SPOKEN[state];
    row.querySelector(".found").textContent = found;
    row.querySelector(".remedy").textContent = remedy;
    row.querySelector(".remedy").hidden = !remedy;
    row.scrollIntoView({ block: "nearest" });
  }
}
