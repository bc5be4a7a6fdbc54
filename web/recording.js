/**
 * The button that records the call on the server's disk, where its operator lets it be recorded.
 *
 * The server keeps the state: it is asked once a second while there is something to be seen.
 */
import { authorised } from "./network.js";

const READ_MS = 1000;
/** How long it is said what became of a recording. */
const SAID_MS = 8000;

export class Recording {
  #button = document.getElementById("record");
  #label = this.#button.querySelector("span");
  #said = document.getElementById("record-said");
  #address = null;
  #running = false;
  #busy = false;
  #timer = 0;
  #silence = 0;

  constructor() {
    this.#button.addEventListener("click", () => this.#toggle());
  }

  /** A call has begun, or goes on, with this answer of the server. */
  begin({ session, record }) {
    const address = record ? `session/${encodeURIComponent(session)}/recording` : null;
    this.#button.hidden = !address;
    if (address === this.#address) return;
    this.#address = address;
    this.#show({ state: "idle" });
    clearInterval(this.#timer);
    if (!address) return;
    this.#timer = setInterval(() => this.#running && this.#ask("GET"), READ_MS);
    this.#ask("GET"); // It may be one that is recorded from its beginning.
  }

  /** The call is over, and with it its recording. */
  end() {
    clearInterval(this.#timer);
    if (this.#running) this.#say("Recording saved");
    this.#address = null;
    this.#button.hidden = true;
    this.#show({ state: "idle" });
  }

  async #toggle() {
    if (this.#busy) return;
    this.#busy = true;
    const stopping = this.#running;
    const report = await this.#ask(stopping ? "DELETE" : "POST");
    if (stopping && report?.state === "finished") this.#say(saved(report));
    this.#busy = false;
  }

  /** The server's report, which is shown; null where it says why not, which is said. */
  async #ask(method) {
    const address = this.#address;
    let answer;
    try {
      const response = await authorised(address, { method });
      answer = await response.json();
    } catch {
      return null; // The network is away: the call itself says so.
    }
    if (address !== this.#address) return null;
    if (answer.error && !answer.state) {
      this.#say(`Not recorded: ${answer.error.remedy ?? answer.error.message}`, true);
      return null;
    }
    if (answer.state === "failed" && this.#running) {
      this.#say(`Recording ended: ${answer.error.remedy}`, true);
    }
    this.#show(answer);
    return answer;
  }

  #show({ state, duration_s: seconds = 0 }) {
    this.#running = state === "recording";
    this.#button.setAttribute("aria-pressed", String(this.#running));
    this.#label.textContent = this.#running ? clock(seconds) : "Record";
    const name = this.#running ? "Stop recording" : "Record the call";
    this.#button.setAttribute("aria-label", this.#running ? `${name}, ${clock(seconds)}` : name);
    this.#button.title = `${name} (R)`;
  }

  #say(text, alert = false) {
    this.#said.textContent = text;
    this.#said.classList.toggle("alert", alert);
    this.#said.hidden = false;
    clearTimeout(this.#silence);
    this.#silence = setTimeout(() => (this.#said.hidden = true), SAID_MS);
  }
}

function saved({ duration_s: seconds, files }) {
  if (!files.length) return "Nothing to record yet";
  const more = files.length > 1 ? ` and ${files.length - 1} more` : "";
  return `Saved ${clock(seconds)} as ${files[0]}${more}`;
}

function clock(seconds) {
  const whole = Math.floor(seconds);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}
