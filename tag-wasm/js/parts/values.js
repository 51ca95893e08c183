// Values of the page that few rules read: cookies, what the browser keeps, the data layer, the device. `rules/src/page/lend.rs` does the same
// for a page without a browser.

weirPart(({ offer, readCookie, walk }) => {
  const newest = (path) => {
    const pushed = window.dataLayer;
    for (let at = pushed.length; at--; ) {
      const value = walk(pushed[at], path);
      if (value !== undefined) return value;
    }
  };

  const cookie = (name) => {
    const value = readCookie(name);
    try {
      return value && decodeURIComponent(value);
    } catch (error) {
      return value;
    }
  };

  // The same words that the collector goes by.
  const device = () => {
    const agent = navigator.userAgent;
    if (/Smart-?\s?TV|(Android|Google|Apple|Hbb) ?TV|BRAVIA|Web0S|NetCast|AFT[BTM]|CrKey|Roku|VIDAA|PlayStation|Xbox/i.test(agent)) return 'tv';
    if (/iPad|Tablet|PlayBook|Kindle|Silk\/|KFAPWI/i.test(agent)) return 'tablet';
    if (/Mobi|iPhone|iPod|Opera Mini|Windows Phone|KAIOS/.test(agent)) return 'mobile';
    return /Android/.test(agent) ? 'tablet' : 'desktop';
  };

  // At the positions of `Lent` in `rules/src/host.rs`.
  offer({
    v10: cookie,
    v11: (key) => localStorage.getItem(key),
    v12: (key) => sessionStorage.getItem(key),
    v13: newest,
    v14: (key) => walk(window, key),
    v16: (key) => (key === 'type' ? device() : screen[key]),
    v18: () => Math.round(Math.random() * 999999) / 1000000,
  });
});
