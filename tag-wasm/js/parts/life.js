// The stages of a page's life.

const INIT = 4;
const DOM_READY = 5;
const WINDOW_LOADED = 6;

weirPart(({ occur, on }) => {
  occur(INIT);
  if (document.readyState === 'loading') on(document, 'DOMContentLoaded', () => occur(DOM_READY));
  else occur(DOM_READY);
  if (document.readyState === 'complete') occur(WINDOW_LOADED);
  else on(window, 'load', () => occur(WINDOW_LOADED));
});
