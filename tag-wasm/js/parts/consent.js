// Consent: what a visitor has answered, and what may be kept and sent because of it. Answers come from `weir('consent', …)`,
// from Google's consent mode through the data layer, from signs of the browser and from other parts (`tcf.js`).
//
// A category that is not granted from the start has no answer until somebody gives one; the others have none for as long as
// the site waits. What tags do meanwhile is kept in memory. Without `analytics` nothing is kept in the
// browser: what is stored goes to memory instead (`store.js`), and becomes the visitor's with the answer.

weirPart((lent) => {
  const { ask, commands, config, consentTo, during, forget, guard, hasModule, hear, hooks, isOut, memory, now, offer, report, site, viewNow, wanted } = lent;
  if (isOut) return;
  const { states, wait, signals, may } = wanted.consent;
  // What waits for an answer, at most; what comes then is forgotten.
  const MAX_HELD = 500;
  const ANALYTICS = 'analytics';
  // What was answered by `weir('consent', …)`. Platforms answer anew on each page.
  const KEY = '_weir_c.' + site;
  const SESSION_KEY = '_weir_s.' + site;
  const ONCE_KEY = '_weir_o.' + site;
  const IDLE_MS = 1800000;
  const LONGEST_MS = 86400000;
  // Categories of Google's consent mode.
  const GOOGLE = { analytics_storage: ANALYTICS, ad_storage: 'marketing', ad_user_data: 'marketing', ad_personalization: 'marketing' };

  const isKnown = (category) => Object.prototype.hasOwnProperty.call(states, category);

  // What was answered on this page, and on one before.
  const answers = {};
  let before = {};
  let waits = wait > 0;
  // What holds: categories that are granted, or denied for sure.
  let present = {};
  let isApplied;

  const says = { gpc: navigator.globalPrivacyControl, dnt: /^(1|yes)$/.test(navigator.doNotTrack || window.doNotTrack) };
  const isRefused = (category) =>
    signals.some((signal) => says[signal] && (signal === 'dnt' || category === 'marketing'));

  const stateOf = (category) => {
    if (category in answers) return answers[category];
    if (category in before) return before[category];
    if (isRefused(category)) return false;
    if (states[category] && !waits) return true;
  };

  const wordOf = (word) => {
    if (word === true || word === 'granted') return true;
    if (word === false || word === 'denied') return false;
  };

  // The session from before is still going on, and what began here is part of it.
  const goesOn = (there, here) => {
    const [version, , started, last, , , , campaign] = there;
    return (
      version === '1' &&
      here[2] < +last + IDLE_MS &&
      here[2] < +started + LONGEST_MS &&
      (/^0*$/.test(here[7]) || here[7] === campaign)
    );
  };

  // What was kept in memory is the visitor's now, but for a visitor and a session that the browser knows already.
  const adopt = guard(() => {
    const session = memory[SESSION_KEY];
    const once = memory[ONCE_KEY];
    config.may = may;
    if (!may.keep) return;
    if (session) {
      const here = session.split(' ');
      const head = here[0].split('.');
      const there = (localStorage.getItem(SESSION_KEY) || '').split(' ')[0].split('.');
      if (!goesOn(there, head)) {
        head[5] = ~~there[5] + 1;
        here[0] = head.join('.');
        localStorage.setItem(SESSION_KEY, here.join(' '));
      }
    }
    if (once) localStorage.setItem(ONCE_KEY, [once, localStorage.getItem(ONCE_KEY)].filter(Boolean).join(' '));
    for (const key in memory) delete memory[key];
  });

  // What was answered holds from now on.
  const apply = () => {
    const was = present[ANALYTICS];
    present = {};
    for (const category in states) present[category] = stateOf(category);
    if (present[ANALYTICS]) {
      if (!config.may) {
        adopt();
        if (isApplied) (hooks.granted || []).forEach((tell) => guard(tell)());
      }
      report();
    } else {
      config.may = undefined;
      // Also what is in memory only, and what a page has left behind that ended meanwhile.
      if (present[ANALYTICS] === false && was !== false) forget();
    }
    isApplied = true;
  };

  // What tags want to do: the categories it waits for, the page view that it belongs to, and what it is.
  let held = [];
  const release = () => {
    const waiting = held;
    held = [];
    for (const one of waiting) {
      const said = one.categories.map(consentTo);
      if (said.includes('denied')) continue;
      if (said.includes(null)) held.push(one);
      else during(one.view, one.act);
    }
  };

  // The rules ask for what holds by a name; by none, the recorder is ready for what was answered, and learns what is granted.
  offer({
    // From here on this part decides (`answered.js`).
    may() {},
    hold(categories, act) {
      if (held.length < MAX_HELD) held.push({ categories, act, view: viewNow() });
    },
    v3: (category) => {
      if (category) return isKnown(category) ? { true: 'granted', false: 'denied' }[present[category]] || '' : null;
      apply();
      return Object.keys(present).filter((one) => present[one]);
    },
  });

  const changed = () => {
    if (!hasModule()) apply();
    const time = now();
    hear(() => {
      ask(time);
      release();
    });
  };

  const answer = (given) => {
    Object.assign(answers, given);
    changed();
  };

  const settle = () => {
    if (!waits) return;
    waits = false;
    changed();
  };

  let timer;
  const waitFor = (ms) => {
    clearTimeout(timer);
    waits = true;
    timer = setTimeout(guard(settle), Math.min(ms, 10000));
  };

  const judged = (given) => {
    const good = {};
    for (const category in given) {
      const state = wordOf(given[category]);
      if (!isKnown(category)) report('unknown_category', category);
      else if (state === undefined) report('bad_consent', given[category]);
      else good[category] = state;
    }
    return good;
  };

  commands.consent = (given) => {
    // `weir('consent', 'granted')`: to everything.
    if (typeof given === 'string') {
      const all = {};
      for (const category in states) all[category] = given;
      given = all;
    }
    if (Object(given) !== given) return report('bad_consent', given);
    answer(judged(given));
    // An answer is kept only where something may be, and where the site does not start from it anyway.
    const keeps = may.keep && (stateOf(ANALYTICS) || states[ANALYTICS]);
    const all = JSON.stringify(Object.assign({}, before, answers));
    guard(() => (keeps ? localStorage.setItem(KEY, all) : localStorage.removeItem(KEY)))();
  };

  // Of several signals that are one category, each must be granted.
  const google = {};
  const fromGoogle = (given) => {
    const found = {};
    for (const signal in given) {
      const state = wordOf(given[signal]);
      const category = GOOGLE[signal];
      if (state !== undefined && isKnown(signal)) found[signal] = state;
      if (state !== undefined && category) google[signal] = state;
    }
    for (const category of [ANALYTICS, 'marketing']) {
      const said = Object.keys(google).filter((signal) => GOOGLE[signal] === category);
      if (said.some((signal) => signal in given)) found[category] = said.every((signal) => google[signal]);
    }
    return found;
  };

  const hearLayer = (entry) => {
    if (entry[0] !== 'consent' || Object(entry[2]) !== entry[2]) return;
    const found = fromGoogle(entry[2]);
    if (entry[1] === 'update') answer(found);
    if (entry[1] !== 'default') return;
    // The page has a platform that speaks for the visitor: what was kept from before does not. A default can only take
    // back what the site allows, and does so everywhere: where it is meant for, only the platform knows.
    before = {};
    for (const category in found) states[category] = states[category] && found[category];
    if (entry[2].wait_for_update > 0) waitFor(entry[2].wait_for_update);
    changed();
  };
  hooks.layer = (hooks.layer || []).concat(hearLayer);

  guard(() => {
    const found = JSON.parse(localStorage.getItem(KEY));
    for (const category in found) if (typeof found[category] === 'boolean') before[category] = found[category];
  })();
  if (waits) waitFor(wait);
  // Who leaves meanwhile has not answered: the site's own settings hold.
  hooks.leave.push(settle);
  lent.answer = answer;
  apply();
  // What the page has said before this part was here.
  (hooks.said || []).forEach(guard(hearLayer));
  (hooks.asked || []).forEach(guard(commands.consent));
});
