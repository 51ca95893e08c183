// Fields of forms: entered, changed, left as they were. What is in them is never looked at here.

const FOCUS = 10;
const CHANGE = 11;
const ABANDON = 12;

weirPart(({ occur, on }) => {
  const changed = new WeakSet();
  // `change` does not leave a shadow root: it is listened for inside, from when a field there gets the focus.
  const known = new WeakSet();

  const fieldOf = (event) => {
    const field = event.composedPath()[0];
    const isField =
      /^(input|select|textarea)$/.test(field.localName) && !/^(hidden|button|submit|reset|image)$/.test(field.type);
    return isField && field;
  };

  const heard = (kind, action) => (event) => {
    const field = fieldOf(event);
    if (field && action(field, event)) occur(kind, { path: event.composedPath() });
  };

  const change = heard(CHANGE, (field) => changed.add(field));

  on(window, 'focusin', heard(FOCUS, (field, event) => {
    for (const root of event.composedPath()) {
      if (root.host && root.nodeType === 11 && !known.has(root)) {
        known.add(root);
        on(root, 'change', change);
      }
    }
    changed.delete(field);
    return true;
  }));
  on(window, 'change', (event) => known.has(event.target.getRootNode()) || change(event));
  on(window, 'focusout', heard(ABANDON, (field) => !changed.has(field)));
});
