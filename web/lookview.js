/** Draws the look's choices as groups of radio buttons: the keyboard and readers know those. */
import { isColour } from "./look.js";

/** The set that is a colour: it is asked for as that colour. */
const PLAIN = "plain";
const COLOUR = "colour";
const FIRST_COLOUR = "#35506b";

const GROUPS = {
  avatar: "faces",
  set: "places",
  light: "segmented",
  framing: "segmented",
  shape: "segmented shapes",
  quality: "segmented",
};

export class LookView extends EventTarget {
  #card = document.getElementById("look");

  /** Events: `choose` (detail: `{name, value}`). */
  constructor() {
    super();
    this.#card.addEventListener("change", ({ target }) => this.#onChange(target));
  }

  /** Fills the card with what there is and shows it. */
  fill(look) {
    for (const [name, kind] of Object.entries(GROUPS)) {
      const box = this.#card.querySelector(`[data-choice=${name}]`);
      box.classList.add(...kind.split(" "));
      box.replaceChildren(...look.entries(name).map((entry) => option(name, entry)));
    }
    this.show(look);
    document.body.classList.add("has-look");
  }

  /** Marks what is chosen. */
  show(look) {
    const { set } = look.current;
    const shown = { ...look.current, set: isColour(set) ? PLAIN : set };
    for (const [name, value] of Object.entries(shown)) {
      for (const input of this.#card.querySelectorAll(`input[name=${name}]`)) {
        input.checked = input.value === value;
      }
    }
    if (isColour(set)) this.#showColour(set);
  }

  /** While the server is still to show a choice. */
  set pending(pending) {
    this.#card.classList.toggle("pending", pending);
  }

  #onChange({ name, value }) {
    const swatch = this.#card.querySelector(".swatch");
    let detail = { name, value };
    if (name === COLOUR) this.#showColour(value);
    if (name === COLOUR || value === PLAIN) detail = { name: "set", value: swatch.value };
    this.dispatchEvent(new CustomEvent("choose", { detail }));
  }

  #showColour(colour) {
    const swatch = this.#card.querySelector(".swatch");
    swatch.value = colour;
    swatch.parentElement.querySelector(".thumbnail").style.background = colour;
  }

  /** Says something about a choice, or nothing. */
  say(text) {
    const line = document.getElementById("look-said");
    line.textContent = text;
    line.hidden = !text;
  }
}

function option(name, { name: value, title, thumbnail, width, height }) {
  const label = document.createElement("label");
  const input = document.createElement("input");
  Object.assign(input, { type: "radio", name, value });
  label.className = "option";
  label.title = title;
  label.append(input);
  if (value === PLAIN) label.append(...colour());
  else if (thumbnail) label.append(picture(thumbnail, title));
  if (width) label.append(outline(width, height));
  const text = document.createElement("span");
  text.textContent = title;
  label.append(text);
  return label;
}

/** A set of any colour: the browser's own choice of colours under the thumbnail. */
function colour() {
  const swatch = document.createElement("input");
  const frame = document.createElement("i");
  const dropper = document.createElement("i");
  Object.assign(swatch, { type: "color", name: COLOUR, value: FIRST_COLOUR, className: "swatch" });
  swatch.ariaLabel = "Which colour";
  frame.className = "thumbnail";
  frame.style.background = FIRST_COLOUR;
  dropper.className = "dropper";
  frame.append(dropper);
  return [swatch, frame];
}

/** A thumbnail; until it is there, and where it cannot be drawn, the first letter. */
function picture(address, title) {
  const frame = document.createElement("i");
  const image = new Image();
  frame.className = "thumbnail";
  frame.dataset.letter = title[0];
  Object.assign(image, { alt: "", draggable: false, decoding: "async", src: address });
  image.addEventListener("load", () => frame.classList.add("loaded"));
  image.addEventListener("error", () => image.remove());
  frame.append(image);
  return frame;
}

/** The shape of a picture, drawn. */
function outline(width, height) {
  const shape = document.createElement("i");
  const side = 16 / Math.sqrt(width * height);
  shape.className = "outline";
  shape.style.width = `${Math.round(width * side)}px`;
  shape.style.height = `${Math.round(height * side)}px`;
  return shape;
}
