/** What the self-test (selftest.js) measures with: sound, addresses, statistics, patience. */

/** Above this it is a voice that comes from a microphone. */
export const VOICE_DB = -45;
const GATHER_MS = 6000;
const SAID_EVERY_S = 1.4;
const POLL_MS = 50;

/** The loudest 40 ms of a stream in decibels below full scale, as soon as it is a voice. */
export async function listen(stream, patience) {
  const context = new AudioContext();
  const analyser = new AnalyserNode(context, { fftSize: 2048 });
  context.createMediaStreamSource(stream).connect(analyser);
  const samples = new Float32Array(analyser.fftSize);
  let loudest = -120;
  const measure = () => {
    analyser.getFloatTimeDomainData(samples);
    const power = samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length;
    loudest = Math.max(loudest, 10 * Math.log10(power + 1e-12));
    return loudest > VOICE_DB;
  };
  await until(measure, patience);
  await context.close();
  return loudest;
}

export function decibels(level) {
  return `${Math.round(level)} dB`.replace("-", "−");
}

/** A microphone track on which a recorded /sipa/ speaks again and again. */
export async function speaker() {
  const context = new AudioContext();
  const data = await (await fetch("web/syllable.wav")).arrayBuffer();
  const buffer = await context.decodeAudioData(data);
  const out = context.createMediaStreamDestination();
  const say = () => {
    const source = new AudioBufferSourceNode(context, { buffer });
    source.connect(out);
    source.start();
  };
  say();
  const timer = setInterval(say, SAID_EVERY_S * 1000);
  const close = () => {
    clearInterval(timer);
    context.close();
  };
  return { track: out.stream.getAudioTracks()[0], close };
}

/** Gathers candidates; the result tells the first address of a kind, null if none is found. */
export function gather(servers) {
  const pc = new RTCPeerConnection({ iceServers: servers });
  const found = {};
  pc.addEventListener("icecandidate", ({ candidate }) => {
    if (candidate?.type) found[candidate.type] ??= candidate.address ?? "found";
  });
  pc.addTransceiver("audio");
  pc.setLocalDescription();
  setTimeout(() => pc.close(), 3 * GATHER_MS);
  return async (kind) => {
    await until(() => found[kind] || pc.iceGatheringState === "complete", GATHER_MS);
    return found[kind] ?? null;
  };
}

export async function way(pc) {
  const reports = [...(await pc.getStats()).values()];
  const pair = reports.find((report) => report.type === "candidate-pair" && report.nominated);
  const local = reports.find((report) => report.id === pair?.localCandidateId);
  return local?.candidateType === "relay" ? "through the relay" : "directly";
}

export async function stat(pc, type, kind) {
  const reports = pc ? [...(await pc.getStats()).values()] : [];
  return reports.find((report) => report.type === type && report.kind === kind) ?? null;
}

/** Whether a condition, which may be asynchronous, comes true within so many milliseconds. */
export async function until(condition, patience) {
  const deadline = performance.now() + patience;
  while (!(await condition())) {
    if (performance.now() > deadline) return false;
    await pause(POLL_MS);
  }
  return true;
}

export function pause(ms) {
  return new Promise((done) => setTimeout(done, ms));
}
