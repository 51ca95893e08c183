// Which tags have fired in this session, on this day, or ever: one text in the browser's storage. An entry is a letter for the
// period, the tag's key, and what period it was: `v1a2b3c4d`, `s1a2b3c4d018c…`, `d1a2b3c4d2026-12-31`. Entries of other sessions
// and days are dropped when another is added.

// Then nothing is the first time any more: firing too little beats counting twice.
const MAX_ENTRIES = 300;

weirPart(({ kept, offer, save, sessionId, site }) => {
  const KEY = '_weir_o.' + site;

  // Whether a tag, by its key, fires for the first time in a period, by its number in `OncePer`; it is remembered.
  const first = (period, tag, day) => {
    const session = sessionId();
    const [letter, when] = { 3: ['s', session], 4: ['d', day] }[period] || ['v', ''];
    const entry = letter + (tag + 4294967296).toString(16).slice(1) + when;
    const entries = kept(KEY).split(' ').filter(Boolean);
    if (entries.includes(entry)) return false;
    // Without a day in hand, days are kept.
    const others = entries.filter((one) => one[0] === 'v' || one.endsWith(session) || (one[0] === 'd' && one.endsWith(day)));
    if (others.length >= MAX_ENTRIES) return false;
    save(KEY, [entry].concat(others).join(' '));
    return true;
  };

  offer({ first });
});
