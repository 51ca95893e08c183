// Time that passes in a page view: all of it, or only while the page is in front of the visitor.

const TIMER = 18;

weirPart(({ guard, hooks, now, occur, on, wanted }) => {
  let timers = [];

  const isEngaged = () => document.visibilityState === 'visible' && document.hasFocus();

  const run = (timer) => {
    if (timer.id || timer.count >= timer.limit || !(timer.byWall || isEngaged())) return;
    timer.since = now();
    timer.id = setTimeout(guard(() => fire(timer)), timer.left);
  };

  const pause = (timer) => {
    if (!timer.id || timer.byWall) return;
    stop(timer);
    timer.left = Math.max(0, timer.left - (now() - timer.since));
  };

  const stop = (timer) => {
    clearTimeout(timer.id);
    timer.id = 0;
  };

  const fire = (timer) => {
    timer.id = 0;
    timer.left = timer.every;
    occur(TIMER, { trigger: timer.trigger, number: ++timer.count });
    run(timer);
  };

  const attend = () => timers.forEach(isEngaged() ? run : pause);

  on(document, 'visibilitychange', attend);
  on(window, 'focus', attend);
  on(window, 'blur', attend);
  const begin = () => {
    timers.forEach(stop);
    timers = wanted.timer.map(([trigger, every, limit, byWall]) => ({ trigger, every, limit, byWall, left: every, count: 0 }));
    timers.forEach(run);
  };
  hooks.view.push(begin);
  begin();
});
