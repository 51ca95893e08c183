// Where an element is, for people to read. `rules/src/page/place.rs` does the same
// for a page without a browser.

weirPart(({ attribute, offer }) => {
  const MAX_STEPS = 6;
  const MAX_CLASSES = 2;

  // A selector that says where an element is: `main > div.product:nth-of-type(2) > button.buy`.
  const wayTo = (element) => {
    const plain = (name) => /^[a-z][\w-]*$/i.test(name);
    const steps = [];
    for (; element && element.nodeType === 1 && steps.length < MAX_STEPS; element = element.parentNode) {
      const of = (name) => attribute(name, element) || '';
      const name = element.localName;
      const id = of('id');
      if (plain(id)) {
        steps.unshift(name + '#' + id);
        break;
      }
      const classes = of('class').split(/[\t\n\f\r ]+/).filter(plain);
      const same = [...element.parentNode.children].filter((other) => other.localName === name);
      const position = same.length > 1 ? ':nth-of-type(' + (same.indexOf(element) + 1) + ')' : '';
      steps.unshift([name, ...classes.slice(0, MAX_CLASSES)].join('.') + position);
    }
    return steps.join(' > ');
  };

  offer({ v24: (key, element) => wayTo(element) });
});
