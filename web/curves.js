/**
 * What the face has done lately, by the page's clock: each pose at the moment at which its picture
 * is on the screen.
 *
 * A `motion` message leaves the server with its picture, which then takes longer to be shown: it is
 * buffered and decoded. Messages come unevenly, media time does not, so the clock between the two
 * is smoothed.
 */
import { CURVES, values } from "./lanes.js";

const SAMPLES_PER_MS = 16;
export const WINDOW_MS = 6000;
/** Kept a little longer than shown. */
const KEEP_MS = WINDOW_MS + 500;
/** Further off is not jitter: a pause of the network, or the machine slept. */
const JUMP_MS = 500;
/** A message that is early says more about the clock than one that is late. */
const EARLY = 0.2;
const LATE = 0.01;
/** Poses further apart are not joined. */
export const GAP_MS = 100;

const VOICE = CURVES.findIndex(({ read }) => read === null);

export class Curves {
  #offset = null;
  #level = 0;
  #voiced = 0;
  #phrase = null;
  /** `{at, values}`: shown at `at`, milliseconds of performance.now(); in order. */
  points = [];
  /** Times of speech, `{from, to}`; `to` is Infinity while it goes on. */
  phrases = [];

  /** Takes a `motion` or `speech` message that has just come; pictures take `toScreenMs` more. */
  hear(message, toScreenMs) {
    const now = performance.now();
    const sent = message.time / SAMPLES_PER_MS;
    if (message.type === "speech") this.#speech(message.active, this.#at(sent, now, toScreenMs));
    else this.#motion(message, now, sent, toScreenMs);
  }

  /** So loud is the voice that is heard now. */
  set level(level) {
    this.#level = level;
  }

  /** The poses up to `now` are shown: the voice that is heard is theirs, and so far the next's. */
  reach(now) {
    for (let k = this.#voiced; k < this.points.length; k += 1) {
      const { at, values: row } = this.points[k];
      row[VOICE] = this.#level;
      if (at <= now) this.#voiced = k + 1;
    }
  }

  /** Another session begins, or nobody looks. */
  clear() {
    this.#offset = null;
    this.#voiced = 0;
    this.points = [];
    this.phrases = this.phrases.filter(({ to }) => to === Infinity);
  }

  /** The values at a time, or the nearest that there are; null without any. */
  near(time) {
    const later = this.points.findIndex(({ at }) => at >= time);
    const point = later < 0 ? this.points.at(-1) : this.points[later];
    return point?.values ?? null;
  }

  #motion(message, now, sent, toScreenMs) {
    const off = now - sent;
    if (this.#offset === null || Math.abs(off - this.#offset) > JUMP_MS) this.#offset = off;
    this.#offset += (off - this.#offset) * (off < this.#offset ? EARLY : LATE);
    const at = this.#at(sent, now, toScreenMs);
    if (at <= this.points.at(-1)?.at) return;
    this.points.push({ at, values: values(message) });
    while (this.points[0].at < now - KEEP_MS) {
      this.points.shift();
      this.#voiced = Math.max(0, this.#voiced - 1);
    }
    this.phrases = this.phrases.filter(({ to }) => to > now - KEEP_MS);
  }

  #speech(active, at) {
    if (this.#phrase && !active) this.#phrase.to = at;
    this.#phrase = active ? { from: at, to: Infinity } : null;
    if (active) this.phrases.push(this.#phrase);
  }

  #at(sent, now, toScreenMs) {
    return (this.#offset === null ? now : sent + this.#offset) + (toScreenMs ?? 0);
  }
}
