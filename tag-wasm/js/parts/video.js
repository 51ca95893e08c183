// Videos: the page's own, and those of YouTube and Vimeo by the messages that their players post. A YouTube player does so
// only with `enablejsapi=1` in its address. Start and each threshold are told once for each video and page view.

const START = 21;
const PAUSE = 22;
const PROGRESS = 23;
const COMPLETE = 24;
const PLAYERS = /^https:\/\/(?:www\.)?(?:(youtube)(?:-nocookie)?\.com\/embed\/|player\.(vimeo)\.com\/video\/)/;
// A player that has just been loaded may not listen yet.
const GREET_EVERY_MS = 500;
const GREETINGS = 10;

weirPart(({ guard, hooks, occur, on, wanted }) => {
  let videos = new WeakMap();

  // `now`: { title, url, provider, time, duration }, as far as it is known.
  const stateOf = (element, now) => {
    let state = videos.get(element);
    if (!state || (now.url && state.url && state.url !== now.url)) videos.set(element, (state = { reached: {}, percent: 0 }));
    for (const name in now) if (now[name] != null) state[name] = now[name];
    if (state.duration > 0 && state.time >= 0) state.percent = Math.min(100, Math.round((100 * state.time) / state.duration));
    return state;
  };

  const tell = (kind, element, { title, percent, url, provider }, number) =>
    occur(kind, { number, path: [element], detail: { video: { title, percent: number || percent, url, provider } } });

  const played = (element, state) => {
    if (!state.isStarted) {
      state.isStarted = true;
      tell(START, element, state);
    }
  };

  const progressed = (element, state) => {
    for (const number of state.isStarted ? wanted.video : []) {
      if (state.percent >= number && !state.reached[number]) {
        state.reached[number] = true;
        tell(PROGRESS, element, state, number);
      }
    }
  };

  const ended = (element, state) => {
    state.percent = 100;
    progressed(element, state);
    if (!state.isStarted) return;
    tell(COMPLETE, element, state);
    videos.delete(element);
  };

  const own = (type, action) =>
    on(window, type, ({ target }) => {
      if (target.localName !== 'video') return;
      const title = target.title || target.getAttribute('aria-label') || document.title;
      const { currentSrc: url, currentTime: time, duration } = target;
      action(target, stateOf(target, { title, url, time, duration, provider: 'html5' }));
    });

  own('play', played);
  own('timeupdate', progressed);
  own('pause', (video, state) => !video.ended && state.isStarted && tell(PAUSE, video, state));
  own('ended', ended);

  const youtube = (frame, { event, info }) => {
    const about = event === 'onStateChange' ? { playerState: info } : info;
    if (Object(about) !== about) return;
    const { playerState, currentTime: time, duration, videoData: data = {} } = about;
    const state = stateOf(frame, {
      title: data.title,
      url: data.video_id ? 'https://www.youtube.com/watch?v=' + data.video_id : null,
      time,
      duration,
      provider: 'youtube',
    });
    // A state is told again and again.
    const isNew = playerState != null && state.last !== playerState;
    if (isNew) state.last = playerState;
    if (isNew && playerState === 1) played(frame, state);
    progressed(frame, state);
    if (isNew && playerState === 2 && state.isStarted) tell(PAUSE, frame, state);
    if (isNew && playerState === 0) ended(frame, state);
  };

  const vimeo = (frame, { event, data }) => {
    if (event === 'ready') return greet(frame);
    const { seconds: time, duration } = data || {};
    const state = stateOf(frame, { title: frame.title, url: frame.src.split('?')[0], time, duration, provider: 'vimeo' });
    if (event === 'play') played(frame, state);
    progressed(frame, state);
    if (event === 'pause' && state.percent < 100 && state.isStarted) tell(PAUSE, frame, state);
    if (event === 'ended' || event === 'finish') ended(frame, state);
  };

  on(window, 'message', (event) => {
    const isYoutube = /^https:\/\/www\.youtube(-nocookie)?\.com$/.test(event.origin);
    if (!isYoutube && event.origin !== 'https://player.vimeo.com') return;
    const frame = [...document.querySelectorAll('iframe')].find((frame) => frame.contentWindow === event.source);
    const data = typeof event.data === 'string' ? JSON.parse(event.data) : event.data;
    if (frame) (isYoutube ? youtube : vimeo)(frame, data);
  });

  const greet = (frame) => {
    const player = PLAYERS.exec(frame.src);
    if (!player) return;
    const say = (message) => frame.contentWindow.postMessage(JSON.stringify(message), new URL(frame.src).origin);
    if (player[1]) say({ event: 'listening' });
    else for (const value of ['play', 'pause', 'ended', 'timeupdate']) say({ method: 'addEventListener', value });
  };

  const meet = (frame, times) => {
    guard(greet)(frame);
    if (times > 1 && !videos.has(frame)) setTimeout(meet, GREET_EVERY_MS, frame, times - 1);
  };

  document.querySelectorAll('iframe').forEach((frame) => meet(frame, GREETINGS));
  on(window, 'load', ({ target }) => target.localName === 'iframe' && PLAYERS.test(target.src) && meet(target, GREETINGS));
  hooks.view.push(() => {
    videos = new WeakMap();
  });
});
