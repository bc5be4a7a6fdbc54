/**
 * Tries every step from the microphone to the picture, one after the other, and says which one
 * fails and what helps. It looks at the running call where there is one; else it makes a short
 * one of its own, in which a recorded syllable speaks, so that nobody has to.
 */
import { Connection, ConnectionProblem } from "./connection.js";
import { DelayMeter } from "./delay.js";
import { FrameWatch } from "./frames.js";
import { explain, microphoneProblem } from "./messages.js";
import { authorised, iceServers } from "./network.js";
import {
  VOICE_DB,
  decibels,
  gather,
  listen,
  pause,
  speaker,
  stat,
  until,
  way,
} from "./probes.js";

const LEVEL_MS = 5000;
/** Below this nothing but zeros or its own hiss comes from a microphone. */
const SILENT_DB = -75;
const REACH_MS = 4000;
const CONNECT_MS = 12000;
const HEARD_MS = 9000;
const WATCH_MS = 2500;

const UDP_REMEDY =
  "A firewall or VPN may block UDP. Try another network; whoever runs the server can open its " +
  "UDP ports or set a TURN relay.";

/** A step that failed: what was found, and what helps. */
class Trouble extends Error {
  constructor(found, remedy) {
    super(found);
    this.remedy = remedy;
  }
}

/** Nothing to try here, and why. */
class NotNeeded extends Error {}

/** Steps in order: `needs` are those without which one cannot be tried. */
const STEPS = [
  { id: "secure", title: "Secure address", needs: [] },
  { id: "microphone", title: "Microphone allowed", needs: ["secure"] },
  { id: "level", title: "Microphone delivers sound", needs: ["microphone"] },
  { id: "server", title: "Server answers", needs: [] },
  { id: "host", title: "This device’s own address", needs: [] },
  { id: "srflx", title: "Public address, from STUN", needs: ["server"] },
  { id: "relay", title: "Relay, from TURN", needs: ["server"] },
  { id: "call", title: "Call connects", needs: ["server"] },
  { id: "up", title: "Your side is heard", needs: ["call"] },
  { id: "down", title: "Voice comes back", needs: ["call"] },
  { id: "pictures", title: "Pictures come back", needs: ["call"] },
];

export class SelfTest extends EventTarget {
  #session;
  #microphone;
  #options;
  #video;
  #own = null;
  #speaker = null;
  #opened = null;
  #servers = [];
  #found = null;
  #speech = false;
  #delay = new DelayMeter();
  #frames = null;
  #stopped = false;

  /**
   * `video` shows the pictures of a call of its own, made with `options`. Event `step` (detail:
   * `{id, state, found, remedy}`), `state` one of running, ok, failed, skipped.
   */
  constructor({ session, microphone, video, options }) {
    super();
    this.#session = session;
    this.#microphone = microphone;
    this.#video = video;
    this.#options = options;
  }

  static get steps() {
    return STEPS.map(({ id, title }) => ({ id, title }));
  }

  /** Tries everything; resolves with the ids of the steps that failed. */
  async run() {
    const failed = [];
    const held = new Set();
    const heard = ({ detail }) => this.#told(detail);
    this.#session.addEventListener("message", heard);
    try {
      for (const { id, needs } of STEPS) {
        if (this.#stopped) break;
        const missing = STEPS.find((step) => needs.includes(step.id) && !held.has(step.id));
        if (missing) this.#tell(id, "skipped", `Needs: ${missing.title}`);
        else if (await this.#try(id)) held.add(id);
        else failed.push(id);
      }
    } finally {
      this.#session.removeEventListener("message", heard);
      await this.stop();
    }
    return failed;
  }

  /** Ends it early, or cleans up. */
  async stop() {
    this.#stopped = true;
    for (const track of this.#opened?.getTracks() ?? []) track.stop();
    this.#opened = null;
    this.#speaker?.close();
    this.#speaker = null;
    this.#frames?.end();
    this.#video.srcObject = null;
    this.#video.hidden = true;
    const own = this.#own;
    this.#own = null;
    await own?.close();
  }

  async #try(id) {
    this.#tell(id, "running");
    try {
      this.#tell(id, "ok", await this[id]());
      return true;
    } catch (error) {
      if (this.#stopped) return false;
      if (error instanceof NotNeeded) {
        this.#tell(id, "skipped", error.message);
        return true;
      }
      const { message, remedy } = error instanceof Trouble ? error : explained(error);
      this.#tell(id, "failed", message, remedy);
      return false;
    }
  }

  #tell(id, state, found = "", remedy = "") {
    this.dispatchEvent(new CustomEvent("step", { detail: { id, state, found, remedy } }));
  }

  #told(message) {
    if (message.type === "speech" && message.active) this.#speech = true;
    if (message.type === "status") this.#delay.serverStatus(message);
  }

  get #pc() {
    return this.#own?.pc ?? this.#session.pc;
  }

