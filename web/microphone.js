/**
 * The microphone: which ones there are, and an open track from the chosen one.
 *
 * Noise suppression stays off: it eats the onsets and fricatives that the lips are read from.
 * Automatic gain stays on: people sit at any distance from any microphone and expect to be heard.
 * Echo cancellation is on only while the page plays the voice back, because only then is there
 * an echo, and it costs a little of the voice's detail.
 */
export class Microphone extends EventTarget {
  #stream = null;
  #muted = false;
  #opening = 0;

  constructor() {
    super();
    navigator.mediaDevices?.addEventListener("devicechange", () =>
      this.dispatchEvent(new Event("devices")),
    );
  }

  static get available() {
    return Boolean(navigator.mediaDevices?.getUserMedia);
  }

  get stream() {
    return this.#stream;
  }

  get track() {
    return this.#stream?.getAudioTracks()[0] ?? null;
  }

  /** The device behind the open track; empty when none is open. */
  get deviceId() {
    return this.track?.getSettings().deviceId ?? "";
  }

  get muted() {
    return this.#muted;
  }

  set muted(muted) {
    this.#muted = muted;
    if (this.track) this.track.enabled = !muted;
  }

  /** `[{id, label}]`; labels are empty until the microphone has been allowed once. */
  async list() {
    const devices = (await navigator.mediaDevices?.enumerateDevices()) ?? [];
    return devices
      .filter((device) => device.kind === "audioinput" && device.deviceId)
      .map(({ deviceId, label }) => ({ id: deviceId, label: label || "Microphone" }));
  }

  /**
   * Lets go of the open device, then opens one: Chromium keeps the old echo cancellation, and
   * Firefox refuses a second microphone, while another track is open. An unknown `deviceId`
   * falls back to the default one. Resolves with the stream, or with null if it was closed or
   * opened again meanwhile; rejects with the DOMException of `getUserMedia`.
   */
  async open({ deviceId = "", echoCancellation = false } = {}) {
    const audio = {
      echoCancellation,
      noiseSuppression: false,
      autoGainControl: true,
      channelCount: 1,
    };
    this.close();
    const opening = this.#opening;
    const stream = await capture(audio, deviceId).catch((error) => {
      if (opening === this.#opening) throw error;
      return null; // Nobody waits for it any more.
    });
    if (opening !== this.#opening) {
      release(stream);
      return null;
    }
    this.#stream = stream;
    this.track.enabled = !this.#muted;
    this.track.addEventListener("ended", () => {
      // `stop()` fires no event, so this is the device going away.
      if (this.#stream === stream) this.dispatchEvent(new Event("lost"));
    });
    return stream;
  }

  close() {
    this.#opening += 1;
    release(this.#stream);
    this.#stream = null;
  }
}

/** Asks for exactly that device (a mere wish is not always granted), then for any. */
async function capture(audio, deviceId) {
  const capturing = (constraints) =>
    navigator.mediaDevices.getUserMedia({ audio: constraints });
  if (!deviceId) return capturing(audio);
  try {
    return await capturing({ ...audio, deviceId: { exact: deviceId } });
  } catch (error) {
    if (error.name !== "OverconstrainedError") throw error;
    return capturing(audio);
  }
}

function release(stream) {
  for (const track of stream?.getTracks() ?? []) track.stop();
}
