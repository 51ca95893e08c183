// Elements that are added to the page, after it was loaded.

const APPEARS = 17;
const LOOK_AFTER_MS = 100;
const MAX_KNOWN = 10000;

weirPart(({ guard, occur, on, wanted }) => {
  const known = wanted.appears.map(() => new WeakSet());
  let left = MAX_KNOWN;
  let timer;

  const look = (tell) => {
    timer = 0;
    wanted.appears.forEach(([trigger, selector], at) => {
      for (const element of document.querySelectorAll(selector)) {
        if (known[at].has(element) || !left) continue;
        known[at].add(element);
        left--;
        if (tell) occur(APPEARS, { trigger, path: [element] });
      }
    });
  };

  const begin = guard(() => {
    look(false);
    new MutationObserver(guard(() => {
      if (!timer) timer = setTimeout(guard(look), LOOK_AFTER_MS, true);
    })).observe(document, { childList: true, subtree: true });
  });

  if (document.readyState === 'loading') on(document, 'DOMContentLoaded', begin);
  else begin();
});
