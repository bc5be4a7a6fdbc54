// Rhubarb Lip Sync as its WebAssembly package runs it: node rhubarb.mjs PACKAGES TASKS sound|words
//
// TASKS is a JSON file, [{sound, words, answer}]: a file of raw 16 kHz int16 samples (the package
// takes no WAV header), what is said in it, and where its cues go, [{start, end, value}] in seconds.
import fs from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";

const [packages, tasks, mode] = process.argv.slice(2);
console.log = () => {}; // the package prints its progress
const { Rhubarb } = await import(
  pathToFileURL(path.join(packages, "rhubarb-lip-sync-wasm", "dist", "index.js"))
);

for (const { sound, words, answer } of JSON.parse(fs.readFileSync(tasks, "utf8"))) {
  const options = mode === "words" && words ? { dialogText: words } : {};
  const { mouthCues } = await Rhubarb.getLipSync(fs.readFileSync(sound), options);
  fs.writeFileSync(`${answer}.part`, JSON.stringify(mouthCues));
  fs.renameSync(`${answer}.part`, answer);
  process.stdout.write("done\n");
}
