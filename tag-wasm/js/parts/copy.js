// Something is copied. What it is stays here.

const COPY = 28;

weirPart(({ occur, on }) => {
  on(window, 'copy', (event) => occur(COPY, { path: event.composedPath() }));
});
