/** Draws a delay reading (delay.js) as the bar, its legend and the details. */

const PARTS = {
  microphone: "Microphone",
  network: "Network, there and back",
  waiting: "Look-ahead and framing",
  computing: "Computing the face",
  jitter: "Jitter buffer",
  screen: "Decoding and display",
};

/** Plain names for the stages that a server declares; others are shown as they come. */
const STAGES = {
  resampling: "Resampling",
  "look-ahead": "Look-ahead",
  "frame centre": "Half a picture",
  hop: "Whole steps",
};

export class DelayView {
  #at = (id) => document.getElementById(id);
  #rows = new Map();

  constructor() {
    for (const name of Object.keys(PARTS)) this.#addPart(name);
    this.clear();
  }

  /** Nothing is known: before the first call and after a stop. */
  clear() {
    this.#showTotal(null);
    this.#at("judgement").textContent = "Measured while you talk.";
    for (const { segment, value } of this.#rows.values()) {
      segment.style.flex = "0";
      segment.hidden = true;
      value.textContent = "–";
    }
    this.#at("stages").replaceChildren(item("Known once you start"));
    this.#at("figures").replaceChildren(element("dt", "Known once you start"));
  }

  show(reading) {
    this.#showTotal(reading.total);
    this.#at("judgement").textContent = judge(reading.total);
    for (const { name, ms } of reading.parts) {
      const { segment, value } = this.#rows.get(name);
      segment.hidden = !(ms >= 0.5);
      segment.style.flex = String(ms ?? 0);
      value.textContent = milliseconds(ms);
    }
    this.#showStages(reading);
    this.#showFigures(reading);
  }

  #showTotal(total) {
    const known = total !== null;
    this.#at("total").textContent = known ? Math.round(total) : "–";
    this.#at("total").classList.toggle("unknown", !known);
    this.#at("tab-total").hidden = !known;
    this.#at("tab-total").textContent = milliseconds(total);
    // On a phone the diagram is below the fold, so the picture carries the sum.
    this.#at("brief").hidden = !known;
    this.#at("brief").textContent = milliseconds(total);
  }

  #showStages({ stages, declared }) {
    const rows = stages.filter(({ ms }) => ms > 0).map(({ stage, ms }) => {
      const row = item(STAGES[stage] ?? stage, ms);
      row.style.setProperty("--share", ms / Math.max(1, declared));
      return row;
    });
    this.#at("stages").replaceChildren(...rows);
  }

  #showFigures(reading) {
    const figures = {
      "Declared by the method, in sum": milliseconds(reading.declared),
      "Server, voice in to picture out": milliseconds(reading.pipeline),
      "Network round trip": milliseconds(reading.roundTrip),
      "Jitter buffer, picture": milliseconds(reading.jitterVideo),
      "Jitter buffer, voice": milliseconds(reading.jitterAudio),
      "Late pictures": reading.lateFrames,
      "Dropped units": reading.dropped,
      "Voice patched over": milliseconds(reading.concealed),
      ...picture(reading.picture),
    };
    const cells = Object.entries(figures).flatMap(([name, value]) => [
      element("dt", name),
      element("dd", String(value)),
    ]);
    this.#at("figures").replaceChildren(...cells);
  }

  #addPart(name) {
    const segment = element("i");
    const row = element("li");
    const value = element("b");
    segment.dataset.part = name;
    row.dataset.part = name;
    row.append(element("i"), element("span", PARTS[name]), value);
    this.#at("segments").append(segment);
    this.#at("legend").append(row);
    this.#rows.set(name, { segment, value });
  }
}

/** What a delay feels like. ITU-T G.114 puts the limit of unnoticed one-way delay at 150 ms. */
function judge(total) {
  if (total <= 150) return "Feels immediate.";
  if (total <= 250) return "Close to immediate.";
  if (total <= 400) return "Noticeable: less look-ahead helps.";
  return "Slow: the network or the server is busy.";
}

/** What the server makes of the picture; the quality steps down while its machine is behind. */
function picture(figures) {
  if (!figures) return {};
  const { width, height, fps, quality, step, supersample, changes } = figures;
  return {
    "Picture size": `${width} × ${height}`,
    "Pictures a second": fps,
    "Quality": quality === "auto" ? `auto: ${step}` : step,
    "Drawn larger by": supersample,
    "Steps of quality so far": changes,
  };
}

function milliseconds(value) {
  return value === null || value === undefined ? "–" : `${Math.round(value)} ms`;
}

function item(name, ms = null) {
  const row = element("li");
  row.append(element("span", name));
  if (ms !== null) row.append(element("i"), element("b", milliseconds(ms)));
  return row;
}

function element(tag, text = "") {
  const made = document.createElement(tag);
  made.textContent = text;
  return made;
}
