/**
 * Watches a live page from inside: what the microphone hears, what the speaker plays, and how far
 * the mouth is open in each decoded picture, all on one clock (milliseconds since the epoch).
 * Run by benchmarks/browser.py in the real page; `box` is the mouth's place in the picture, 0..1.
 */
window.visavisProbe = async (box) => {
  const BLOCK = 240; // samples of an envelope point: 5 ms at 48 kHz
  const worklet = `
    class Envelope extends AudioWorkletProcessor {
      constructor(options) {
        super();
        this.name = options.processorOptions.name;
        this.sum = 0;
        this.count = 0;
      }
      process(inputs) {
        const channel = inputs[0][0] ?? new Float32Array(128);
        for (let i = 0; i < channel.length; i++) {
          this.sum += channel[i] * channel[i];
          if (++this.count === ${BLOCK}) {
            const at = currentTime + (i + 1) / sampleRate;
            this.port.postMessage([this.name, at, Math.sqrt(this.sum / ${BLOCK}), Date.now()]);
            this.sum = this.count = 0;
          }
        }
        return true;
      }
    }
    registerProcessor("envelope", Envelope);`;

  const probe = { frames: [], sound: { microphone: [], speaker: [] }, first: 0 };
  const context = new AudioContext({ latencyHint: 0.005, sampleRate: 48000 });
  const url = URL.createObjectURL(new Blob([worklet], { type: "text/javascript" }));
  await context.audioWorklet.addModule(url);
  const listen = (track, name) => {
    const source = context.createMediaStreamSource(new MediaStream([track]));
    const node = new AudioWorkletNode(context, "envelope", { processorOptions: { name } });
    source.connect(node).connect(context.destination);
    node.port.onmessage = ({ data: [which, at, level, now] }) => {
      probe.sound[which].push([at, level, now]);
    };
  };
  const pc = window.visavis.pc;
  const said = pc.getSenders().find((s) => s.track?.kind === "audio");
  if (said) listen(said.track, "microphone"); // one who only watches has none
  listen(pc.getReceivers().find((r) => r.track.kind === "audio").track, "speaker");

  const video = document.querySelector("video");
  const canvas = new OffscreenCanvas(64, 48);
  const pen = canvas.getContext("2d", { willReadFrequently: true });
  const openness = () => {
    const [x, y, width, height] = box;
    const [w, h] = [video.videoWidth, video.videoHeight];
    pen.drawImage(video, x * w, y * h, width * w, height * h, 0, 0, 64, 48);
    const pixels = pen.getImageData(0, 0, 64, 48).data;
    const luma = new Float32Array(64 * 48);
    for (let i = 0; i < luma.length; i++) {
      luma[i] = 0.3 * pixels[4 * i] + 0.59 * pixels[4 * i + 1] + 0.11 * pixels[4 * i + 2];
    }
    const dark = 0.4 * luma.slice().sort()[luma.length >> 1];
    return luma.reduce((sum, value) => sum + (value < dark), 0) / luma.length;
  };
  const onFrame = (_, meta) => {
    const shown = performance.timeOrigin + meta.expectedDisplayTime;
    const received = meta.receiveTime ? performance.timeOrigin + meta.receiveTime : null;
    probe.frames.push([shown, openness(), received, performance.timeOrigin + meta.presentationTime]);
    video.requestVideoFrameCallback(onFrame);
  };
  video.requestVideoFrameCallback(onFrame);

  const FIELDS = [
    ...["jitterBufferDelay", "jitterBufferEmittedCount", "concealedSamples", "framesDecoded"],
    ...["totalDecodeTime", "totalProcessingDelay", "freezeCount", "totalFreezesDuration"],
    ...["framesDropped", "keyFramesDecoded", "packetsLost", "bytesReceived"],
  ];
  probe.stats = async () => {
    const none = Object.fromEntries(FIELDS.map((name) => [name, 0])); // nothing has come yet
    const found = { at: Date.now(), audio: none, video: none };
    for (const report of (await pc.getStats()).values()) {
      if (report.type === "inbound-rtp") {
        found[report.kind] = Object.fromEntries(FIELDS.map((name) => [name, report[name] ?? 0]));
      } else if (report.type === "candidate-pair" && report.nominated) {
        found.rtt_ms = 1000 * (report.currentRoundTripTime ?? 0);
      }
    }
    return found;
  };
  await context.resume();
  window.visavisProbed = probe;
};
