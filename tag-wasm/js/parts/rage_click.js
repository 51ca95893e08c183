// Several clicks on one place in a short time: somebody expects something that does not happen.

const RAGE_CLICK = 27;
const CLICKS = 3;
const WITHIN_MS = 1000;
const WITHIN_PX = 30;
// Buttons that are made to be clicked again and again.
const PATIENT = /^\s*([-+<>«»‹›←→−×]|prev(ious)?|next|more|less|ещ[её]|больше|меньше|назад|вперёд|вперед|далее)\s*$/i;

weirPart(({ now, occur, on }) => {
  let clicks = [];
  on(window, 'click', (event) => {
    const time = now();
    const { clientX: x, clientY: y } = event;
    const path = event.composedPath();
    const target = path[0];
    const button = target.closest && (target.closest('button,a,[role=button]') || target);
    const label = button && (button.getAttribute('aria-label') || button.textContent);
    if (!button || PATIENT.test(label) || /^(number|range)$/.test(target.type)) return;
    clicks = clicks.filter(
      (click) => time - click.time < WITHIN_MS && Math.hypot(click.x - x, click.y - y) < WITHIN_PX && click.target === target,
    );
    clicks.push({ time, x, y, target });
    if (clicks.length < CLICKS) return;
    clicks = [];
    occur(RAGE_CLICK, { path });
  });
});
