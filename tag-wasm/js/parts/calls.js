// What few pages call, downloaded with the first such call. `weir('optout')`: the visitor wants no part in this;
// `weir('optout', false)`: does again, from the next page on.

// 13 months, as for the visitor's own cookie. The collector's page sets the same (`collector/src/optout.rs`).
const MAX_AGE_S = 34128000;

weirPart((lent) => {
  const { commands, config, doWithout, forget, report, setCookie, site } = lent;

  commands.optout = (wanted) => {
    const isOut = wanted !== false;
    setCookie('_weir_optout', isOut ? '1' : '', isOut ? MAX_AGE_S : 0);
    if (!isOut || lent.isOut) return;
    lent.isOut = true;
    config.may = undefined;
    doWithout();
    forget();
    localStorage.removeItem('_weir_c.' + site);
  };
  // No rule of the site waits for events of the page.
  commands.event = commands.event || (() => {});
  commands.unknown = (name) => report('unknown_call', name);
});
