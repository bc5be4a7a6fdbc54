/**
 * Watches what is spoken under the name at the end of this page's address, over WHEP.
 *
 * Whoever is early waits, and whoever loses the picture asks for it anew. Browsers play no sound
 * before somebody has touched the page, so the picture begins without, and a button turns it on.
 * `visavis` tells whoever measures the page of its connection.
 */

import { authorised, iceServers } from "./network.js";

const GATHER_MS = 300;
const FROZEN_MS = 3000;
const AGAIN_MS = 1000;

const name = decodeURIComponent(location.pathname.split("/").pop());
const picture = document.querySelector("#picture");
const sound = document.querySelector("#sound");
let shown = 0;

const pause = (ms) => new Promise((done) => setTimeout(done, ms));

function say(phase, text = "") {
  document.body.dataset.phase = phase;
  document.querySelector("#state").textContent = text;
}

function gathered(call) {
  const complete = new Promise((done) => {
    const check = () => call.iceGatheringState === "complete" && done();
    call.addEventListener("icegatheringstatechange", check);
    check();
  });
  return Promise.race([complete, pause(GATHER_MS)]);
}

/** Connects, and resolves with a function that ends it; null if there is nothing to see yet. */
async function connect() {
  const call = new RTCPeerConnection({ bundlePolicy: "max-bundle", iceServers: await iceServers() });
  const stream = new MediaStream();
  call.addEventListener("track", ({ track, receiver }) => {
    if ("jitterBufferTarget" in receiver) receiver.jitterBufferTarget = 0;
    stream.addTrack(track);
  });
  for (const kind of ["audio", "video"]) call.addTransceiver(kind, { direction: "recvonly" });
  await call.setLocalDescription();
  await gathered(call);
  const answer = await authorised(`whep/${encodeURIComponent(name)}`, {
    method: "POST",
    headers: { "content-type": "application/sdp" },
    body: call.localDescription.sdp,
  });
  if (answer.status !== 201) {
    call.close();
    if (answer.status !== 409) throw new Error(`The server answers with ${answer.status}`);
    return null;
  }
  await call.setRemoteDescription({ type: "answer", sdp: await answer.text() });
  picture.srcObject = stream;
  window.visavis = { pc: call, stats: () => ({ phase: document.body.dataset.phase }) };
  picture.play().catch(() => {}); // It is muted, so only a lost page is refused.
  const made = answer.headers.get("location").replace(/^\//, "");
  return () => {
    call.close();
    authorised(made, { method: "DELETE", keepalive: true }).catch(() => {});
  };
}

/** Resolves when no picture has come for a while. */
async function frozen() {
  shown = performance.now();
  while (performance.now() - shown < FROZEN_MS) await pause(250);
}

function count() {
  shown = performance.now();
  if (document.body.dataset.phase !== "live") say("live");
  picture.requestVideoFrameCallback(count);
}

async function watch() {
  picture.requestVideoFrameCallback(count);
  sound.hidden = false;
  for (;;) {
    try {
      const end = await connect();
      if (end) {
        addEventListener("pagehide", end);
        await frozen();
        removeEventListener("pagehide", end);
        end();
      }
      say("waiting", "Waiting for somebody to speak here");
    } catch (problem) {
      say("waiting", `${problem.message}. Trying again.`);
    }
    await pause(AGAIN_MS);
  }
}

sound.addEventListener("click", () => {
  picture.muted = false;
  sound.hidden = true;
});

watch();
