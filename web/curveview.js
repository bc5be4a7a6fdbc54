/**
 * The panel of curves under the picture. One canvas that is pushed to the left as time passes, so
 * that only what is new is drawn; nothing runs while it is closed, hidden or out of sight.
 */
import { GAP_MS, WINDOW_MS } from "./curves.js";
import { CURVES, LANES } from "./lanes.js";

const SECOND_MS = 1000;
/** Figures are read, not watched. */
const FIGURES_MS = 250;
/** As often as there are pictures: between them there is nothing to compare with. */
const STEP_MS = 32;
/** Where less motion is wanted, the curves are pushed on once a second. */
const CALM_MS = 1000;
/** Strokes reach so many pixels into what has been drawn before. */
const OVERLAP = 6;

export class CurveView {
  #box = document.getElementById("curves");
  #canvas = this.#box.querySelector("canvas");
  #cursor = this.#box.querySelector(".cursor");
  #pen = this.#canvas.getContext("2d");
  #less = matchMedia("(prefers-reduced-motion: reduce)");
  #curves;
  #figures = [];
  #colours = {};
  #running = 0;
  #live = false;
  #seen = true;
  /** The time at the right edge; null when everything is to be drawn. */
  #head = null;
  #figuresAt = 0;
  #pointer = null;

  /** Draws `curves` (curves.js) once it is shown and live. */
  constructor(curves) {
    this.#curves = curves;
    this.#fill();
    new ResizeObserver(() => this.#fit()).observe(this.#canvas);
    new IntersectionObserver(([{ isIntersecting }]) => {
      this.#seen = isIntersecting;
      this.#go();
    }).observe(this.#box);
    matchMedia("(prefers-contrast: more)").addEventListener("change", () => this.#fit());
    const point = ({ clientX }) => {
      this.#pointer = clientX;
      this.#showFigures();
    };
    this.#canvas.addEventListener("pointermove", point);
    this.#canvas.addEventListener("pointerdown", point);
    for (const type of ["pointerleave", "pointercancel"]) {
      this.#canvas.addEventListener(type, () => {
        this.#pointer = null;
        this.#showFigures();
      });
    }
  }

  set open(open) {
    this.#box.hidden = !open;
    document.body.classList.toggle("curves-open", open);
    this.#go();
  }

  /** While a call runs; the last curves stay when it does not. */
  set live(live) {
    this.#live = live;
    this.#go();
  }

  #fill() {
    const list = this.#box.querySelector("dl");
    for (const { name, curves } of LANES) {
      const [term, value] = [document.createElement("dt"), document.createElement("dd")];
      term.textContent = name;
      value.dataset.lane = name.toLowerCase();
      for (const curve of curves) {
        const part = document.createElement("span");
        const figure = document.createElement("b");
        figure.textContent = "–";
        if (curve.name) part.append(`${curve.name} `);
        part.append(figure);
        value.append(part);
        this.#figures.push(figure);
      }
      list.append(term, value);
    }
    this.#box.style.setProperty("--lanes", LANES.length);
  }

