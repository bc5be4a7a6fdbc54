/**
 * A conversation that keeps itself alive: opens a connection, watches that pictures arrive,
 * and opens another one when they stop, until the person stops it.
 *
 * Phases: `idle` → `connecting` → `live`; `waiting` before another attempt; `failed` when only
 * the person can help. Every change of phase or problem is a `change` event.
 */
import { Connection, ConnectionProblem } from "./connection.js";

/** A live call shows a frame every 40 ms. The browser itself takes 6 to 18 s to notice. */
const STALL_MS = 2000;
/** A server that still talks is busy, not gone: a new call would only cost it more. */
const BUSY_STALL_MS = 6000;
const TALK_MS = 1500;
/** DTLS, the first keyframe and a slow machine fit in here; a blocked network does not. */
const FIRST_FRAME_MS = 8000;
const WATCH_MS = 250;
const TICK_MS = 1000;
/** A call that lasted this long was sound, so the next attempt starts afresh. */
const SOUND_MS = 5000;
/** The first reconnection is immediate: most losses are a server or a network restarting. */
const BACKOFF_S = [0, 1, 2, 4, 8];

export class Session extends EventTarget {
  #video;
  #frames;
  #connection = null;
  #freed = Promise.resolve();
  #track = null;
  #options = {};
  #attempts = 0;
  #openedAt = 0;
  #liveAt = 0;
  #heardAt = 0;
  #retryAt = 0;
  #timer = 0;
  phase = "idle";
  /** What keeps the call from running, `{kind, detail}`, or null. */
  problem = null;
  reconnects = 0;

  constructor(video, frames) {
    super();
    this.#video = video;
    this.#frames = frames;
    frames.addEventListener("first", () => this.#onFirstFrame());
    document.addEventListener("visibilitychange", () => this.#onVisible());
    window.addEventListener("online", () => this.retryNow());
  }

  get pc() {
    return this.#connection?.pc ?? null;
  }

  /** True from start until stop or a failure, whatever the network does. */
  get wanted() {
    return !["idle", "failed"].includes(this.phase);
  }

  start(track, options) {
    this.#track = track;
    this.#options = options;
    this.#attempts = 0;
    this.reconnects = 0;
    return this.#attempt();
  }

  /** Opens a new connection with other options; a call in progress stays on screen meanwhile. */
  async restart(options) {
    this.#options = options;
    if (!this.wanted) return;
    this.dispatchEvent(new Event("freeze"));
    this.#drop();
    await this.#attempt();
  }

  /** Changes `options` for the next connection, and the call by a `message` if there is one. */
  adjust(options, message) {
    this.#options = { ...this.#options, ...options };
    if (message) this.#connection?.send(message);
  }

  async replaceTrack(track) {
    this.#track = track;
    await this.#connection?.replaceTrack(track);
  }

  retryNow() {
    if (this.phase === "waiting") this.#attempt();
  }

  stop() {
    if (this.phase === "idle") return;
    this.dispatchEvent(new Event("freeze"));
    this.#drop();
    this.#set("idle");
  }

  async #attempt() {
    clearInterval(this.#timer);
    this.#set("connecting", this.#attempts ? this.problem : null);
    const connection = new Connection();
    this.#connection = connection;
    this.#openedAt = performance.now();
    connection.addEventListener("message", ({ detail }) => {
      if (this.#connection !== connection) return;
      this.#heardAt = performance.now();
      if (detail.type === "error") this.#lost();
      else this.dispatchEvent(new CustomEvent("message", { detail }));
    });
    connection.addEventListener("state", ({ detail }) => {
      if (detail === "failed" && this.#connection === connection) this.#lost();
    });
    try {
      await this.#freed; // Or a server with one seat would call itself full.
      const answer = await connection.open(this.#track, this.#options);
      if (this.#connection === connection) this.#opened(connection, answer);
    } catch (error) {
      if (this.#connection === connection) this.#failed(error);
    }
  }

  #opened(connection, answer) {
    this.#frames.reset();
    this.#video.srcObject = connection.stream;
    this.#video.play().catch(() => {}); // Refused only when the element is being replaced.
    this.#timer = setInterval(() => this.#watch(), WATCH_MS);
    this.dispatchEvent(new CustomEvent("answer", { detail: answer }));
  }

  #onFirstFrame() {
    if (this.phase !== "connecting") return;
    this.#liveAt = performance.now();
    this.#set("live");
  }

  #watch() {
    if (document.hidden) return; // A hidden page is shown no frames.
    const now = performance.now();
    if (this.phase === "live") {
      if (now - this.#liveAt > SOUND_MS) this.#attempts = 0;
      const patience = now - this.#heardAt < TALK_MS ? BUSY_STALL_MS : STALL_MS;
      if (now - Math.max(this.#frames.lastAt, this.#liveAt) > patience) this.#lost();
    } else if (now - this.#openedAt > FIRST_FRAME_MS) {
      this.#failed(new ConnectionProblem("no-media", { retry: true }));
    }
  }

  #onVisible() {
    const now = performance.now();
    this.#liveAt = now;
    this.#openedAt = now;
  }

  #lost() {
    this.#failed(new ConnectionProblem(navigator.onLine ? "lost" : "offline", { retry: true }));
  }

  #failed(error) {
    if (!(error instanceof ConnectionProblem)) {
      // The browser could not use the answer: say what it said.
      error = new ConnectionProblem("refused", { message: `${error.name}: ${error.message}` });
    }
    this.dispatchEvent(new Event("freeze"));
    this.#drop();
    if (!error.retry) {
      this.#set("failed", { kind: error.kind, detail: error.detail });
      return;
    }
    const step = Math.min(this.#attempts, BACKOFF_S.length - 1);
    this.#wait(error, error.retryAfter ?? BACKOFF_S[step]);
  }

  #wait({ kind, detail }, seconds) {
    this.#attempts += 1;
    this.reconnects += 1;
    this.#retryAt = performance.now() + seconds * 1000;
    const tick = () => {
      const left = Math.max(0, Math.ceil((this.#retryAt - performance.now()) / 1000));
      this.#set("waiting", { kind, detail: { ...detail, seconds: left } });
      if (left === 0) this.#attempt();
    };
    this.#timer = setInterval(tick, TICK_MS);
    tick();
  }

  /** Lets go of the connection; `#freed` resolves when the server has freed its seat. */
  #drop() {
    clearInterval(this.#timer);
    const connection = this.#connection;
    this.#connection = null;
    this.#video.srcObject = null;
    if (connection) this.#freed = connection.close();
  }

  #set(phase, problem = null) {
    this.phase = phase;
    this.problem = problem;
    this.dispatchEvent(new Event("change"));
  }
}
