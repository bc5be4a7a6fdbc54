/**
 * Follows the frames that a video element really shows (`requestVideoFrameCallback`): whether
 * any came, when the last one did, and how long a frame takes from the network to the screen.
 */

const KEEP = 50;

export class FrameWatch extends EventTarget {
  #video;
  #toScreen = [];
  #ended = false;
  lastAt = null;
  count = 0;

  /** Event `first`: the first frame since `reset`. */
  constructor(video) {
    super();
    this.#video = video;
    this.#next();
  }

  /** Follows no further. */
  end() {
    this.#ended = true;
  }

  /** Forgets what was seen; the next frame counts as the first. */
  reset() {
    this.#toScreen = [];
    this.lastAt = null;
    this.count = 0;
  }

  /**
   * Median milliseconds from a frame's last packet to its appearance, over the last two seconds;
   * null where the browser does not tell.
   */
  get toScreenMs() {
    const sorted = this.#toScreen.toSorted((a, b) => a - b);
    return sorted.length ? sorted[sorted.length >> 1] : null;
  }

  #next() {
    this.#video.requestVideoFrameCallback((now, meta) => {
      if (this.#ended) return;
      this.#seen(now, meta);
      this.#next();
    });
  }

  #seen(now, { receiveTime, expectedDisplayTime }) {
    this.lastAt = now;
    this.count += 1;
    if (receiveTime !== undefined) {
      this.#toScreen.push(expectedDisplayTime - receiveTime);
      if (this.#toScreen.length > KEEP) this.#toScreen.shift();
    }
    if (this.count === 1) this.dispatchEvent(new Event("first"));
  }
}
