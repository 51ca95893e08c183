// Elements that rules want to see in view. The browser's observer reports when one comes into view or leaves; how much is
// enough, and for how long, the wasm decides. The document is searched again when it changes, only if a rule needs it.

weirPart(({ findAll, guard, hear, hold, keyFor, now, offer, on, tag, tell }) => {
  const RESCAN_AFTER_MS = 100;
  const MAX_WATCHED = 2000;

  const slots = [];
  // By the element's number: the element, how much of what fits is in view, and since when so much of it is.
  const inView = new Map();
  // Since when the page is in the foreground.
  let foreground = 0;
  on(document, 'visibilitychange', () => (foreground = now()));
  let changes;
  let rescan;

  // Begins to watch what matches a selector, for a trigger that wants this share of each element in view.
  const watch = (slot, selector, percent) => {
    slots[slot] = Object.assign(slots[slot] || {}, { selector, share: percent / 100 });
  };

  // Begins anew: another page view.
  const rewatch = guard(() => {
    inView.clear();
    for (const slot of slots) {
      (slot.observers || []).forEach((observer) => observer.disconnect());
      slot.observers = [];
      slot.known = new Set();
      slot.observer = observe(slot, slot.share);
    }
    if (!slots.length) return;
    if (!changes) {
      changes = new MutationObserver(guard(() => {
        if (!rescan) rescan = setTimeout(scan, RESCAN_AFTER_MS);
      }));
      changes.observe(document, { childList: true, subtree: true });
    }
    scan();
  });

  // Holds an element that is in view, of which something is told now.
  const elementInView = (key) => {
    const { element, ratio, since } = Object(inView.get(key));
    tell({ visible: { ratio, ms: now() - Math.max(since, foreground) } });
    return hold(element);
  };

  const scan = guard(() => {
    rescan = 0;
    for (const slot of slots) {
      slot.known.forEach((element) => element.isConnected || slot.known.delete(element));
      for (const element of findAll(0, slot.selector) || []) {
        if (slot.known.size >= MAX_WATCHED) break;
        if (!slot.known.has(element)) {
          slot.known.add(element);
          slot.observer.observe(element);
        }
      }
    }
  });

  const observe = (slot, share) => {
    const index = slots.indexOf(slot);
    const observer = new IntersectionObserver(
      guard((entries) => {
        const time = now();
        for (const entry of entries) report(slot, index, share, time, entry);
      }),
      { threshold: [0, share] },
    );
    slot.observers.push(observer);
    return observer;
  };

  const report = (slot, index, share, time, entry) => {
    const element = entry.target;
    const visible = entry.intersectionRect;
    const whole = entry.boundingClientRect;
    // No bounds in a frame of another origin.
    const width = entry.rootBounds ? entry.rootBounds.width : innerWidth;
    const height = entry.rootBounds ? entry.rootBounds.height : innerHeight;
    const key = keyFor(element);
    const most = Math.min(whole.width, width) * Math.min(whole.height, height);
    const ratio = most && Math.min(1, (visible.width * visible.height) / most);
    const before = inView.get(key);
    if (!entry.isIntersecting) inView.delete(key);
    else
      inView.set(key, {
        element,
        ratio: Math.round(ratio * 100) / 100,
        // The wasm allows for fractions of pixels as well (`dwell.rs`).
        since: before && before.ratio + 0.005 >= slot.share && ratio + 0.005 >= slot.share ? before.since : time,
      });
    hear(() =>
      tag.seen(time, index, key, visible.width, visible.height, whole.width, whole.height, width, height),
    );
    // Of an element larger than the viewport, the share asked for can never be in view: wake up at what can.
    const fits = (slot.share * most) / (whole.width * whole.height);
    if (entry.isIntersecting && fits < share * 0.99) {
      slot.observers.forEach((observer) => observer.unobserve(element));
      observe(slot, fits).observe(element);
    }
  };

  offer({ elementInView, rewatch, watch });
});