  #fit() {
    const { clientWidth, clientHeight } = this.#canvas;
    const scale = devicePixelRatio;
    this.#canvas.width = Math.round(clientWidth * scale);
    this.#canvas.height = Math.round(clientHeight * scale);
    const style = getComputedStyle(this.#box);
    const colour = (name) => style.getPropertyValue(name).trim();
    this.#colours = {
      curves: [colour("--first"), colour("--second")],
      line: colour("--grid"),
      phrase: colour("--phrase"),
    };
    this.#head = null;
    this.#draw(performance.now());
  }

  #go() {
    const run = this.#live && this.#seen && !this.#box.hidden;
    if (run === Boolean(this.#running)) return;
    cancelAnimationFrame(this.#running);
    this.#running = run ? requestAnimationFrame((now) => this.#frame(now)) : 0;
    this.#head = null;
  }

  #frame(now) {
    this.#running = requestAnimationFrame((next) => this.#frame(next));
    const period = this.#less.matches ? CALM_MS : STEP_MS;
    if (this.#head === null || now - this.#head >= period) this.#draw(now);
    if (now - this.#figuresAt < FIGURES_MS) return;
    this.#figuresAt = now;
    this.#showFigures();
  }

  /** Pushes the picture on to `now`, or as far as is known. */
  #draw(now) {
    const { width, height } = this.#canvas;
    const { points } = this.#curves;
    this.#curves.reach(now);
    if (!width || !points.length) return this.#pen.clearRect(0, 0, width, height);
    const perMs = width / WINDOW_MS;
    const column = (time) => Math.floor(time * perMs);
    const head = Math.min(now, points.at(-1).at);
    const before = this.#head === null ? -Infinity : column(this.#head);
    const step = Math.min(width, column(head) - before);
    if (step <= 0) return;
    this.#head = head;
    this.#pen.globalCompositeOperation = "copy";
    this.#pen.drawImage(this.#canvas, -step, 0);
    this.#pen.globalCompositeOperation = "source-over";
    const left = Math.max(0, width - step - OVERLAP);
    this.#strip(left, (time) => width - column(head) + time * perMs, head);
  }

  /** Draws what lies right of `left`; `place` is where a time is. */
  #strip(left, place, head) {
    const pen = this.#pen;
    const { width, height } = this.#canvas;
    pen.save();
    pen.beginPath();
    pen.rect(left, 0, width - left, height);
    pen.clip();
    pen.clearRect(left, 0, width - left, height);
    this.#phrases(place, head);
    this.#grid(left, place, head);
    const lane = height / LANES.length;
    let index = 0;
    LANES.forEach(({ curves }, row) => {
      curves.forEach(({ range }, which) => {
        this.#curve(index, range, row * lane, lane, this.#colours.curves[which], left, place);
        index += 1;
      });
    });
    pen.restore();
  }

  #phrases(place, head) {
    this.#pen.fillStyle = this.#colours.phrase;
    for (const { from, to } of this.#curves.phrases) {
      if (from > head) continue;
      const [start, end] = [place(from), place(Math.min(to, head + SECOND_MS))];
      this.#pen.fillRect(start, 0, end - start, this.#canvas.height / LANES.length);
    }
  }

  #grid(left, place, head) {
    const pen = this.#pen;
    const { width, height } = this.#canvas;
    pen.fillStyle = this.#colours.line;
    for (let second = Math.floor(head / SECOND_MS); ; second -= 1) {
      const x = Math.round(place(second * SECOND_MS));
      if (x < left) break;
      pen.fillRect(x, 0, 1, height);
    }
    const lane = height / LANES.length;
    LANES.forEach(({ curves: [{ range }] }, row) => {
      if (row) pen.fillRect(left, Math.round(row * lane), width - left, 1);
      // Where values are on either side of rest, rest is marked.
      if (range[0] === -range[1]) pen.fillRect(left, Math.round((row + 0.5) * lane), width - left, 1);
    });
  }

  #curve(index, [low, high], top, lane, colour, left, place) {
    const pen = this.#pen;
    const scale = devicePixelRatio;
    const inset = 2 * scale;
    const y = (value) => {
      const share = Math.min(1, Math.max(0, (value - low) / (high - low)));
      return top + lane - inset - share * (lane - 2 * inset);
    };
    const { points } = this.#curves;
    let from = points.length - 1;
    while (from > 0 && place(points[from].at) >= left - OVERLAP) from -= 1;
    pen.beginPath();
    for (let k = from; k < points.length; k += 1) {
      const { at, values } = points[k];
      const apart = k === from || at - points[k - 1].at > GAP_MS;
      pen[apart ? "moveTo" : "lineTo"](place(at), y(values[index]));
    }
    pen.strokeStyle = colour;
    pen.lineWidth = 1.6 * scale;
    pen.lineJoin = "round";
    pen.stroke();
  }

  /** The figures under the pointer, or else of now. */
  #showFigures() {
    const box = this.#canvas.getBoundingClientRect();
    const share = this.#pointer === null ? 1 : (this.#pointer - box.left) / box.width;
    const head = this.#head ?? performance.now();
    const values = this.#curves.near(head - (1 - share) * WINDOW_MS);
    this.#cursor.hidden = this.#pointer === null;
    this.#cursor.style.setProperty("--at", share);
    this.#box.classList.toggle("pointed", this.#pointer !== null);
    if (!values) return;
    this.#figures.forEach((figure, index) => {
      figure.textContent = CURVES[index].say(values[index]);
    });
  }
}