  // --- the steps ---

  async secure() {
    if (!window.isSecureContext || !navigator.mediaDevices?.getUserMedia) {
      const secureUrl = `https://${location.host}`;
      const { title, text } = explain({ kind: "insecure", detail: { secureUrl } });
      throw new Trouble(title, text);
    }
    return location.protocol === "https:" ? "https" : "this computer";
  }

  async microphone() {
    if (this.#microphone.track) return this.#microphone.track.label;
    try {
      const wish = { noiseSuppression: false, echoCancellation: false };
      this.#opened = await navigator.mediaDevices.getUserMedia({ audio: wish });
    } catch (error) {
      const { title, text } = explain(microphoneProblem(error));
      throw new Trouble(title, text);
    }
    return this.#opened.getAudioTracks()[0].label;
  }

  async level() {
    const stream = this.#microphone.stream ?? this.#opened;
    if (this.#microphone.muted) throw new NotNeeded("You have muted it");
    this.#tell("level", "running", "Say a few words");
    const loudest = await listen(stream, LEVEL_MS);
    if (loudest < SILENT_DB) {
      throw new Trouble(
        "Nothing but silence",
        "It may be muted by a switch or in the system’s settings, or another one is meant: " +
          "choose it beside the Start button.",
      );
    }
    const told = decibels(loudest);
    return loudest < VOICE_DB ? `Quiet, ${told}: come closer to be heard` : told;
  }

  async server() {
    const begun = performance.now();
    const { status, body } = await this.#ready();
    const took = Math.round(performance.now() - begun);
    if (!body) throw new Trouble(`It answers with error ${status}`, "Start the server again.");
    if (body.status !== "ready") throw new Trouble("It is stopping", "Wait until it is back.");
    this.#servers = await iceServers();
    const full = body.sessions >= body.limit && !this.#session.wanted;
    return full ? `in ${took} ms; every seat is taken` : `in ${took} ms`;
  }

  async #ready() {
    try {
      const answer = await authorised("readyz", { signal: AbortSignal.timeout(REACH_MS) });
      return { status: answer.status, body: await answer.json().catch(() => null) };
    } catch {
      const { title, text } = explain({ kind: navigator.onLine ? "unreachable" : "offline" });
      throw new Trouble(title, text.replace(/ Trying again.*/, ""));
    }
  }

  async host() {
    this.#found ??= gather(this.#servers);
    const found = await this.#found("host");
    if (!found) {
      throw new Trouble("None", "The browser hides it, or there is no network: check the settings.");
    }
    return found.endsWith(".local") ? "found, and hidden from pages" : found;
  }

  async srflx() {
    const found = await this.#candidate("srflx", "stun");
    if (found) return found;
    const remedy = `If the call below connects, none is needed. ${UDP_REMEDY}`;
    throw new Trouble("The STUN server does not answer", remedy);
  }

  async relay() {
    const found = await this.#candidate("relay", "turn");
    if (found) return found;
    throw new Trouble(
      "The relay gives no address",
      "It does not run, cannot be reached from here or refuses the credentials. " +
        "`visavis doctor` on the server says which.",
    );
  }

  async #candidate(kind, scheme) {
    const urls = this.#servers.flatMap((server) => server.urls);
    if (!urls.some((url) => url.startsWith(scheme))) {
      throw new NotNeeded("The server names none");
    }
    this.#found = gather(this.#servers);
    return this.#found(kind);
  }

