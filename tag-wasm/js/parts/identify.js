// `weir('identify', id, signature)`: the page says who its user is. Without the site's signature that is a claim only, and the
// collector treats it so. `weir('identify')` or `null`: nobody any more, as after signing out. Kept in memory, for this page.

const MAX_ID = 256;

weirPart((lent) => {
  const { commands, hear, hooks, isOut, now, report, tag } = lent;
  if (isOut) return;
  let present = '';

  // The wasm tells of it once something may be told, and again where another one has taken its place.
  const tell = () => {
    const time = now();
    hear(() => tag.identify(time), [, , , , , present]);
  };

  commands.identify = (id, signature) => {
    const isNobody = id == null;
    const text = typeof id === 'number' && isFinite(id) ? '' + id : id;
    if (!isNobody && (typeof text !== 'string' || !text.trim() || text.length > MAX_ID)) return report('bad_user', id);
    if (signature != null && !/^[0-9a-f]{64}$/i.test(signature)) report('bad_signature', signature);
    const user = { id: text, signature: signature == null ? undefined : '' + signature };
    const next = isNobody ? '' : JSON.stringify(user);
    if (next === present) return;
    present = next;
    tell();
  };
  hooks.granted = (hooks.granted || []).concat(() => present && tell());
});
