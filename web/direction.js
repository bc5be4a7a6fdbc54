/**
 * What the face is told during a call: how lively to be, what to show, where to look, whose the
 * voice is; and what it answers, the curves. Wires these cards to the session.
 */
import { Attention } from "./attention.js";
import { Behaviour } from "./behaviour.js";
import { BehaviourView } from "./behaviourview.js";
import { CurveView } from "./curveview.js";
import { Curves } from "./curves.js";
import { Emotions } from "./emotions.js";
import { recall, remember } from "./memory.js";
import { LevelMeter } from "./meter.js";

export class Direction {
  #at = (id) => document.getElementById(id);
  #session;
  #frames;
  #behaviour = new Behaviour();
  #view = new BehaviourView();
  #emotions = new Emotions();
  #attention = new Attention();
  #curves = new Curves();
  #curveView = new CurveView(this.#curves);
  #meter = new LevelMeter((level) => {
    this.#curves.level = level;
  });
  #open = false;
  /** Of this visit only: a face that came back mute, or looking away, would seem broken. */
  #role = "speaker";
  #others = false;
  #id = null;

  /** Follows `session`; `frames` tells how long a picture takes to the screen. */
  constructor(session, frames) {
    this.#session = session;
    this.#frames = frames;
    this.#listenToCards();
    session.addEventListener("change", () => this.#onChange());
    session.addEventListener("retold", ({ detail }) => this.#onRetold(detail));
    this.#view.show(this.#behaviour);
    this.#onChange();
    this.#toggle(recall("curves", "closed") === "open");
  }

  /** What to ask for in an offer. */
  get options() {
    return {
      ...this.#behaviour.wishes,
      ...(this.#role === "speaker" ? {} : { role: this.#role }),
      ...(this.#open ? { motion_units: true } : {}),
    };
  }

  /** The server's answer to an offer: what is in force. */
  confirm({ session, behaviour, role }) {
    this.#behaviour.confirm(behaviour);
    this.#view.show(this.#behaviour);
    this.#showRole(role ?? this.#role);
    this.#hearVoice();
    if (session === this.#id) return;
    this.#id = session;
    this.#curves.clear();
    // What is not part of an offer is told to each session.
    if (this.#attention.elsewhere) this.#tell(this.#attention.message);
    if (this.#others) this.#tell({ type: "others", speaking: true });
  }

  /** A `motion` or `speech` message of the server. */
  hear(message) {
    if (message.type === "speech" || this.#open) this.#curves.hear(message, this.#frames.toScreenMs);
  }

  /** The server did not take something; `field` and `remedy` are its words. */
  refuse({ field, remedy }) {
    this.#say(`The server does not take that (${field}): ${remedy}.`);
  }

  #listenToCards() {
    this.#view.addEventListener("choose", ({ detail: { name, value } }) => {
      this.#behaviour.choose(name, value);
      this.#changed();
    });
    this.#view.addEventListener("reset", () => {
      this.#behaviour.reset();
      this.#changed();
    });
    this.#emotions.addEventListener("show", ({ detail }) => this.#tell(detail));
    this.#attention.addEventListener("look", ({ detail }) => this.#tell(detail));
    this.#at("role").addEventListener("change", ({ target }) => {
      this.#showRole(target.value);
      this.#tell({ type: "role", value: this.#role });
    });
    this.#at("others").addEventListener("click", () => {
      this.#showOthers(!this.#others);
      this.#tell({ type: "others", speaking: this.#others });
    });
    this.#at("curves-open").addEventListener("click", () => {
      this.#toggle(!this.#open);
      remember("curves", this.#open ? "open" : "closed");
      const units = this.#open ? ["motion"] : [];
      this.#tell({ type: "subscribe", units }, { motion_units: this.#open });
    });
  }

  #tell(message, options = {}) {
    this.#say("");
    this.#session.adjust({ ...this.options, role: this.#role, ...options }, message);
  }

  #changed() {
    this.#view.show(this.#behaviour);
    this.#tell(this.#behaviour.message);
  }

  #onRetold(message) {
    if (message.type === "behaviour") this.#behaviour.confirm(message);
    if (message.type === "role") this.#showRole(message.value);
    this.#view.show(this.#behaviour);
  }

  #onChange() {
    const { phase } = this.#session;
    const live = phase === "live";
    this.#curveView.live = live;
    this.#at("emotions").disabled = !live;
    this.#at("attending").disabled = !live;
    this.#attention.disabled = !live;
    this.#at("behaviour").classList.toggle("resting", !live);
    if (!live) this.#emotions.letGo();
    if (this.#session.wanted) return;
    this.#showOthers(false);
    this.#attention.forget();
    this.#hearVoice();
  }

  #toggle(open) {
    this.#open = open;
    this.#at("curves-open").ariaExpanded = String(open);
    this.#curves.clear();
    this.#curveView.open = open;
    this.#hearVoice();
  }

  /** Meters the voice that comes back, which is in step with the picture. */
  #hearVoice() {
    const stream = this.#session.video.srcObject;
    const heard = this.#open && this.#session.wanted && stream?.getAudioTracks().length;
    this.#meter.attach(heard ? stream : null);
  }

  #showRole(role) {
    this.#role = role;
    for (const input of this.#at("role").querySelectorAll("input")) {
      input.checked = input.value === role;
    }
  }

  #showOthers(speaking) {
    this.#others = speaking;
    this.#at("others").ariaChecked = String(speaking);
  }

  #say(text) {
    this.#at("behaviour-said").textContent = text;
    this.#at("behaviour-said").hidden = !text;
  }
}
