// Errors that the page did not catch.

const ERROR = 25;
const MAX_IN_VIEW = 20;

weirPart(({ hooks, occur, on }) => {
  let told = {};
  let left = MAX_IN_VIEW;

  const tell = (message, url, line) => {
    const text = String(message).slice(0, 1000);
    if (!left || told[text]) return;
    left--;
    told[text] = true;
    occur(ERROR, { detail: { error: { message: text, url: url || location.href, line: line || 0 } } });
  };

  // An image that is missing is no error of this kind: it has no message.
  on(window, 'error', (event) => event.message && tell(event.message, event.filename, event.lineno));
  on(window, 'unhandledrejection', ({ reason }) => tell((reason && reason.message) || reason));
  hooks.view.push(() => {
    told = {};
    left = MAX_IN_VIEW;
  });
});
