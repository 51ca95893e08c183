// A piece of code with a button that copies it.

import { h } from "../elements.js";
import { words } from "../words.js";

const SAID_MS = 2000;

/** Browsers without the clipboard API, and pages that may not use it: the old way. */
function copyBySelection(pre) {
  const range = document.createRange();
  range.selectNodeContents(pre);
  const selection = getSelection();
  selection.removeAllRanges();
  selection.addRange(range);
  return document.execCommand("copy");
}

/** A block of code; `label` says what it is to those who do not see it. */
export function code(text, label) {
  const pre = h("pre", { tabindex: 0, "aria-label": label }, text);
  const button = h("button", { type: "button" }, words().copy);
  const said = h("span", { class: "visually-hidden", role: "status" });
  button.addEventListener("click", async () => {
    const done = await navigator.clipboard?.writeText(text).then(() => true, () => false);
    if (!done && !copyBySelection(pre)) return;
    button.textContent = words().copied;
    button.classList.add("done");
    said.textContent = words().copied;
    setTimeout(() => {
      button.textContent = words().copy;
      button.classList.remove("done");
      said.textContent = "";
    }, SAID_MS);
  });
  return h("div", { class: "code" }, pre, h("div", { class: "copy" }, button, said));
}
