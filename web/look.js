/**
 * What is shown beside the voice: character, set, light, framing, shape and quality. Knows what
 * the server has (`GET looks`), what the person chose, and what the server has confirmed.
 */
import { recall, remember } from "./memory.js";

const LOOK = ["avatar", "set", "light", "framing"];
const CHOICES = [...LOOK, "shape", "quality"];
const LISTS = {
  avatar: "avatars",
  set: "sets",
  light: "lights",
  framing: "framings",
  shape: "shapes",
  quality: "qualities",
};

/** What web/poster.png shows: it is there at once, and nobody has to draw it. */
const POSTER = { avatar: "nora", set: "gradient", light: "auto", framing: "portrait", shape: "1:1" };

/** Whether a set is a plain colour. */
export const isColour = (set) => /^#[0-9a-f]{6}$/.test(set);

export class Look extends EventTarget {
  #catalogue = null;
  #chosen = {};
  #confirmed = {};

  /** Fetches what there is; false where the server does not say, and nothing can be chosen. */
  async load() {
    try {
      const response = await fetch("looks");
      if (!response.ok) return false;
      this.#catalogue = await response.json();
    } catch {
      return false;
    }
    for (const name of CHOICES) {
      const kept = recall(name, null);
      if (kept !== null && this.#known(name, kept)) this.#chosen[name] = kept;
    }
    this.#confirmed = { ...this.current };
    return true;
  }

  /** Whether anything can be chosen. */
  get known() {
    return this.#catalogue !== null;
  }

  /** The entries of a choice, each with `name` and `title`. */
  entries(name) {
    return this.#catalogue[LISTS[name]];
  }

  /** Every choice as it stands. */
  get current() {
    const { defaults } = this.#catalogue;
    return { ...Object.fromEntries(CHOICES.map((name) => [name, defaults[name]])), ...this.#chosen };
  }

  /** The picture's size in pixels. */
  get size() {
    const { width, height } = this.entries("shape").find(({ name }) => name === this.current.shape);
    return { width, height };
  }

  /** What to ask for in an offer: only what the person has chosen, the rest is the server's. */
  get wishes() {
    if (!this.known) return {};
    const { shape, ...named } = this.#chosen;
    return { ...named, ...(shape === undefined ? {} : this.size) };
  }

  /** The address of a still of this look, `pixels` along its longer side. */
  picture(pixels) {
    const { current } = this;
    if (Object.entries(POSTER).every(([name, value]) => current[name] === value)) {
      return "web/poster.png";
    }
    const { width, height } = this.size;
    const scale = pixels / Math.max(width, height);
    const even = (length) => 2 * Math.round((length * scale) / 2);
    const look = Object.fromEntries(LOOK.map((name) => [name, current[name]]));
    const query = new URLSearchParams({ ...look, width: even(width), height: even(height) });
    return `looks/picture?${query}`;
  }

  /** Chooses; `change` (detail: the message that tells a running session). */
  choose(name, value) {
    this.#chosen[name] = value;
    remember(name, value);
    this.dispatchEvent(new CustomEvent("change", { detail: this.#message(name) }));
  }

  /** The server shows this now, whoever asked for it. */
  confirm(said) {
    if (!this.known) return;
    const shape = this.entries("shape").find(
      ({ width, height }) => width === said.width && height === said.height,
    );
    const now = { ...said, shape: shape?.name };
    for (const name of CHOICES) if (now[name] !== undefined) this.#confirmed[name] = now[name];
  }

  /** Whether the server is still to show what was chosen. */
  get pending() {
    return CHOICES.some((name) => this.current[name] !== this.#confirmed[name]);
  }

  /** The server refused a `field`: back to what it shows; true if the field is one of ours. */
  refuse(field) {
    const names = { width: ["shape"], height: ["shape"], quality: ["quality"] }[field] ?? LOOK;
    if (!this.known || ![...LOOK, "width", "height", "quality"].includes(field)) return false;
    for (const name of names) {
      this.#chosen[name] = this.#confirmed[name];
      remember(name, this.#confirmed[name]);
    }
    return true;
  }

  #known(name, value) {
    if (name === "set" && isColour(value)) return true;
    return this.entries(name).some((entry) => entry.name === value);
  }

  #message(name) {
    const { current } = this;
    if (name === "quality") return { type: "quality", value: current.quality };
    if (name === "shape") return { type: "size", ...this.size };
    return { type: "look", ...Object.fromEntries(LOOK.map((part) => [part, current[part]])) };
  }
}
