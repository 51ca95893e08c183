// The data layer: what pages push, before the tag was here and after, told to the parts that asked for it. The last of those
// that listen to start; what it hears of consent is kept for the part that starts later.

const MAX_EARLY = 500;

weirPart(({ guard, hooks, on }) => {
  hooks.said = [];
  hooks.layer = hooks.layer || [];
  const tell = guard((entry) => {
    if (entry[0] === 'consent') hooks.said.push(entry);
    hooks.layer.forEach((take) => guard(take)(entry));
  });

  let layer;
  const listen = guard(() => {
    const present = (window.dataLayer = window.dataLayer || []);
    if (present === layer) return;
    layer = present;
    const push = layer.push;
    [].slice.call(layer, -MAX_EARLY).forEach(tell);
    layer.push = function () {
      const result = push.apply(this, arguments);
      [].forEach.call(arguments, tell);
      return result;
    };
  });

  listen();
  // The page may have put another in its place.
  on(document, 'DOMContentLoaded', listen);
  on(window, 'load', listen);
});
