// `weir('identify', id, signature)`: the page says who its user is. Without the site's signature that is a claim only, and the
// collector treats it so. `weir('identify')` or `null`: nobody any more, as after signing out. Kept in memory, for this page.

const MAX_ID = 256;

weirPart((lent) => {
  const { commands, hear, hooks, identify, isOut, now, report } = lent;
  if (isOut) return;
  // As it goes into events; nothing if it is nobody.
  let present;

  // Told once something may be.
  const tell = () => {
    const time = now();
    const user = present;
    hear(() => identify(time, user));
  };

  commands.identify = (id, signature) => {
    const isNobody = id == null;
    const text = typeof id === 'number' && isFinite(id) ? '' + id : id;
    if (!isNobody && (typeof text !== 'string' || !text.trim() || text.length > MAX_ID)) return report('bad_user', id);
    if (signature != null && !/^[0-9a-f]{64}$/i.test(signature)) report('bad_signature', signature);
    const sign = signature == null ? undefined : '' + signature;
    const before = present || {};
    if (isNobody ? !present : before.id === text && before.signature === sign) return;
    present = isNobody ? undefined : { id: text, signature: sign };
    tell();
  };
  hooks.granted = (hooks.granted || []).concat(() => present && tell());
});
