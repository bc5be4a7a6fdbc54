/**
 * Single-key shortcuts. They can be switched off in the help (WCAG 2.1.4: speech input and
 * stray keys must not trigger them), and never fire while a field or a dialog has the keys.
 */
import { recall, remember } from "./memory.js";

const KEYS = { s: "start", m: "mute", h: "hear", d: "details", "?": "help-open" };

export function installShortcuts() {
  const enabled = document.getElementById("keys");
  enabled.checked = recall("shortcuts", "on") === "on";
  enabled.addEventListener("change", () => remember("shortcuts", enabled.checked ? "on" : "off"));
  document.addEventListener("keydown", (event) => {
    const id = KEYS[event.key.toLowerCase()];
    const modified = event.ctrlKey || event.metaKey || event.altKey || event.repeat;
    const elsewhere = event.target.closest?.("select, dialog, input:not([type=range])");
    if (!id || modified || elsewhere || !enabled.checked) return;
    event.preventDefault();
    press(document.getElementById(id));
  });
}

function press(control) {
  if (control.matches("details")) control.open = !control.open;
  else control.click();
}
