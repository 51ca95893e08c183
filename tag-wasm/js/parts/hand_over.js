// One visitor on several domains of a site: a link to another one carries a note, `1~visitor~minute~check~session`. It is
// good for two minutes, and for this browser: the check is a hash of what every site of the same browser sees. The link has
// it only while the browser follows it. Only where something may be kept of the visitor, here and there.

const GOOD_FOR_MINUTES = 2;
const MAX_SESSION = 1500;

weirPart(({ config, guard, hashOf, hooks, isKept, now, on, readCookie, setCookie, site, wanted }) => {
  const COOKIE = '_weir_v';
  const SESSION_KEY = '_weir_s.' + site;
  const MAX_AGE_S = 34128000;

  const minute = () => Math.floor(now() / 60000);

  const checkOf = (visitor, at) =>
    hashOf([site, visitor, at, navigator.userAgent, navigator.language, new Date().getTimezoneOffset()].join('~'));

  const domainOf = (host) => wanted.domains.find((domain) => host === domain || host.endsWith('.' + domain));

  // What the note says, if it is good; with the answer about consent, which may come later, it is used.
  const read = ([version, visitor, at, check, ...session]) => {
    const age = minute() - at;
    const isGood = version === '1' && /^[0-9a-f]{16}$/.test(visitor) && age >= -1 && age <= GOOD_FOR_MINUTES;
    return isGood && check === checkOf(visitor, at) && [visitor, session.join('~')];
  };
  let handed = config.handed && read(config.handed.split('~'));

  const takeOver = guard(() => {
    if (!handed || !isKept()) return;
    const [visitor, session] = handed;
    handed = 0;
    setCookie(COOKIE, visitor, MAX_AGE_S);
    if (/^1\.[0-9a-f]+(\.\d+){5}\.[0-9a-f]+ \S* \S*$/.test(session)) localStorage.setItem(SESSION_KEY, session);
  });

  const mark = (event) => {
    const link = event.composedPath().find((node) => node.localName === 'a' && node.getAttribute('href'));
    const visitor = isKept() && readCookie(COOKIE);
    if (!link || !visitor || (event.type === 'auxclick' && event.button !== 1)) return;
    const url = new URL(link.href, document.baseURI);
    const other = domainOf(url.hostname);
    if (!/^https?:/.test(url.protocol) || !other || other === domainOf(location.hostname)) return;
    const at = minute();
    const session = localStorage.getItem(SESSION_KEY) || '';
    const note = [1, visitor, at, checkOf(visitor, at), session.length > MAX_SESSION ? '' : session].join('~');
    const written = link.getAttribute('href');
    // By hand: `searchParams` would rewrite the rest of the query.
    const [rest, fragment] = url.href.split(/(?=#)/);
    const marked = rest + (/\?/.test(rest) ? '&' : '?') + '_weir=' + encodeURIComponent(note) + (fragment || '');
    link.setAttribute('href', marked);
    setTimeout(
      guard(() => {
        if (link.getAttribute('href') === marked) link.setAttribute('href', written);
      }),
    );
  };

  // After the loader's own listeners, so that rules see the link as it is written.
  on(window, 'click', mark);
  on(window, 'auxclick', mark);
  hooks.granted = (hooks.granted || []).concat(takeOver);
  takeOver();
});
