// The pointer leaves the page at the top, where tabs and addresses are; once in a page view.

const EXIT_INTENT = 26;

weirPart(({ hooks, occur, on }) => {
  let isTold;
  on(document, 'mouseout', (event) => {
    if (isTold || event.relatedTarget || event.clientY > 0) return;
    isTold = true;
    occur(EXIT_INTENT);
  });
  hooks.view.push(() => {
    isTold = false;
  });
});
