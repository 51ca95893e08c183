// Events that the page names itself: `dataLayer.push({event: …})`, `gtag('event', …)`, `weir('event', …)`; also those from
// before the tag was here.

const CUSTOM = 20;

weirPart(({ commands, hooks, isBusy, occur }) => {
  const tell = (name, event) => {
    // What the rules themselves push does not come back to them: it could go round for ever.
    if (typeof name === 'string' && !isBusy()) occur(CUSTOM, { name, detail: { event: Object.assign({}, event) } });
  };

  // `gtag` pushes what it was called with. What a shop pushes in the older shapes has no name.
  hooks.layer = (hooks.layer || []).concat((entry) => {
    if (entry[0] === 'event') tell(entry[1], Object.assign({ event: entry[1], ecommerce: entry[2] }, entry[2]));
    else tell(entry.event === undefined && entry.ecommerce ? '' : entry.event, entry);
  });
  commands.event = tell;
});
