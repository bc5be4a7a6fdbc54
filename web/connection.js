/**
 * One connection to the server: microphone up, picture and voice down, one data channel.
 *
 * Made for the lowest delay: what does not gather at once is told after the offer, receivers are
 * asked for an empty jitter buffer, picture and voice are in one MediaStream so that the browser
 * keeps them in lip-sync.
 */

import { authorised, iceServers } from "./network.js";
import { LateCandidates } from "./trickle.js";

const GATHER_MS = 300;
const OFFER_MS = 8000;
/** To resume is quick for a server that can be reached; one that cannot is soon asked again. */
const RESUME_MS = 3000;
const DELETE_MS = 1000;
const CONFIGURATION = { bundlePolicy: "max-bundle" };

/** A failed attempt: `kind` and `detail` as messages.js knows them; `retry` if it may pass. */
export class ConnectionProblem extends Error {
  constructor(kind, { retry = false, retryAfter = null, ...detail } = {}) {
    super(kind);
    this.kind = kind;
    this.retry = retry;
    this.retryAfter = retryAfter;
    this.detail = detail;
  }
}

export class Connection extends EventTarget {
  #id = null;
  #closed = false;
  #channel = null;
  #unsaid = new Map();
  #asking = new AbortController();
  pc = new RTCPeerConnection(CONFIGURATION);
  stream = new MediaStream();

  /**
   * Offers `track` and resolves with the server's answer (`session`, `delay`, `video`, `look`).
   * What is not named `lookAheadMs` goes into the offer as it is; with `resume`, the id of a
   * session that is to go on over this connection, nothing does.
   * Rejects with a ConnectionProblem. Events: `track`, `state`, `message` (detail: JSON).
   */
  async open(track, { lookAheadMs, ...wishes }, resume = null) {
    if (this.#closed) throw new ConnectionProblem("closed");
    const servers = await iceServers();
    if (this.#closed) throw new ConnectionProblem("closed");
    if (servers.length) this.pc.setConfiguration({ ...CONFIGURATION, iceServers: servers });
    this.#listen();
    this.pc.addTransceiver(track, { direction: "sendrecv" });
    this.pc.addTransceiver("video", { direction: "recvonly" });
    await this.pc.setLocalDescription();
    await gathered(this.pc);
    const { sdp, type } = this.pc.localDescription;
    const late = new LateCandidates(this.pc);
    const fields = resume ? { resume } : { look_ahead_ms: lookAheadMs, ...wishes };
    const { answer, iceSession } = await this.#ask({ sdp, type, ...fields });
    this.#id = answer.session;
    if (this.#closed) {
      if (!resume) this.#release();
      throw new ConnectionProblem("closed");
    }
    await this.pc.setRemoteDescription({ type: "answer", sdp: answer.sdp });
    late.tell(address(this.#id), iceSession);
    return answer;
  }

  get id() {
    return this.#id;
  }

  /** Tells the server something; while the channel opens, the last of each type is kept. */
  send(message) {
    this.#unsaid.set(message.type, message);
    this.#say();
  }

  /** Swaps the microphone without renegotiation. */
  async replaceTrack(track) {
    const [audio] = this.pc.getTransceivers();
    await audio?.sender.replaceTrack(track);
  }

  /** Ends the call and frees the server's seat; resolves when the server knows, or soon after. */
  async close() {
    if (this.#closed) return;
    this.#closed = true;
    // First the seat: a server that sees the call end by itself knows no such session any more.
    await this.#release();
    this.pc.close();
  }

  /** Lets go of the connection, but leaves the session to another one. */
  abandon() {
    this.#closed = true;
    this.#id = null;
    this.#asking.abort();
    this.pc.close();
  }

  async #ask(body) {
    const patience = AbortSignal.timeout(body.resume ? RESUME_MS : OFFER_MS);
    const signals = body.resume ? [patience, this.#asking.signal] : [patience];
    return postOffer(body, AbortSignal.any(signals));
  }

  #listen() {
    const channel = this.pc.createDataChannel("visavis");
    this.#channel = channel;
    channel.addEventListener("open", () => this.#say());
    channel.addEventListener("message", ({ data }) => {
      this.dispatchEvent(new CustomEvent("message", { detail: JSON.parse(data) }));
    });
    this.pc.addEventListener("connectionstatechange", () =>
      this.dispatchEvent(new CustomEvent("state", { detail: this.pc.connectionState })),
    );
    this.pc.addEventListener("track", ({ track, receiver }) => {
      if ("jitterBufferTarget" in receiver) receiver.jitterBufferTarget = 0;
      else receiver.playoutDelayHint = 0;
      this.stream.addTrack(track);
    });
  }

  #say() {
    if (this.#channel?.readyState !== "open") return;
    for (const message of this.#unsaid.values()) this.#channel.send(JSON.stringify(message));
    this.#unsaid.clear();
  }

  async #release() {
    const id = this.#id;
    this.#id = null;
    if (!id) return;
    const ended = authorised(address(id), {
      method: "DELETE",
      keepalive: true,
    }).catch(() => {}); // An unreachable server notices by itself.
    await Promise.race([ended, new Promise((done) => setTimeout(done, DELETE_MS))]);
  }
}

function address(id) {
  return `session/${encodeURIComponent(id)}`;
}

function gathered(pc) {
  return new Promise((done) => {
    const check = () => pc.iceGatheringState === "complete" && done();
    pc.addEventListener("icegatheringstatechange", check);
    setTimeout(done, GATHER_MS);
    check();
  });
}

async function postOffer(body, signal) {
  let response;
  try {
    response = await authorised("offer", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
      signal,
    });
  } catch {
    throw new ConnectionProblem(navigator.onLine ? "unreachable" : "offline", { retry: true });
  }
  if (response.ok) return { answer: await response.json(), iceSession: response.headers.get("etag") };
  const { error = {} } = await response.json().catch(() => ({}));
  throw refusal(response, error);
}

function refusal(response, { code, message, remedy }) {
  const { status } = response;
  const retryAfter = Number(response.headers.get("retry-after")) || null;
  if (code === "at_capacity") {
    return new ConnectionProblem("full", { retry: true, retryAfter: retryAfter ?? 5 });
  }
  const said = { message: message || `It answered with error ${status}`, remedy };
  if (status < 500) return new ConnectionProblem("refused", said);
  return new ConnectionProblem("server-error", { retry: true, retryAfter, ...said });
}
