/**
 * Single-key shortcuts. They can be switched off in the help (WCAG 2.1.4: speech input and
 * stray keys must not trigger them), and never fire while a field or a dialog has the keys.
 */
import { recall, remember } from "./memory.js";

const KEYS = {
  s: "start",
  m: "mute",
  h: "hear",
  l: "tab-look",
  b: "tab-behaviour",
  d: "details",
  c: "curves-open",
  r: "record",
  o: "others",
  1: "emotion-joy",
  2: "emotion-sad",
  3: "emotion-angry",
  4: "emotion-surprised",
  5: "emotion-disgusted",
  6: "emotion-afraid",
  "?": "help-open",
};

export function installShortcuts() {
  const enabled = document.getElementById("keys");
  enabled.checked = recall("shortcuts", "on") === "on";
  enabled.addEventListener("change", () => remember("shortcuts", enabled.checked ? "on" : "off"));
  document.addEventListener("keydown", (event) => {
    const id = KEYS[event.key.toLowerCase()];
    const modified = event.ctrlKey || event.metaKey || event.altKey || event.repeat;
    const elsewhere = event.target.closest?.("select, dialog, input:not([type=range], [type=radio])");
    if (!id || modified || elsewhere || !enabled.checked) return;
    event.preventDefault();
    press(document.getElementById(id));
  });
  document.addEventListener("keyup", (event) => {
    const control = document.getElementById(KEYS[event.key.toLowerCase()]);
    if (control?.dataset.emotion) control.dispatchEvent(new Event("release"));
  });
}

function press(control) {
  if (control.dataset.emotion) return control.dispatchEvent(new Event("hold"));
  if (!control.matches("details")) return control.click();
  // It lies in a panel that may be closed; then it opens with its panel.
  const closed = control.closest("[role=tabpanel][hidden]");
  if (closed) document.getElementById(closed.getAttribute("aria-labelledby")).click();
  control.open = Boolean(closed) || !control.open;
}
