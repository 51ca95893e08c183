// A visitor may arrive from another domain of the site with a note in the address (`hand_over.js`). Runs before anything
// else of the loader, so that nobody ever sees the address with it.

weirPart(() => {
  const { href } = location;
  const found = /[?&]_weir=([^&#]*)/.exec(href.split('#')[0]);
  if (!found) return;
  const rest = href.replace(found[0], (note) => (note[0] === '?' ? '?' : '')).replace(/\?&/, '?').replace(/\?(?=#|$)/, '');
  history.replaceState(history.state, '', rest);
  return decodeURIComponent(found[1]);
});
