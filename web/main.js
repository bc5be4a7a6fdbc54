/** Wires the page together: controls to microphone and session, session and meters to the page. */
import { DelayMeter } from "./delay.js";
import { DelayView } from "./delayview.js";
import { Direction } from "./direction.js";
import { FrameWatch } from "./frames.js";
import { Look } from "./look.js";
import { LookView } from "./lookview.js";
import { recall, remember } from "./memory.js";
import { microphoneProblem } from "./messages.js";
import { LevelMeter } from "./meter.js";
import { Microphone } from "./microphone.js";
import { Recording } from "./recording.js";
import { SelfTest } from "./selftest.js";
import { Session } from "./session.js";
import { installShortcuts } from "./shortcuts.js";
import { Tabs } from "./tabs.js";
import { TestView } from "./testview.js";
import { Ui } from "./ui.js";

const READ_MS = 1000;
/** Longer than any pause in talk before the first word, shorter than anyone's patience. */
const SILENCE_S = 8;
/** Arrow keys move the slider step by step: one new connection for a whole move. */
const AHEAD_SETTLE_MS = 500;
/** Arrow keys also move through characters: only the one that is stopped at is sent for. */
const LOOK_SETTLE_MS = 150;
/** The longer side of the still that stands for the picture before a call, in pixels. */
const POSTER_PIXELS = 640;

const ui = new Ui();
const microphone = new Microphone();
const meter = new LevelMeter((level) => ui.showLevel(level));
const frames = new FrameWatch(ui.video);
const session = new Session(ui.video, frames);
const delay = new DelayMeter();
const delayView = new DelayView();
const look = new Look();
const lookView = new LookView();
const direction = new Direction(session, frames);
const recording = new Recording();

let hearing = false;
let asking = false;
/** A problem outside the call, with the microphone or the browser; the session has its own. */
let obstacle = null;
let reading = null;
let speaking = false;
let clickedAt = 0;
let firstFrameMs = null;
let aheadTimer = 0;
let lookTimer = 0;
/** What has been chosen and not yet told, by the type of the message. */
const unsent = new Map();
/** As the person has chosen it; until then it is the server's, and not asked for. */
let articulation;

function phase() {
  if (asking) return "asking";
  return obstacle ? "failed" : session.phase;
}

function showState() {
  ui.showPhase(phase(), obstacle ?? session.problem);
}

/** Ends the call for something that only the person can put right. */
function block(problem) {
  stop();
  obstacle = problem;
  showState();
}

function callOptions() {
  return { lookAheadMs: ui.lookAheadMs, articulation, ...look.wishes, ...direction.options };
}

/** Opens a microphone; true when there is one now. Says why there is none. */
async function openMicrophone(deviceId = recall("microphone", "")) {
  try {
    const stream = await microphone.open({ deviceId, echoCancellation: hearing });
    if (stream === null) return false;
    meter.attach(stream);
    showDevices();
    return true;
  } catch (error) {
    block(microphoneProblem(error));
    return false;
  }
}

async function start() {
  asking = true;
  clickedAt = performance.now();
  firstFrameMs = null;
  obstacle = null;
  showState();
  if (!(await openMicrophone())) return;
  asking = false;
  await session.start(microphone.track, callOptions());
}

function stop() {
  asking = false;
  obstacle = null;
  session.stop();
  releaseMicrophone();
  showPoster().then(() => session.wanted || ui.thaw());
  showState();
}

function releaseMicrophone() {
  microphone.close();
  meter.attach(null);
  ui.showSilence(false);
}

async function changeMicrophone(deviceId) {
  if (!session.wanted) return;
  if (await openMicrophone(deviceId)) await session.replaceTrack(microphone.track);
}

/** The still of what is chosen; a running call needs none, and its server has better to do. */
async function showPoster() {
  if (session.wanted || !look.known) return;
  const { width, height } = look.size;
  ui.showShape(width, height);
  await ui.showPoster(look.picture(POSTER_PIXELS));
}

function showLook() {
  lookView.show(look);
  lookView.pending = session.phase === "live" && look.pending;
}

async function showDevices() {
  ui.showDevices(await microphone.list(), microphone.deviceId || recall("microphone", ""));
}

/** The server could not do what was asked for; who asked says so. */
function refused(message) {
  if (!look.refuse(message.field)) return direction.refuse(message);
  session.adjust(look.wishes);
  lookView.say(`The server cannot show that: ${message.remedy}.`);
  showLook();
}

ui.addEventListener("start", () => (asking || session.wanted ? stop() : start()));
ui.addEventListener("retry", () => session.retryNow());

ui.addEventListener("mute", () => {
  microphone.muted = !microphone.muted;
  ui.showMuted(microphone.muted);
});

