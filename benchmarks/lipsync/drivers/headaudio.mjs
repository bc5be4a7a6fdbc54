// HeadAudio's own worklet and node, fed as a browser would:
// node headaudio.mjs PACKAGES TASKS asis|mended
//
// TASKS is a JSON file, [{sound, answer}]: a file of raw 48 kHz float32 samples, and where its
// values go, float32, 15 visemes in the order of NAMES, a row each 10 ms. Row k is what is drawn at
// k * 10 ms, from what the worklet had been given by then.
//
// As published, `if (viseme)` in the node drops viseme 0: /aa/ is never shown, and the viseme before
// it stays on. "mended" shows it.
import fs from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";

const RATE = 48000;
const BLOCK = 128; // samples that an AudioWorklet is given at a time
const STEP = RATE / 100;
const [packages, tasks, mode] = process.argv.slice(2);
const home = path.join(packages, "@met4citizen", "headaudio");
const NAMES = "aa E I O U PP SS TH DD FF kk nn RR CH sil".split(" ");

// The parts of a browser that the two modules touch.
let processor, messages, Processor;
globalThis.sampleRate = RATE;
globalThis.AudioWorkletProcessor = class {
  port = { onmessage: null, postMessage: (data) => messages.push(data) };
};
globalThis.registerProcessor = (name, implementation) => (Processor = implementation);
globalThis.AudioWorkletNode = class {
  port = { onmessage: null, postMessage: (data) => processor.port.onmessage({ data }) };
};
const model = fs.readFileSync(path.join(home, "dist", "model-en-mixed.bin"));
globalThis.fetch = async () => ({
  ok: true,
  status: 200,
  arrayBuffer: async () => model.buffer.slice(model.byteOffset, model.byteOffset + model.length),
});
const module = (name) => import(pathToFileURL(path.join(home, "modules", name)));
await module("headworklet.mjs");
const { HeadAudio } = await module("headaudio.mjs");
const parameters = Object.fromEntries(
  Processor.parameterDescriptors.map((one) => [one.name, new Float32Array([one.defaultValue])]),
);

async function spoken(samples) {
  messages = [];
  processor = new Processor({ processorOptions: {} });
  const node = new HeadAudio(null);
  await node.loadModel("model-en-mixed.bin");
  const values = new Float32Array(NAMES.length);
  node.onvalue = (name, value) => (values[NAMES.indexOf(name.slice("viseme_".length))] = value);

  const rows = new Float32Array(Math.ceil(samples.length / STEP) * NAMES.length);
  let row = 0;
  for (let heard = 0; row * NAMES.length < rows.length; heard += BLOCK) {
    for (; row * STEP <= heard && row * NAMES.length < rows.length; row++) {
      node.update(10);
      rows.set(values, row * NAMES.length);
    }
    const block = new Float32Array(BLOCK);
    block.set(samples.subarray(heard, heard + BLOCK));
    processor.process([[block]], [], parameters);
    for (const data of messages.splice(0)) {
      node._onmessage({ data });
      if (mode === "mended" && data.event === "viseme" && data.viseme === 0)
        node.visemeActive = 0;
    }
  }
  return rows;
}

for (const { sound, answer } of JSON.parse(fs.readFileSync(tasks, "utf8"))) {
  const bytes = fs.readFileSync(sound);
  const samples = new Float32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
  const rows = await spoken(samples);
  fs.writeFileSync(`${answer}.part`, Buffer.from(rows.buffer));
  fs.renameSync(`${answer}.part`, answer);
  process.stdout.write("done\n");
}
