// As the `guard.js` that every page gets, but for what happens in the panel, and while an element is picked: that is no
// visitor's doing.

export const guard = (work) =>
  function () {
    try {
      return work.apply(this, arguments);
    } catch (error) {
      // The page comes first: what fails here is silent.
    }
  };

export const panel = { host: null, picking: false };

// What the pointer and the keyboard do while an element is picked.
const INPUT = /^(click|auxclick|submit|copy|mouse|pointer|touch|key)/;

const isOurs = (event) =>
  (panel.picking && INPUT.test(event.type)) || (panel.host && event.composedPath().includes(panel.host));

export const on = (target, type, listener) =>
  target.addEventListener(type, guard((event) => isOurs(event) || listener(event)), { capture: true, passive: true });
