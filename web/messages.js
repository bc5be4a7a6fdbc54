/**
 * Everything that can go wrong, in plain words: what happened and what to do about it.
 *
 * A problem is `{kind, detail}`; `explain` turns it into `{title, text, action}`. `action` names
 * a button beside the message, or is null where waiting or the main button is the remedy.
 */

const again = { label: "Try again", name: "start" };
const now = { label: "Try now", name: "retry" };

const EXPLANATIONS = {
  "mic-denied": () => ({
    title: "The microphone is blocked",
    text:
      "This page may not use your microphone. Allow it with the icon beside the address, " +
      "or in the browser's site settings, then try again.",
    action: again,
  }),
  "mic-missing": () => ({
    title: "No microphone found",
    text: "Plug one in or switch it on, then try again. The list refreshes by itself.",
    action: again,
  }),
  "mic-busy": () => ({
    title: "The microphone is in use",
    text:
      "Another program holds it, or the system will not hand it over. Close the other call or " +
      "choose another microphone, then try again.",
    action: again,
  }),
  "mic-lost": () => ({
    title: "The microphone went away",
    text: "It was unplugged or switched off. Plug it in again or choose another one below.",
    action: again,
  }),
  insecure: ({ secureUrl }) => ({
    title: "This address is not secure",
    text:
      "Browsers only lend a microphone to pages on https or on this very computer. " +
      `Open ${secureUrl} if the server has a certificate, or http://localhost on the ` +
      "computer that runs it.",
    action: null,
  }),
  unsupported: () => ({
    title: "This browser cannot make live calls",
    text: "It has no WebRTC, or it is switched off. Use a current Chrome, Edge, Firefox or Safari.",
    action: null,
  }),
  full: ({ seconds }) => ({
    title: "Every seat is taken",
    text: `The server holds as many conversations as it can. ${tryingIn(seconds)}`,
    action: now,
  }),
  lost: ({ seconds }) => ({
    title: "The connection was lost",
    text: `No picture is arriving. ${tryingIn(seconds)} Nothing to do but wait.`,
    action: now,
  }),
  offline: () => ({
    title: "This device is offline",
    text: "It reconnects by itself as soon as the network is back.",
    action: now,
  }),
  unreachable: ({ seconds }) => ({
    title: "The server does not answer",
    text: `Check that it is running and that this device can reach it. ${tryingIn(seconds)}`,
    action: now,
  }),
  "no-media": ({ seconds }) => ({
    title: "No picture came through",
    text:
      "The server answers, but its picture does not arrive. A firewall or VPN may block UDP; " +
      `another network often helps. ${tryingIn(seconds)}`,
    action: now,
  }),
  "server-error": ({ seconds, ...said }) => ({
    title: "The server had a problem",
    text: `${inItsWords(said)} ${tryingIn(seconds)}`,
    action: now,
  }),
  refused: (said) => ({
    title: "The server declined",
    text: inItsWords(said),
    action: again,
  }),
};

/** What the status pill says in each phase. */
export const PHASES = {
  idle: "Ready",
  asking: "Waiting for the microphone",
  connecting: "Connecting",
  live: "Listening",
  waiting: "Waiting",
  failed: "Stopped",
};

/** The words for a problem. Unknown kinds are a programming error and throw. */
export function explain({ kind, detail = {} }) {
  return EXPLANATIONS[kind](detail);
}

/** The problem behind a failed `getUserMedia`, from the name of its DOMException. */
export function microphoneProblem(error) {
  const kinds = {
    NotAllowedError: "mic-denied",
    SecurityError: "mic-denied",
    NotFoundError: "mic-missing",
    OverconstrainedError: "mic-missing",
  };
  return { kind: kinds[error?.name] ?? "mic-busy" };
}

/** The server's message, and its remedy where the message does not say it already. */
function inItsWords({ message, remedy }) {
  const sentence = (part) => part[0].toUpperCase() + part.slice(1).replace(/\.?$/, ".");
  const more = remedy && !message.includes(remedy) ? ` What helps: ${remedy}.` : "";
  return sentence(message) + more;
}

function tryingIn(seconds) {
  return seconds > 0 ? `Trying again in ${seconds} s.` : "Trying again now.";
}
