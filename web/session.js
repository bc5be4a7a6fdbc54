/**
 * A conversation that keeps itself alive: opens a connection, watches that pictures arrive,
 * and opens another one when they stop, until the person stops it.
 *
 * The server keeps the session for half a minute: another connection resumes it, with the same
 * face in the same state. The lost one is left open meanwhile, and used again if it comes back
 * first.
 *
 * Phases: `idle` → `connecting` → `live`; `waiting` before another attempt; `failed` when only
 * the person can help. Every change of phase or problem is a `change` event.
 */
import { Connection, ConnectionProblem } from "./connection.js";

/** A live call shows a frame every 40 ms. The browser itself takes 6 to 18 s to notice. */
const STALL_MS = 1500;
/** A server that still talks is busy, not gone: a new call would only cost it more. */
const BUSY_STALL_MS = 6000;
const TALK_MS = 1200;
/** DTLS, the first keyframe and a slow machine fit in here; a blocked network does not. */
const FIRST_FRAME_MS = 8000;
/** A network that is back lets a connection through at once; one made in vain is slow to notice. */
const RESUMED_MS = 4000;
const WATCH_MS = 100;
const TICK_MS = 1000;
/** A call that lasted this long was sound, so the next attempt starts afresh. */
const SOUND_MS = 5000;
/** The first reconnection is immediate: most losses are a server or a network restarting. */
const BACKOFF_S = [0, 1, 1, 2, 4, 8];

export class Session extends EventTarget {
  #video;
  #frames;
  /** The connection whose pictures are shown, or are to be; `#next` resumes its session. */
  #connection = null;
  #next = null;
  #freed = Promise.resolve();
  #track = null;
  #options = {};
  #told = [];
  #attempts = 0;
  #openedAt = 0;
  #liveAt = 0;
  #lostAt = null;
  #heardAt = 0;
  #retryAt = 0;
  #timer = 0;
  #watching = 0;
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

