// How fast the page was: once, when it is first hidden or left, because only then it is known. In milliseconds: `ttfb` until
// the first byte, `lcp` until the largest thing was drawn, `inp` for the slowest answer to an interaction; `cls` is how much
// has jumped about.

const WEB_VITALS = 29;
// Shifts so close together are one, and none lasts longer.
const SHIFT_GAP_MS = 1000;
const SHIFT_MS = 5000;
// One interaction in so many is not counted: the slowest may be an accident.
const FORGIVEN_ONE_IN = 50;
// Interactions that are remembered, the slowest: of a page that is used for a whole day too.
const MAX_KNOWN = 100;

weirPart(({ guard, hooks, occur }) => {
  let lcp = 0;
  let cls = 0;
  let shift = { from: 0, to: 0, sum: 0 };
  const interactions = new Map();
  let count = 0;
  let isTold;

  const observe = guard((type, take, options) => {
    const observer = new PerformanceObserver(guard((list) => list.getEntries().forEach(take)));
    observer.observe(Object.assign({ type, buffered: true }, options));
    takers.push(() => observer.takeRecords().forEach(take));
  });
  const takers = [];

  observe('largest-contentful-paint', (entry) => {
    lcp = entry.startTime;
  });
  observe('layout-shift', (entry) => {
    if (entry.hadRecentInput) return;
    const time = entry.startTime;
    if (time - shift.to > SHIFT_GAP_MS || time - shift.from > SHIFT_MS) shift = { from: time, to: time, sum: 0 };
    shift.to = time;
    shift.sum += entry.value;
    cls = Math.max(cls, shift.sum);
  });
  observe(
    'event',
    (entry) => {
      const id = entry.interactionId;
      if (!id) return;
      if (!interactions.has(id)) count++;
      interactions.set(id, Math.max(interactions.get(id) || 0, entry.duration));
      if (interactions.size > MAX_KNOWN) {
        const fastest = [...interactions].reduce((one, other) => (other[1] < one[1] ? other : one));
        interactions.delete(fastest[0]);
      }
    },
    { durationThreshold: 16 },
  );

  hooks.leave.push(() => {
    if (isTold) return;
    isTold = true;
    takers.forEach((take) => take());
    const navigation = performance.getEntriesByType('navigation')[0];
    const slowest = [...interactions.values()].sort((one, other) => other - one);
    const event = {
      name: 'web_vitals',
      ttfb: navigation ? Math.round(navigation.responseStart) : undefined,
      lcp: lcp ? Math.round(lcp) : undefined,
      cls: Math.round(cls * 10000) / 10000,
      inp: count ? Math.round(slowest[Math.min(Math.floor(count / FORGIVEN_ONE_IN), slowest.length - 1)]) : undefined,
    };
    occur(WEB_VITALS, { detail: { event } });
  });
});
