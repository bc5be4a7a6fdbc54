/**
 * The level of a stream, 25 times a second, as 0..1 over the range of useful speech levels.
 *
 * A timer instead of animation frames: the meter needs no 60 Hz, and the picture beside it
 * deserves the processor.
 */

const PERIOD_MS = 40;
const FLOOR_DB = -60;
const CEILING_DB = -9;
const FALL_PER_TICK = 0.07;
/** Below this a microphone delivers nothing but zeros or its own hiss. */
const SILENT_DB = -75;

export class LevelMeter {
  #context = null;
  #source = null;
  #analyser = null;
  #timer = 0;
  #shown = 0;
  #quietSince = 0;
  #samples = new Float32Array(1024);

  /** `onLevel(level)`: 0 is silence, 1 is as loud as a voice should get. */
  constructor(onLevel) {
    this.onLevel = onLevel;
  }

  /** Seconds for which nothing at all has come from the microphone. */
  get silentSeconds() {
    return this.#source ? (performance.now() - this.#quietSince) / 1000 : 0;
  }

  /** Meters `stream`, or nothing when it is null. Call it within a user's gesture. */
  attach(stream) {
    this.#source?.disconnect();
    this.#source = null;
    clearInterval(this.#timer);
    this.#quietSince = performance.now();
    if (!stream) {
      this.#context?.suspend();
      this.#shown = 0;
      this.onLevel(0);
      return;
    }
    this.#context ??= new AudioContext({ latencyHint: "playback" });
    this.#context.resume();
    this.#analyser ??= new AnalyserNode(this.#context, { fftSize: this.#samples.length * 2 });
    this.#source = this.#context.createMediaStreamSource(stream);
    this.#source.connect(this.#analyser);
    this.#timer = setInterval(() => this.#tick(), PERIOD_MS);
  }

  #tick() {
    this.#analyser.getFloatTimeDomainData(this.#samples);
    let power = 0;
    for (const sample of this.#samples) power += sample * sample;
    const db = 10 * Math.log10(power / this.#samples.length + 1e-12);
    if (db > SILENT_DB) this.#quietSince = performance.now();
    const level = Math.min(1, Math.max(0, (db - FLOOR_DB) / (CEILING_DB - FLOOR_DB)));
    // Up at once, down gently: the eye follows peaks.
    this.#shown = Math.max(level, this.#shown - FALL_PER_TICK);
    this.onLevel(this.#shown);
  }
}