ui.addEventListener("hear", () => {
  hearing = !hearing;
  ui.video.muted = !hearing;
  ui.showHearing(hearing);
  // Echo cancellation is a property of an open track, so the track is opened anew.
  changeMicrophone(microphone.deviceId);
});

ui.addEventListener("device", ({ detail: deviceId }) => {
  remember("microphone", deviceId);
  changeMicrophone(deviceId);
});

ui.addEventListener("ahead", () => {
  remember("look-ahead", ui.lookAheadMs);
  clearTimeout(aheadTimer);
  aheadTimer = setTimeout(() => session.restart(callOptions()), AHEAD_SETTLE_MS);
});

ui.addEventListener("articulation", () => {
  articulation = ui.articulation;
  remember("articulation", articulation);
  session.adjust({ articulation }, { type: "articulation", value: articulation });
});

lookView.addEventListener("choose", ({ detail: { name, value } }) => look.choose(name, value));
look.addEventListener("change", ({ detail: message }) => {
  unsent.set(message.type, message);
  lookView.say("");
  showLook();
  clearTimeout(lookTimer);
  lookTimer = setTimeout(() => {
    for (const told of unsent.values()) session.adjust(look.wishes, told);
    unsent.clear();
    showPoster();
  }, LOOK_SETTLE_MS);
});

microphone.addEventListener("devices", showDevices);
microphone.addEventListener("lost", async () => {
  if (await openMicrophone("")) return session.replaceTrack(microphone.track);
  // Without an obstacle the person has stopped, or chosen another one, meanwhile.
  if (obstacle) block({ kind: "mic-lost" });
});

session.addEventListener("freeze", () => ui.freeze());
session.addEventListener("answer", ({ detail: answer }) => {
  delay.reset(answer.delay);
  ui.articulation = articulation ?? answer.articulation;
  direction.confirm(answer);
  recording.begin(answer);
  look.confirm({ ...answer.look, quality: answer.quality, ...answer.video });
  showLook();
});

session.addEventListener("message", ({ detail: message }) => {
  if (message.type === "speech") {
    speaking = message.active;
    ui.showSpeaking(speaking);
    direction.hear(message);
  } else if (message.type === "motion") {
    direction.hear(message);
  } else if (message.type === "status") {
    delay.serverStatus(message);
  } else if (message.type === "look") {
    look.confirm(message);
    showLook();
  } else if (message.type === "refused") {
    refused(message);
  }
});

session.addEventListener("change", () => {
  if (session.phase === "live") {
    firstFrameMs ??= performance.now() - clickedAt;
    ui.thaw();
  } else {
    speaking = false;
    reading = null;
    delayView.clear();
  }
  if (!session.wanted) recording.end();
  if (session.phase === "failed") releaseMicrophone();
  showState();
});

/** How long sound and picture are kept here: the server sends the slower one that much earlier. */
function tellReceiver({ jitterAudio, jitterVideo }) {
  if (!(jitterAudio >= 0 && jitterVideo >= 0)) return;
  const [sound, picture] = [Math.round(jitterAudio), Math.round(jitterVideo)];
  session.tell({ type: "receiver", sound_ms: sound, picture_ms: picture });
}

setInterval(async () => {
  const { pc } = session;
  ui.showSilence(!microphone.muted && meter.silentSeconds > SILENCE_S);
  if (session.phase !== "live" || !pc) return;
  const now = await delay.read(pc, frames.toScreenMs);
  if (session.pc !== pc || session.phase !== "live") return;
  reading = now;
  delayView.show(reading);
  tellReceiver(reading);
}, READ_MS);

// `pagehide` also comes before the back-forward cache, so the page returns stopped.
window.addEventListener("pagehide", stop);

new TestView((video) => new SelfTest({ session, microphone, video, options: callOptions() }));
installShortcuts();
const tabs = new Tabs();
look.load().then((known) => {
  if (!known) {
    tabs.remove("tab-look");
    return;
  }
  showPoster(); // before the thumbnails: one process draws them all, in order
  lookView.fill(look);
});
ui.lookAheadMs = Number(recall("look-ahead", 60));
if (recall("articulation", null) !== null) {
  articulation = ui.articulation = Number(recall("articulation", 1));
}
if (!Microphone.available) {
  ui.disableStart();
  block({ kind: "insecure", detail: { secureUrl: `https://${location.host}` } });
} else if (!window.RTCPeerConnection) {
  ui.disableStart();
  block({ kind: "unsupported" });
} else {
  showDevices();
}

/** For tests and benchmarks; read only. */
window.visavis = Object.freeze({
  state: phase,
  stats: () => ({
    ...reading,
    speaking,
    firstFrameMs,
    frames: frames.count,
    reconnects: session.reconnects,
    problem: (obstacle ?? session.problem)?.kind ?? null,
  }),
  get pc() {
    return session.pc;
  },
});
