// Forms in shadow roots, which `submit` does not leave: it is listened for inside, from when something there gets the focus
// or a click.

weirPart(({ hooks, on, submitted }) => {
  const known = new WeakSet();

  const enter = (event) => {
    for (const root of event.composedPath()) {
      if (!root.host || root.nodeType !== 11 || known.has(root)) continue;
      known.add(root);
      on(root, 'submit', ({ target }) => {
        hooks.tried.forEach((tried) => tried(target));
        submitted(target);
      });
      on(root, 'invalid', ({ target }) => hooks.tried.forEach((tried) => tried(target.form)));
    }
  };

  on(window, 'focusin', enter);
  on(window, 'click', enter);
});
