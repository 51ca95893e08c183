// Forms that send nothing anywhere: the demo shop has nobody to read them.

import { element } from "./elements.js";

/** Puts a word of thanks in the place of the form once it is sent. */
export function whenSent(form, thanks) {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const done = element("p", { class: "done", role: "status", tabindex: "-1" }, thanks);
    form.replaceWith(done);
    done.focus();
  });
}
