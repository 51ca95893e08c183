// Events that the page names itself: `dataLayer.push({event: …})`, `gtag('event', …)`, `weir('event', …)`; also those from
// before the tag was here.

const CUSTOM = 20;
const MAX_EARLY = 500;

weirPart(({ commands, guard, isBusy, occur, on }) => {
  const tell = (name, event) => {
    // What the rules themselves push does not come back to them: it could go round for ever.
    if (typeof name === 'string' && !isBusy()) occur(CUSTOM, { name, detail: { event: Object.assign({}, event) } });
  };

  // `gtag` pushes what it was called with. What a shop pushes in the older shapes has no name.
  const take = guard((entry) => {
    if (entry[0] === 'event') tell(entry[1], Object.assign({ event: entry[1], ecommerce: entry[2] }, entry[2]));
    else tell(entry.event === undefined && entry.ecommerce ? '' : entry.event, entry);
  });

  let layer;
  const listen = guard(() => {
    const present = (window.dataLayer = window.dataLayer || []);
    if (present === layer) return;
    layer = present;
    const push = layer.push;
    [].slice.call(layer, -MAX_EARLY).forEach(take);
    layer.push = function () {
      const result = push.apply(this, arguments);
      [].forEach.call(arguments, take);
      return result;
    };
  });

  listen();
  // The page may have put another in its place.
  on(document, 'DOMContentLoaded', listen);
  on(window, 'load', listen);
  commands.event = tell;
});
