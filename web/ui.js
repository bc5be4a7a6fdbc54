/** The page's face: shows states and says which control was used. Knows no WebRTC. */
import { PHASES, explain } from "./messages.js";

const WAITING_KINDS = ["full", "lost", "offline", "unreachable", "no-media", "server-error"];

const HINTS = {
  quiet:
    "Your voice stays off the loudspeakers, or the microphone would hear it again. " +
    "Wear headphones to switch it on.",
  hear: "Use headphones. With loudspeakers the microphone hears the voice again and it rings.",
  silent:
    "Nothing comes from this microphone. Is it muted on the device, or is another one meant?",
};

export class Ui extends EventTarget {
  #at = (id) => document.getElementById(id);
  #body = document.body;
  #announced = "";
  #hearing = false;
  #silent = false;
  #poster = "";
  video = this.#at("video");

  /**
   * Events: `start`, `retry`, `mute`, `hear`, `device`, `ahead` and `articulation` (detail: the
   * new value).
   */
  constructor() {
    super();
    const on = (id, type, name) =>
      this.#at(id).addEventListener(type, ({ target }) => this.#emit(name, target.value));
    on("start", "click", "start");
    on("mute", "click", "mute");
    on("hear", "click", "hear");
    on("device", "change", "device");
    on("ahead", "change", "ahead");
    this.#at("ahead").addEventListener("input", () => this.#labelAhead());
    on("articulation", "input", "articulation");
    this.#at("articulation").addEventListener("input", () => this.#labelArticulation());
    this.#at("notice-action").addEventListener("click", ({ currentTarget }) =>
      this.#emit(currentTarget.dataset.action),
    );
    this.#at("help-open").addEventListener("click", () => this.#at("help").showModal());
    this.#followPoster();
    this.video.addEventListener("resize", () => {
      const { videoWidth, videoHeight } = this.video;
      if (videoWidth) this.showShape(videoWidth, videoHeight);
    });
    this.#labelArticulation();
    this.#labelHint();
  }

  get lookAheadMs() {
    return Number(this.#at("ahead").value);
  }

  set lookAheadMs(ms) {
    this.#at("ahead").value = ms;
    this.#labelAhead();
  }

  get articulation() {
    return Number(this.#at("articulation").value);
  }

  set articulation(amount) {
    this.#at("articulation").value = amount;
    this.#labelArticulation();
  }

  /** Shows a phase, and the problem that goes with it or null. */
  showPhase(phase, problem) {
    this.#body.dataset.phase = phase;
    const running = !["idle", "failed"].includes(phase);
    this.#body.classList.toggle("running", running);
    this.#body.classList.toggle("dimmed", problem !== null);
    this.#labelStart(running);
    this.#showNotice(problem);
    this.showSpeaking(false);
    this.#announce(problem ? explain(problem) : { title: PHASES[phase], text: "" });
  }

  /** The speech indicator: on while the server hears a voice. */
  showSpeaking(active) {
    const { phase } = this.#body.dataset;
    this.#body.classList.toggle("speaking", active && phase === "live");
    this.#at("pill-text").textContent = active && phase === "live" ? "Hearing you" : PHASES[phase];
  }

  showDevices(devices, chosen) {
    const options = devices.length ? devices : [{ id: "", label: "Default microphone" }];
    this.#at("device").replaceChildren(...options.map(({ id, label }) => new Option(label, id)));
    if (options.some(({ id }) => id === chosen)) this.#at("device").value = chosen;
    this.#at("device").title = this.#at("device").selectedOptions[0].label; // It may be cut short.
  }

  showLevel(level) {
    const bar = this.#at("level");
    bar.style.setProperty("--level", level.toFixed(3));
    bar.ariaValueNow = String(Math.round(level * 100));
  }

  showSilence(silent) {
    if (silent === this.#silent) return;
    this.#silent = silent;
    this.#labelHint();
  }

  showMuted(muted) {
    const button = this.#at("mute");
    const label = muted ? "Unmute the microphone" : "Mute the microphone";
    this.#body.classList.toggle("muted", muted);
    button.ariaPressed = String(muted);
    button.ariaLabel = label;
    button.title = `${label} (M)`;
    button.querySelector("use").setAttribute("href", muted ? "#i-mic-off" : "#i-mic");
  }

  showHearing(hearing) {
    this.#hearing = hearing;
    this.#at("hear").ariaChecked = String(hearing);
    this.#labelHint();
  }

  disableStart() {
    this.#at("start").disabled = true;
  }

  /** Makes room for a picture of another shape than the poster's. */
  showShape(width, height) {
    this.#body.style.setProperty("--ratio", (width / height).toFixed(4));
  }

  /** Lets another still fade in before the call; one that does not come leaves the old one. */
  async showPoster(address) {
    this.#poster = address;
    const next = Object.assign(new Image(), { src: address });
    await next.decode().catch(() => {});
    if (!next.naturalWidth || this.#poster !== address) return;
    const poster = this.#at("poster");
    const old = poster.cloneNode();
    old.removeAttribute("id");
    poster.after(old);
    poster.src = address;
    old.animate({ opacity: [1, 0] }, 200).finished.then(() => old.remove());
  }

  /** Keeps the last picture on screen while no live one arrives. */
  freeze() {
    const { videoWidth, videoHeight } = this.video;
    if (!videoWidth) return;
    const still = this.#at("still");
    still.width = videoWidth;
    still.height = videoHeight;
    still.getContext("2d").drawImage(this.video, 0, 0);
    still.classList.add("shown");
  }

  /** Lets the live picture, or the poster, fade in from under the still. */
  thaw() {
    this.#at("still").classList.remove("shown");
  }

  #emit(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }

  #followPoster() {
    const poster = this.#at("poster");
    const missing = () => poster.classList.add("missing");
    const loaded = () => this.showShape(poster.naturalWidth, poster.naturalHeight);
    poster.addEventListener("error", missing);
    poster.addEventListener("load", loaded);
    if (poster.complete) (poster.naturalWidth ? loaded : missing)();
  }

  #showNotice(problem) {
    const notice = this.#at("notice");
    notice.hidden = problem === null;
    if (problem === null) return;
    const { title, text, action } = explain(problem);
    notice.dataset.tone = WAITING_KINDS.includes(problem.kind) ? "wait" : "stop";
    this.#at("notice-title").textContent = title;
    this.#at("notice-text").textContent = text;
    const button = this.#at("notice-action");
    button.hidden = action === null;
    button.textContent = action?.label ?? "";
    button.dataset.action = action?.name ?? "";
  }

  /** Speaks to a screen reader once per state: a countdown must not be read out each second. */
  #announce({ title, text }) {
    if (title === this.#announced) return;
    this.#announced = title;
    this.#at("status").textContent = `${title}. ${text}`;
  }

  #labelStart(running) {
    const button = this.#at("start");
    button.querySelector("use").setAttribute("href", running ? "#i-stop" : "#i-play");
    button.querySelector("span").textContent = running ? "Stop" : "Start";
  }

  #labelAhead() {
    const slider = this.#at("ahead");
    slider.style.setProperty("--fill", slider.value / slider.max);
    this.#at("ahead-value").textContent = `${slider.value} ms`;
  }

  #labelArticulation() {
    const slider = this.#at("articulation");
    const label = slider.value === "1" ? "natural" : `${Math.round(slider.value * 100)} %`;
    slider.style.setProperty("--fill", slider.value / slider.max);
    slider.ariaValueText = label;
    this.#at("articulation-value").textContent = label;
  }

  #labelHint() {
    const hint = this.#silent ? "silent" : this.#hearing ? "hear" : "quiet";
    this.#at("hint").textContent = HINTS[hint];
  }
}
