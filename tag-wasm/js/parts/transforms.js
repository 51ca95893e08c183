// How texts are changed. `rules/src/page/transform.rs` does the same
// for a page without a browser.

weirPart(({ offer, readable }) => {
  const part = (text, wanted) => {
    const url = new URL(text.trim(), document.baseURI);
    const [name, key] = wanted.split(/ (.*)/);
    const path = readable(url.pathname);
    const file = path.split('/').pop();
    if (key) return url.searchParams.get(key);
    return {
      scheme: url.protocol.slice(0, -1),
      origin: url.origin,
      host: url.hostname,
      path,
      file,
      extension: /\./.test(file) ? file.split('.').pop().toLowerCase() : null,
      query: url.search.slice(1),
      fragment: url.hash.slice(1),
      url: url.href,
    }[name];
  };

  const expand = (template, found) =>
    found && template.replace(/\$([$\d])/g, (sign, key) => (key === '$' ? key : found[key] || ''));

  // At the positions of `Transform` in `rules/src/host.rs`.
  offer({
    t0: (text) => text.toLowerCase(),
    t1: (text) => text.toUpperCase(),
    t2: (text) => text.trim(),
    t3: (text) => text.replace(/[^0-9]/g, ''),
    t7: part,
    t12: encodeURIComponent,
    t8: (text, template, pattern) => expand(template, pattern.exec(text)),
    t9: (text, template, pattern) =>
      text.replace(RegExp(pattern.source, pattern.flags + 'g'), (...found) => expand(template, found)),
  });
});
