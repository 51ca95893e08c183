// Picks an element of the page: what is under the pointer is lit up, a click takes it, Escape ends it. The page notices
// nothing of that, nor does the tag.

import { h } from './box.js';
import { selectorsOf } from './selector.js';

const HEARD = ['click', 'auxclick', 'mousedown', 'mouseup', 'pointerdown', 'pointerup', 'touchstart', 'touchend', 'dblclick', 'contextmenu', 'submit'];

// `panel`: what the tag's listeners ask whether they are to listen. `picked` gets the element, or nothing.
export const pick = (root, panel, picked) => {
  const light = h('div', { class: 'light' });
  const tip = h('div', { class: 'tip' });
  root.append(light, tip);
  let present;
  const under = (event) => {
    const [target] = event.composedPath();
    const element = target && target.nodeType === 1 ? target : target && target.parentElement;
    return element && !event.composedPath().includes(panel.host) && element !== document.documentElement ? element : null;
  };
  const show = (element) => {
    present = element;
    light.toggleAttribute('data-on', !!element);
    tip.toggleAttribute('data-on', !!element);
    if (!element) return;
    const { left, top, width, height } = element.getBoundingClientRect();
    for (const [side, value] of Object.entries({ left, top, width, height })) light.style.setProperty(side, value + 'px');
    const [best] = selectorsOf(element);
    tip.textContent = best ? best.selector : element.localName;
    tip.style.setProperty('left', Math.max(0, left) + 'px');
    tip.style.setProperty('top', Math.max(0, top > 26 ? top - 24 : top + height + 4) + 'px');
  };
  const done = (element) => {
    HEARD.forEach((type) => window.removeEventListener(type, take, true));
    window.removeEventListener('mousemove', move, true);
    window.removeEventListener('keydown', key, true);
    light.remove();
    tip.remove();
    // The rest of the click that has picked is still on its way.
    setTimeout(() => (panel.picking = false));
    picked(element);
  };
  const move = (event) => {
    const element = under(event);
    if (element !== present) show(element);
  };
  const take = (event) => {
    if (event.composedPath().includes(panel.host)) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    if (event.type === 'click') done(under(event));
  };
  const key = (event) => {
    if (event.key !== 'Escape') return;
    event.preventDefault();
    event.stopImmediatePropagation();
    done(null);
  };
  panel.picking = true;
  HEARD.forEach((type) => window.addEventListener(type, take, { capture: true, passive: false }));
  window.addEventListener('mousemove', move, true);
  window.addEventListener('keydown', key, true);
  return () => done(null);
};
