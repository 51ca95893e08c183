// Elements that rules want to see in view: how much of each, and for how long. The browser's observer reports when one comes into
// view or leaves. Time counts only while enough of it is in view and the tab is in the foreground, without a break. An element
// that is larger than the viewport counts by what fits in it. The document is searched again when it changes.

const VISIBLE = 3;
const RESCAN_AFTER_MS = 100;
const MAX_WATCHED = 2000;
// Elements in view at a time for one trigger; the others wait until one has left.
const MAX_IN_VIEW = 256;
// Browsers compute with fractions of pixels.
const TOLERANCE = 0.005;

weirPart(({ guard, happen, hear, hold, now, offer, on, rests, tell, wanted }) => {
  const isInFront = () => document.visibilityState === 'visible';
  // `inView`: elements of which enough is, with how much and since when, until they have been told of.
  const slots = wanted.watch.map(([trigger, selector, percent, ms]) => ({ trigger, selector, share: percent / 100, ms, observers: [], known: new Set(), inView: new Map() }));
  // Since when the page is in the foreground.
  let foreground = isInFront() ? 0 : Infinity;
  let changes;
  let rescan;

  on(document, 'visibilitychange', () => {
    const time = isInFront() ? now() : Infinity;
    hear(() => (foreground = time));
  });

  // Tells of what has been in view for long enough; returns when the next will have been. Before what is recorded is looked after.
  rests.unshift((time) => {
    let next = Infinity;
    for (const { trigger, ms, inView } of slots) {
      for (const [element, seen] of inView) {
        const since = Math.max(seen.since, foreground);
        if (since + ms > time) next = Math.min(next, since + ms);
        else if (!seen.isTold) {
          seen.isTold = true;
          tell({ visible: { ratio: Math.round(seen.ratio * 100) / 100, ms: time - since } });
          happen(time, VISIBLE, { element: hold(element), trigger });
        }
      }
    }
    return next;
  });

  // Begins anew: another page view.
  const rewatch = () => {
    for (const slot of slots) {
      slot.observers.forEach((observer) => observer.disconnect());
      slot.observers = [];
      slot.known.clear();
      slot.inView.clear();
      slot.observer = observe(slot, slot.share);
    }
    if (!changes) {
      changes = new MutationObserver(guard(() => {
        if (!rescan) rescan = setTimeout(scan, RESCAN_AFTER_MS);
      }));
      changes.observe(document, { childList: true, subtree: true });
    }
    scan();
  };

  const scan = guard(() => {
    rescan = 0;
    for (const { selector, known, observer } of slots) {
      known.forEach((element) => element.isConnected || known.delete(element));
      for (const element of document.querySelectorAll(selector)) {
        if (known.size >= MAX_WATCHED) break;
        if (!known.has(element)) {
          known.add(element);
          observer.observe(element);
        }
      }
    }
  });

  const observe = (slot, share) => {
    const observer = new IntersectionObserver(
      guard((entries) => {
        const time = now();
        for (const entry of entries) report(slot, share, time, entry);
      }),
      { threshold: [0, share] },
    );
    slot.observers.push(observer);
    return observer;
  };

  const report = (slot, share, time, { isIntersecting, intersectionRect: visible, boundingClientRect: whole, rootBounds, target }) => {
    // No bounds in a frame of another origin.
    const width = rootBounds ? rootBounds.width : innerWidth;
    const height = rootBounds ? rootBounds.height : innerHeight;
    const most = Math.min(whole.width, width) * Math.min(whole.height, height);
    // An element without an area is never in view.
    const ratio = most > 0 ? Math.min(1, (visible.width * visible.height) / most) : 0;
    const { inView } = slot;
    hear(() => {
      const seen = inView.get(target);
      if (!(ratio > 0 && ratio + TOLERANCE >= slot.share)) inView.delete(target);
      else if (seen) seen.ratio = ratio;
      else if (inView.size < MAX_IN_VIEW) inView.set(target, { ratio, since: time });
    });
    // Of an element larger than the viewport, the share asked for can never be in view: wake up at what can.
    const fits = (slot.share * most) / (whole.width * whole.height);
    if (isIntersecting && fits < share * 0.99) {
      slot.observers.forEach((observer) => observer.unobserve(target));
      observe(slot, fits).observe(target);
    }
  };

  offer({ rewatch });
});
