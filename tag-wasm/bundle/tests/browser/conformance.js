// One golden case, in a page of its own: the page is made as the case says, then what happens is handed to the tag, and
// what the tag sends is reported. The scripts take themselves out of the document before anything looks at it.

window.weirCase = (wasm, task) => {
  const direct = window.weirDirect;
  const report = window.fetch.bind(window);
  const page = task.page;
  // Where a session comes from that begins here is where the page does.
  const referrer = page.session && page.session.is_new ? page.session.referrer : page.referrer;
  let now = page.now_ms;
  let sent = [];
  let acts = [];
  const ids = new Set();

  const prepare = () => {
    document.querySelectorAll('script[data-weir-test]').forEach((script) => script.remove());
    const fix = (object, name, value) => Object.defineProperty(object, name, { get: () => value, configurable: true });
    Date.now = () => now;
    Math.random = () => Math.round(page.random * 1e6) / 999999;
    fix(navigator, 'language', page.language);
    fix(navigator, 'userAgent', page.user_agent);
    fix(screen, 'width', page.width);
    fix(screen, 'height', page.height);
    localStorage.clear();
    sessionStorage.clear();
    for (const name in page.cookies) document.cookie = `${name}=${encodeURIComponent(page.cookies[name])}; path=/`;
    for (const name in page.local_storage) localStorage.setItem(name, page.local_storage[name]);
    for (const name in page.session_storage) sessionStorage.setItem(name, page.session_storage[name]);
    if (page.session) localStorage.setItem('_weir_s.shop', session(page.session));
    if (page.data_layer) window.dataLayer = page.data_layer;
    Object.assign(window, page.globals);
    window.Image = class {
      set src(url) {
        acts.push({ pixel: url });
      }
    };
    navigator.sendBeacon = (address, body) => {
      sent.push(body);
      return true;
    };
    window.fetch = (address, { body }) => {
      sent.push(body);
      return new Promise(() => {});
    };
  };

  // A session of this number as an earlier page has left it: still live, or long over, so that this view begins the next.
  const session = ({ number, is_new, landing_page, referrer }) => {
    const last = now - (is_new ? 1e8 : 1000);
    const fields = [1, '69560ac0000000aa', last, last, last, is_new ? number - 1 : number, 1, '0'.repeat(16)];
    return [fields.join('.'), landing_page, referrer].join(' ');
  };

  const cleanUp = () => {
    for (const name in page.cookies) document.cookie = `${name}=; path=/; max-age=0`;
    for (const pair of document.cookie.split('; ')) document.cookie = `${pair.split('=')[0]}=; path=/; max-age=0`;
    localStorage.clear();
    sessionStorage.clear();
  };

  // The first match in the order of the document, shadow roots before what is slotted into them.
  const select = (selector, root = document) => {
    for (const element of root.children) {
      if (element.matches(selector)) return element;
      const found = (element.shadowRoot && select(selector, element.shadowRoot)) || select(selector, element);
      if (found) return found;
    }
  };

  // The path of a click, as the browser makes it.
  const pathTo = (element) => {
    let path;
    const listen = (event) => {
      path = event.composedPath();
      event.preventDefault();
    };
    window.addEventListener('click', listen, true);
    element.dispatchEvent(new MouseEvent('click', { bubbles: true, cancelable: true, composed: true }));
    window.removeEventListener('click', listen, true);
    return path;
  };

  // Events as they were sent, then whatever else was done.
  const done = async (pushed) => {
    direct.leave(now);
    const bodies = await Promise.all(sent.map((body) => (body.text ? body.text() : body)));
    // A batch whose answer has not come by the time the page is left is sent again, with the same ids.
    const events = bodies.flatMap((body) => JSON.parse(body).events).filter(({ id }) => !ids.has(id) && ids.add(id));
    for (const script of document.querySelectorAll('script[integrity]')) {
      acts.push({ script: { url: script.src, integrity: script.integrity } });
      script.remove();
    }
    (window.dataLayer || []).slice(pushed).forEach((entry) => acts.push({ push: entry }));
    const all = { events, acts };
    sent = [];
    acts = [];
    return all;
  };

  const step = async (step) => {
    if (step.view) direct.view(now, location.href, referrer);
    else if (step.wait_ms) now += step.wait_ms;
    else {
      const element = step.element && select(step.element);
      if (step.element && !element) throw new Error(`no ${step.element} in the page`);
      const path = step.is_click && element && pathTo(element);
      const pushed = (window.dataLayer || []).length;
      direct.happen(now, { ...step, element, path, detail: page.detail });
      return done(pushed);
    }
    return { events: [], acts: [] };
  };

  const run = async () => {
    prepare();
    const bytes = (text) => Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
    if (!direct.start(bytes(wasm), bytes(task.release), task)) throw new Error('the release was refused');
    direct.view(now, location.href, referrer);
    const found = [];
    for (const one of task.steps) found.push(await step(one));
    return { found };
  };

  document.addEventListener('DOMContentLoaded', async () => {
    const result = await run().catch((error) => ({ error: String((error && error.stack) || error) }));
    cleanUp();
    await report('/weir-test/result', { method: 'POST', body: JSON.stringify(result) });
    location.replace('/weir-test/next');
  });
};
