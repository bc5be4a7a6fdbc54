/**
 * Where the time goes between a mouth and the screen.
 *
 * Measured where the browser can measure it (`getStats` differences, frame callbacks), declared
 * by the server where it is a property of the method, and estimated in one place only: the
 * microphone's packet.
 */

/** One 20 ms Opus packet must be full before it leaves; capture buffers are part of it. */
const MICROPHONE_MS = 20;
/** Weight of a new second: steady enough to read, quick enough to follow. */
const SMOOTHING = 0.5;

const EMPTY = { pipeline_ms: null, late_frames: 0, dropped: 0, concealed_ms: 0, picture: null };

export class DelayMeter {
  #before = {};
  #smooth = {};
  #server = EMPTY;
  #declared = { stages: [], total_ms: 0 };

  /** A new connection: `declared` is the answer's `{stages: [{stage, ms}], total_ms}`. */
  reset(declared = { stages: [], total_ms: 0 }) {
    this.#before = {};
    this.#smooth = {};
    this.#server = EMPTY;
    this.#declared = declared;
  }

  /** A status message from the server. */
  serverStatus(status) {
    this.#server = { ...this.#server, ...status };
  }

  /** One reading. All in milliseconds; null is not known (yet). Call it about once a second. */
  async read(pc, toScreenMs) {
    const reports = [...(await pc.getStats()).values()];
    const inbound = (kind) => reports.find((r) => r.type === "inbound-rtp" && r.kind === kind);
    const video = inbound("video");
    const measured = {
      roundTrip: roundTrip(reports),
      jitterAudio: this.#buffered("jitterAudio", inbound("audio")),
      jitterVideo: this.#buffered("jitterVideo", video),
      decode: this.#perFrame("decode", video?.totalDecodeTime, video?.framesDecoded),
      toScreen: toScreenMs,
      pipeline: this.#server.pipeline_ms,
    };
    for (const [name, value] of Object.entries(measured)) measured[name] = this.#smoothed(name, value);
    return { ...measured, ...this.#counts(), ...this.#sum(measured) };
  }

  #counts() {
    const { late_frames: lateFrames, dropped, concealed_ms: concealed, picture } = this.#server;
    return { lateFrames, dropped, concealed, picture };
  }

  #sum({ roundTrip, jitterVideo, decode, toScreen, pipeline }) {
    const declared = this.#declared.total_ms;
    // Both are averages, over different frames: the smaller one wins.
    const jitter = toScreen === null ? jitterVideo : Math.min(jitterVideo ?? 0, toScreen);
    // The microphone's packet fills during the first part of what the method declares.
    const afterPacket = Math.max(0, declared - MICROPHONE_MS);
    const waiting = Math.min(afterPacket, pipeline ?? afterPacket);
    const screen = toScreen === null ? decode : toScreen - jitter;
    const parts = [
      { name: "microphone", ms: MICROPHONE_MS },
      { name: "network", ms: roundTrip },
      { name: "waiting", ms: waiting },
      { name: "computing", ms: pipeline === null ? null : pipeline - waiting },
      { name: "jitter", ms: jitter },
      { name: "screen", ms: screen },
    ];
    const total = parts.reduce((sum, part) => sum + (part.ms ?? 0), 0);
    return { declared, stages: this.#declared.stages, parts, total };
  }

  #buffered(name, report) {
    return this.#perFrame(name, report?.jitterBufferDelay, report?.jitterBufferEmittedCount);
  }

  /** Milliseconds per item since the last reading, from a running sum of seconds and a count. */
  #perFrame(name, seconds, count) {
    if (seconds === undefined || count === undefined) return null;
    const before = this.#before[name] ?? { seconds: 0, count: 0 };
    this.#before[name] = { seconds, count };
    if (count <= before.count) return this.#smooth[name] ?? null;
    return ((seconds - before.seconds) * 1000) / (count - before.count);
  }

  #smoothed(name, value) {
    if (value === null || value === undefined) return null;
    const before = this.#smooth[name] ?? value;
    this.#smooth[name] = before + (value - before) * SMOOTHING;
    return this.#smooth[name];
  }
}

/** The voice's own round trip from RTCP where there is one, else that of the ICE checks. */
function roundTrip(reports) {
  const rtcp = reports.find((r) => r.type === "remote-inbound-rtp" && r.roundTripTime !== undefined);
  if (rtcp) return rtcp.roundTripTime * 1000;
  const pair = reports.find((r) => r.type === "candidate-pair" && r.nominated);
  return pair?.currentRoundTripTime === undefined ? null : pair.currentRoundTripTime * 1000;
}
