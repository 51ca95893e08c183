// Forms beyond being sent: somebody tries to, and the site says that it went well.

const ATTEMPT = 8;
const SUCCESS = 9;
// One try makes a click, several `invalid` and a `submit`.
const SAME_TRY_MS = 1000;
const LOOK_EVERY_MS = 200;
const ANSWER_WITHIN_MS = 30000;
// A page that comes after the form's own.
const NEXT_PAGE_WITHIN_MS = 300000;

weirPart(({ guard, hooks, now, occur, on, isKept, readable, site, wanted }) => {
  const successes = wanted.success || [];
  const key = '_weir_f.' + site;
  const tried = new WeakMap();
  let waiting = [];

  const attempt = (form) => {
    if (!form || now() - tried.get(form) < SAME_TRY_MS) return;
    tried.set(form, now());
    occur(ATTEMPT, { path: [form] });
  };

  on(window, 'click', (event) => {
    const button = event.composedPath().find((node) => /^(submit|image)$/.test(node.type) && node.form);
    attempt(button && button.form);
  });
  on(window, 'submit', (event) => attempt(event.target));
  on(window, 'invalid', (event) => attempt(event.target.form));
  hooks.tried.push(attempt);

  const isVisible = (selector) =>
    [...document.querySelectorAll(selector)].some(
      (element) => element.getClientRects().length && getComputedStyle(element).visibility === 'visible',
    );
  const isOpen = (source, ignoreCase) => new RegExp(source, ignoreCase ? 'iu' : 'u').test(readable(location.pathname));
  const succeeded = ([, , visible, source, ignoreCase]) => (visible ? isVisible(visible) : isOpen(source, ignoreCase));

  const keep = guard(() => {
    if (!isKept()) return;
    const left = waiting.filter(({ success }) => success[3]).map(({ success, until }) => [success[0], until]);
    if (left.length) sessionStorage.setItem(key, JSON.stringify(left));
    else sessionStorage.removeItem(key);
  });

  let timer;
  const look = guard(() => {
    timer = 0;
    const before = waiting.length;
    waiting = waiting.filter(({ success, form, until }) => {
      if (!succeeded(success)) return now() < until;
      occur(SUCCESS, { trigger: success[0], path: form && [form] });
    });
    if (waiting.length !== before) keep();
    if (waiting.length) timer = setTimeout(look, LOOK_EVERY_MS);
  });

  const wait = (success, form, until) => {
    waiting.push({ success, form, until });
    if (!timer) timer = setTimeout(look, LOOK_EVERY_MS);
  };

  hooks.sent.push((form) => {
    for (const success of successes) {
      const isOne = !success[1] || Element.prototype.closest.call(form, success[1]);
      // What is there before the form is sent says nothing about it.
      if (isOne && !succeeded(success)) wait(success, form, now() + (success[3] ? NEXT_PAGE_WITHIN_MS : ANSWER_WITHIN_MS));
    }
    if (successes.length) keep();
  });

  // A form of the page before.
  guard(() => {
    if (!isKept()) return;
    for (const [trigger, until] of JSON.parse(sessionStorage.getItem(key) || '[]')) {
      const success = successes.find((success) => success[0] === trigger);
      if (success && now() < until) wait(success, null, until);
    }
  })();
});
