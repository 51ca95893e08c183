// Whether something may be told of who leaves before the core is here, and with it the part for consent: as was answered on an
// earlier page, or else as the site starts. Where the page itself speaks of consent, only that part understands it; calls wait
// for it.

weirPart(({ commands, guard, hooks, offer, site, wanted }) => {
  const { states, signals, may } = wanted.consent;
  hooks.asked = [];
  commands.consent = (given) => hooks.asked.push(given);
  const before = guard(() => JSON.parse(localStorage.getItem('_weir_c.' + site)).analytics);
  offer({
    may() {
      if (hooks.asked[0] || (hooks.said || [])[0] || window.__tcfapi) return;
      const answer = before();
      const isRefused = signals.includes('dnt') && /^(1|yes)$/.test(navigator.doNotTrack || window.doNotTrack);
      return (typeof answer === 'boolean' ? answer : states.analytics && !isRefused) && may;
    },
  });
});
