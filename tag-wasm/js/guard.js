// Nothing may throw into the page. Every function that the browser or the page calls is wrapped here.

export const guard = (work) =>
  function () {
    try {
      return work.apply(this, arguments);
    } catch (error) {
      // The page comes first: what fails here is silent.
    }
  };

// Capture phase: pages stop events from bubbling. Passive: nothing here ever prevents anything.
export const on = (target, type, listener) =>
  target.addEventListener(type, guard(listener), { capture: true, passive: true });
