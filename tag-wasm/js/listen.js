// What the browser tells: clicks, submits, navigation, attention. Everything goes through the queue in `inputs.js`.

import { guard, on } from './guard.js';
import { hear, now, tellEarly, setWhole } from './inputs.js';
import { core } from './later.js';
import { rescue } from './rescue.js';

// Routers change the address several times for one navigation, and draw the new page a little later.
const ARRIVED_AFTER_MS = 50;
// How long to wait for the `submit` that a click on a submit button should bring.
const SUBMIT_WITHIN_MS = 300;
// A `submit` so soon after such a click was counted is the same sending.
const SAME_SUBMIT_MS = 5000;

// What parts of the loader want to be told: a page view begins, the address has changed, somebody tries to send a form in a
// shadow root, a form was sent, the page may end.
export const hooks = { view: [], move: [], tried: [], sent: [], leave: [] };

const tellParts = (name, ...about) => hooks[name].forEach((hook) => guard(hook)(...about));

export const listen = () => {
  on(window, 'click', click);
  on(window, 'auxclick', (event) => event.button === 1 && click(event));
  on(window, 'submit', (event) => submitted(event.composedPath()[0]));
  follow('pushState');
  follow('replaceState');
  // Whoever has wrapped those two too may put the old ones back; newer browsers tell by themselves.
  if (window.navigation) on(navigation, 'currententrychange', moved);
  on(window, 'popstate', moved);
  on(window, 'hashchange', moved);
  // In the capture phase the window also hears of every field.
  on(window, 'focus', (event) => event.target === window && attend());
  on(window, 'blur', (event) => event.target === window && attend());
  on(document, 'visibilitychange', () => {
    attend();
    if (document.visibilityState === 'hidden') leave(false);
  });
  on(window, 'pagehide', () => {
    attempts.forEach((timer, form) => attempted(form));
    leave(true);
  });
  if (isWhole()) setWhole();
  else {
    on(document, 'DOMContentLoaded', setWhole);
    on(window, 'load', setWhole);
  }
  on(window, 'pageshow', (event) => {
    if (event.persisted) {
      if (core.woken) core.woken();
      view();
    }
  });
  if (document.prerendering) on(document, 'prerenderingchange', view);
  else view();
};

// Deferred scripts and modules run while the document is `interactive` already: only the event, or its time, says that
// they have.
const isWhole = guard(
  () =>
    document.readyState === 'complete' ||
    (document.readyState !== 'loading' && performance.getEntriesByType('navigation')[0].domContentLoadedEventStart > 0),
);

// A page view: who leaves before the rules are here is counted, too.
const hearView = (time, url, referrer, work) => {
  let isTold;
  hear(
    () => work(isTold),
    () => (isTold = isTold || rescue(time, url, referrer)),
  );
};

const view = () => {
  const time = now();
  const url = location.href;
  const { referrer } = document;
  hearView(time, url, referrer, (isTold) => core.begin(time, url, referrer, isTold));
  attend();
  tellParts('view');
};

const attend = () => {
  const time = now();
  const visible = document.visibilityState === 'visible';
  const engaged = visible && document.hasFocus();
  hear(() => core.turn(time, engaged));
};

const leave = (final) => {
  arrive();
  tellParts('leave');
  tellEarly();
  hear(() => core.leave(now(), final));
  setWhole();
};

// What of an address makes it another view: its path, and what follows `#` where that is a route. A change of the query alone
// does not: filters and searches rewrite it at every key stroke.
const place = (url) => url.replace(/\?[^#]*/g, '').replace(/#(?![/!]).*/, '');

let present = location.href;
let moving;
const moved = guard(() => {
  if (!moving) moving = setTimeout(guard(arrive), ARRIVED_AFTER_MS);
});

// The navigation is over, at the latest when something else happens.
const arrive = () => {
  if (!moving) return;
  clearTimeout(moving);
  moving = 0;
  const time = now();
  const from = present;
  present = location.href;
  const url = present;
  const isSameView = place(from) === place(url);
  if (isSameView) hear(() => core.rename(url));
  else hearView(time, url, from, (isTold) => core.move(time, url, isTold));
  tellParts('move', from, url);
  if (!isSameView) tellParts('view');
};

// A page may have frozen its history.
const follow = guard((name) => {
  const original = history[name];
  history[name] = function () {
    const result = original.apply(this, arguments);
    moved();
    return result;
  };
});

const click = (event) => {
  arrive();
  // Without document and window, which come last: what those do not have they look for among all that has a name on the page.
  const path = event.composedPath().slice(0, -2);
  const time = now();
  hear(() => core.click(time, path));
  const button = path.find((node) => (node.type === 'submit' || node.type === 'image') && node.form);
  if (button && !attempts.has(button.form)) {
    const form = button.form;
    attempts.set(form, setTimeout(guard(() => attempted(form)), SUBMIT_WITHIN_MS));
  }
};

// Forms whose submit button was clicked, with the timer that runs; forms counted without a `submit`, with the time.
const attempts = new Map();
const counted = new WeakMap();

export const submitted = (form) => {
  clearTimeout(attempts.get(form));
  attempts.delete(form);
  if (!(now() - counted.get(form) < SAME_SUBMIT_MS)) sent(form);
};

// The page prevented the click or stopped the event, and sends the form in its own way.
const attempted = (form) => {
  clearTimeout(attempts.get(form));
  attempts.delete(form);
  if (Element.prototype.matches.call(form, '[novalidate], :valid')) {
    counted.set(form, now());
    sent(form);
  }
};

const sent = (form) => {
  arrive();
  const time = now();
  hear(() => core.submit(time, form));
  tellParts('sent', form);
};
