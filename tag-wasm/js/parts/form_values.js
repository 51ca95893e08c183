// What was typed or chosen in the fields of forms. `rules/src/page/field.rs` does the same
// for a page without a browser.

weirPart(({ attribute, isPrivate, offer }) => {
  // A box that is not ticked has no value.
  const fieldOf = (key, element) => {
    if (!/^(input|select|textarea)$/.test(element.localName) || isPrivate(element)) return;
    const kind = element.type;
    if (kind !== 'file' && (!/^(checkbox|radio)$/.test(kind) || element.checked)) return element.value;
  };

  const elementsOf = Object.getOwnPropertyDescriptor(HTMLFormElement.prototype, 'elements').get;

  const fieldIn = (name, form) => {
    const fields = [...elementsOf.call(form)].filter((field) => attribute('name', field) === name);
    if (fields.some(isPrivate)) return;
    return fields.map((field) => fieldOf(0, field)).find((value) => value != null);
  };

  offer({ v22: fieldOf, v23: fieldIn });
});
