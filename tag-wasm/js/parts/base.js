// What several other parts use: forgetting what is kept of a visitor, and telling of calls of the page that cannot be
// understood.

weirPart((lent) => {
  const { beacon, config, guard, isKept, json, memory, now, setCookie, site } = lent;
  const KEPT = ['_weir_s.', '_weir_q.', '_weir_o.', '_weir_d.'];
  // The answer to events that are still under way may set the cookie once more.
  const FORGET_AGAIN_MS = [1000, 5000, 35000];
  const MAX_PROBLEMS = 20;
  const MAX_GIVEN = 100;
  // Who has called does not matter.
  const NOBODY = '0000000000000001';

  const forget = guard(() => {
    if (isKept()) return;
    setCookie('_weir_v', '', 0);
    KEPT.forEach((key) => localStorage.removeItem(key + site));
    sessionStorage.removeItem('_weir_f.' + site);
  });

  lent.forget = () => {
    for (const key in memory) delete memory[key];
    forget();
    FORGET_AGAIN_MS.forEach((ms) => setTimeout(forget, ms));
  };

  // Whoever looks finds them in `weir.problems`; the owner of the site among the rejected events, as soon as anything may be
  // sent. Without a problem, tells what has not been told.
  const problems = [];
  let told = 0;
  lent.report = guard((problem, given) => {
    if (lent.isOut) return;
    if (problem && problems.length < MAX_PROBLEMS) problems.push({ problem, given: ('' + given).slice(0, MAX_GIVEN) });
    window.weir.problems = problems;
    if (!config.may || told === problems.length) return;
    const events = problems.slice(told).map((one) => Object.assign({ id: NOBODY + Math.random(), name: 'call', ts: now(), seq: 0, page: 0 }, one));
    told = problems.length;
    beacon(
      json({
        v: 1,
        site,
        sent: now(),
        visitor: NOBODY,
        release: config.version,
        consent: [],
        pages: [{ url: location.origin + location.pathname }],
        events,
      }),
    );
  });
});
