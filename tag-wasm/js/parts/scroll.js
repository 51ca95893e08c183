// How far the page has been scrolled: the far edge of the viewport, in percent or pixels of the whole. Each threshold is
// told once in a page view. A page that nobody scrolls tells nothing.

const PERCENT = 13;
const PIXELS = 14;
const PERCENT_ACROSS = 15;
const PIXELS_ACROSS = 16;
const LOOK_AFTER_MS = 100;
// Browsers scroll by fractions of pixels.
const TOLERANCE = 1;

weirPart(({ guard, hooks, occur, on, wanted }) => {
  let reached = {};
  let timer;

  const look = guard(() => {
    timer = 0;
    const page = document.scrollingElement || document.documentElement;
    const down = scrollY + innerHeight + TOLERANCE;
    const across = scrollX + innerWidth + TOLERANCE;
    const depths = {
      [PERCENT]: (100 * down) / page.scrollHeight,
      [PIXELS]: down,
      [PERCENT_ACROSS]: (100 * across) / page.scrollWidth,
      [PIXELS_ACROSS]: across,
    };
    for (const [kind, thresholds] of wanted.scroll) {
      for (const number of thresholds) {
        const name = kind + ' ' + number;
        if (depths[kind] < number || reached[name]) continue;
        reached[name] = true;
        const percent = kind % 2 ? number : Math.min(100, Math.floor(depths[kind - 1]));
        occur(kind, { number, detail: { scroll: { percent } } });
      }
    }
  });

  on(window, 'scroll', () => {
    if (!timer) timer = setTimeout(look, LOOK_AFTER_MS);
  });
  hooks.view.push(() => {
    reached = {};
  });
});
