// The token of a preview link: out of the address before anything reads that, and kept for this tab.

import { guard } from './guard.js';

const KEY = '_weir_p';
const MARK = /[?&]?weir_preview=[\w.-]*$/;

const strip = guard(() => {
  if (MARK.test(location.hash)) {
    const hash = location.hash.replace(MARK, '').replace(/^#$/, '');
    history.replaceState(history.state, '', location.pathname + location.search + hash);
  }
});

// A cookie for as long as the browser runs tells the loader to look here (`loader.js`). It stays when the preview ends: another
// tab may show one.
export const keep = (token) => {
  strip();
  guard(() => {
    sessionStorage.setItem(KEY, 'weir_preview=' + token);
    document.cookie = KEY + '=1; path=/; SameSite=Lax' + (location.protocol === 'https:' ? '; Secure' : '');
  })();
};

export const drop = () => {
  strip();
  // And all that the preview has kept.
  guard(() =>
    Object.keys(sessionStorage)
      .filter((key) => key.startsWith(KEY))
      .forEach((key) => sessionStorage.removeItem(key)),
  )();
};