  async call() {
    if (this.#session.phase === "live") return "the one that is running";
    const begun = performance.now();
    this.#speaker = await speaker();
    const own = new Connection();
    this.#own = own;
    own.addEventListener("message", ({ detail }) => this.#told(detail));
    const answer = await own.open(this.#speaker.track, this.#options);
    this.#delay.reset(answer.delay);
    this.#video.srcObject = own.stream;
    this.#video.hidden = false;
    this.#video.play().catch(() => {});
    const { pc } = own;
    await until(() => ["connected", "failed"].includes(pc.connectionState), CONNECT_MS);
    if (pc.connectionState !== "connected") {
      throw new Trouble("The server answers, but no way leads to it", UDP_REMEDY);
    }
    return `${await way(pc)}, in ${Math.round(performance.now() - begun)} ms`;
  }

  async up() {
    const own = this.#own !== null;
    if (!own) this.#tell("up", "running", "Say a few words");
    if (await until(() => this.#speech, HEARD_MS)) return "The server hears speech";
    const report = await stat(this.#pc, "remote-inbound-rtp", "audio");
    const lost = Math.round(100 * (report?.fractionLost ?? 1));
    if (!own && report && lost < 20) return `Packets arrive, ${lost} % lost; no speech in them`;
    throw new Trouble(
      report ? `No speech arrives, ${lost} % is lost` : "Nothing arrives there",
      "The network loses what this device sends: try another one, or a cable.",
    );
  }

  async down() {
    const counts = async () => (await stat(this.#pc, "inbound-rtp", "audio")) ?? {};
    const { packetsReceived: before = 0 } = await counts();
    if (!(await until(async () => (await counts()).packetsReceived > before, HEARD_MS))) {
      throw new Trouble("No sound arrives here", UDP_REMEDY);
    }
    const level = this.#own && (await listen(this.#own.stream, HEARD_MS));
    if (this.#own && level < VOICE_DB) {
      throw new Trouble("Silence arrives here", "`visavis doctor` on the server says more.");
    }
    const { packetsLost = 0, packetsReceived = 1 } = await counts();
    const lost = `${((100 * packetsLost) / (packetsLost + packetsReceived)).toFixed(0)} % lost`;
    return this.#own ? `${decibels(level)}, ${lost}` : lost;
  }

  async pictures() {
    const video = this.#own ? this.#video : this.#session.video;
    const frames = new FrameWatch(video);
    this.#frames = frames;
    if (!(await until(() => frames.count > 0, HEARD_MS))) {
      throw new Trouble(
        "No picture arrives here",
        "The network may be too narrow, or the server draws none: `visavis doctor` there says more.",
      );
    }
    await this.#delay.read(this.#pc, frames.toScreenMs); // Differences count from here.
    const [count, at] = [frames.count, performance.now()];
    await pause(WATCH_MS);
    const rate = ((frames.count - count) * 1000) / (performance.now() - at);
    const { total } = await this.#delay.read(this.#pc, frames.toScreenMs);
    const told = `${Math.round(rate)} a second, ${video.videoWidth} × ${video.videoHeight}`;
    if (rate < 10) {
      throw new Trouble(
        `Only ${told}`,
        "The network or the server is too slow: lower the quality, or close what else needs them.",
      );
    }
    return this.#own ? `${told}, some ${Math.round(total)} ms from mouth to screen` : told;
  }
}

/** What a failed call means, in the words of messages.js. */
function explained(error) {
  if (!(error instanceof ConnectionProblem)) {
    return { message: `${error.name}: ${error.message}`, remedy: "Load the page again." };
  }
  const { title, text } = explain({ kind: error.kind, detail: error.detail });
  return { message: title, remedy: text.replace(/ ?Trying again[^.]*\./, "") };
}