  /** The element that shows the call. */
  get video() {
    return this.#video;
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
    clearInterval(this.#watching);
    this.#watching = setInterval(() => this.#watch(), WATCH_MS);
    return this.#attempt();
  }

  /** Opens a new session with other options; a call in progress stays on screen meanwhile. */
  async restart(options) {
    this.#options = options;
    if (!this.wanted) return;
    this.dispatchEvent(new Event("freeze"));
    this.#drop();
    await this.#attempt();
  }

  /** Tells the server what matters now and to this call alone. */
  tell(message) {
    this.#connection?.send(message);
  }

  /** Changes `options` for the next session, and the call by a `message` if there is one. */
  adjust(options, message) {
    this.#options = { ...this.#options, ...options };
    if (!message) return;
    this.#connection?.send(message);
    const now = performance.now();
    const since = (this.#lostAt ?? now) - BUSY_STALL_MS;
    this.#told = [...this.#told.filter(({ at }) => at > since), { message, at: now }];
  }

  async replaceTrack(track) {
    this.#track = track;
    await Promise.all([this.#connection, this.#next].map((one) => one?.replaceTrack(track)));
  }

  retryNow() {
    if (this.phase === "waiting") this.#attempt();
  }

  stop() {
    if (this.phase === "idle") return;
    this.dispatchEvent(new Event("freeze"));
    this.#drop();
    this.#end("idle");
  }

  async #attempt() {
    clearInterval(this.#timer);
    this.#set("connecting", this.#attempts ? this.problem : null);
    this.#openedAt = performance.now();
    const lost = this.#connection;
    const connection = new Connection();
    if (lost) this.#next = connection;
    else this.#connection = connection;
    this.#listen(connection);
    try {
      await this.#freed; // Or a server with one seat would call itself full.
      const answer = await connection.open(this.#track, this.#options, lost?.id);
      if (!lost && this.#connection === connection) this.#show(connection, answer);
      if (lost && this.#next === connection) this.#takeOver(connection, answer);
    } catch (error) {
      if (lost && this.#next === connection) await this.#notResumed(error);
      else if (this.#connection === connection) this.#failed(error);
    }
  }

  #listen(connection) {
    connection.addEventListener("message", ({ detail }) => {
      if (this.#connection !== connection) return;
      this.#heardAt = performance.now();
      if (detail.type === "error") this.#lost({ forGood: true });
      else this.dispatchEvent(new CustomEvent("message", { detail }));
    });
    connection.addEventListener("state", ({ detail: state }) => {
      if (this.#connection !== connection) return;
      if (this.#lostAt !== null) {
        if (state === "connected" && document.hidden) this.#cameBack();
      } else if (state === "failed" || (state === "disconnected" && document.hidden)) {
        this.#lost();
      }
    });
  }

  /** Shows the resumed session as soon as it arrives here; until then the lost one may come back. */
  #takeOver(connection, answer) {
    const check = () => {
      if (this.#next !== connection || connection.pc.connectionState !== "connected") return;
      const lostAt = this.#lostAt;
      this.#connection.abandon();
      this.#next = null;
      this.#connection = connection;
      this.#show(connection, answer);
      for (const { message, at } of this.#told) {
        if (at <= lostAt - BUSY_STALL_MS) continue;
        connection.send(message); // The lost one may not have.
        this.dispatchEvent(new CustomEvent("retold", { detail: message }));
      }
    };
    connection.addEventListener("state", check);
    check();
  }

  #show(connection, answer) {
    this.#lostAt = null;
    this.#frames.reset();
    this.#video.srcObject = connection.stream;
    this.#video.play().catch(() => {}); // Refused only when the element is being replaced.
    this.dispatchEvent(new CustomEvent("answer", { detail: answer }));
  }

  #onFirstFrame() {
    if (this.phase === "connecting" && this.#lostAt === null) this.#live();
  }

  #live() {
    this.#liveAt = performance.now();
    this.#set("live");
  }

  #watch() {
    if (document.hidden) return; // A hidden page is shown no frames.
    const now = performance.now();
    if (this.#lostAt !== null && this.#frames.lastAt > this.#lostAt) this.#cameBack();
    if (this.phase === "live") {
      if (now - this.#liveAt > SOUND_MS) this.#attempts = 0;
      const patience = now - this.#heardAt < TALK_MS ? BUSY_STALL_MS : STALL_MS;
      if (now - Math.max(this.#frames.lastAt, this.#liveAt) > patience) this.#lost();
    } else if (this.phase === "connecting") {
      const patience = this.#lostAt === null ? FIRST_FRAME_MS : RESUMED_MS;
      if (now - this.#openedAt > patience) {
        this.#failed(new ConnectionProblem("no-media", { retry: true }));
      }
    }
  }

  #onVisible() {
    const now = performance.now();
    this.#liveAt = now;
    this.#openedAt = now;
  }

  /** Pictures have stopped; `forGood` if the server has ended the session. */
  #lost({ forGood = false } = {}) {
    this.dispatchEvent(new Event("freeze"));
    if (forGood) this.#forget();
    else this.#lostAt = performance.now();
    this.#failed(new ConnectionProblem(navigator.onLine ? "lost" : "offline", { retry: true }));
  }

  /** The lost connection works again before another one does. */
  #cameBack() {
    clearInterval(this.#timer);
    this.#lostAt = null;
    this.#next?.abandon();
    this.#next = null;
    this.#live();
  }

  async #notResumed(error) {
    if (!(error instanceof ConnectionProblem) || error.retry) {
      this.#failed(error);
      return;
    }
    this.#forget(); // The server does not know the session any more.
    await this.#attempt();
  }

  #failed(error) {
    if (!(error instanceof ConnectionProblem)) {
      // The browser could not use the answer: say what it said.
      error = new ConnectionProblem("refused", { message: `${error.name}: ${error.message}` });
    }
    if (this.#lostAt === null) {
      this.dispatchEvent(new Event("freeze"));
      this.#drop();
    } else {
      this.#next?.abandon();
      this.#next = null;
    }
    if (!error.retry) {
      this.#drop();
      this.#end("failed", { kind: error.kind, detail: error.detail });
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

  /** Ends the session; `#freed` resolves when the server has freed its seat. */
  #drop() {
    clearInterval(this.#timer);
    const connection = this.#connection;
    this.#connection = null;
    this.#forget();
    if (connection) this.#freed = connection.close();
  }

  /** Lets go of connections to a session that is over. */
  #forget() {
    this.#connection?.abandon();
    this.#next?.abandon();
    this.#connection = this.#next = this.#lostAt = null;
    this.#told = [];
    this.#video.srcObject = null;
  }

  #end(phase, problem) {
    clearInterval(this.#watching);
    this.#set(phase, problem);
  }

  #set(phase, problem = null) {
    this.phase = phase;
    this.problem = problem;
    this.dispatchEvent(new Event("change"));
  }
}
