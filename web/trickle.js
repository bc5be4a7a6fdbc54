/** ICE candidates that are found after the offer has gone: a relay's take some round trips. */

import { authorised } from "./network.js";

export class LateCandidates {
  #found = [];
  #pc;
  #address = null;
  #iceSession = null;

  /** Collects from now on. */
  constructor(pc) {
    this.#pc = pc;
    pc.addEventListener("icecandidate", ({ candidate }) => {
      if (!candidate?.candidate) return;
      this.#found.push(candidate);
      this.#send();
    });
  }

  /** The server knows the call by this address and `iceSession`: it is told what there is. */
  tell(address, iceSession) {
    this.#address = address;
    this.#iceSession = iceSession;
    this.#send();
  }

  async #send() {
    if (!this.#address || !this.#found.length) return;
    const found = this.#found.splice(0);
    const ufrag = /a=ice-ufrag:.*/.exec(this.#pc.localDescription.sdp)[0];
    const [{ sdpMid }] = found; // All are bundled, so one section stands for all.
    const lines = found.map(({ candidate }) => `a=${candidate}`);
    const headers = { "content-type": "application/trickle-ice-sdpfrag" };
    await authorised(this.#address, {
      method: "PATCH",
      headers: { ...headers, "if-match": this.#iceSession },
      body: [ufrag, "m=audio 9 RTP/AVP 0", `a=mid:${sdpMid}`, ...lines, ""].join("\r\n"),
    }).catch(() => {}); // The checks of this side may get through all the same.
  }
}
