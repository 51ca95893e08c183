// Texts on their way out.

const MAX_CHARS = 2048;

// JSON, whatever the page has put in place of the browser's own, or taught its arrays to be in it.
export const json = (value) => {
  if (typeof value === 'string')
    return '"' + value.replace(/[\0-\x1f"\\\x7f\u2028\u2029]/g, (char) => '\\u' + (char.charCodeAt() + 65536).toString(16).slice(1)) + '"';
  if (Array.isArray(value)) return '[' + value.map(json).join(',') + ']';
  if (Object(value) !== value) return '' + value;
  const keys = Object.keys(value).filter((key) => value[key] !== undefined);
  return '{' + keys.map((key) => json(key) + ':' + json(value[key])).join(',') + '}';
};

// Not more of a text than rules look at.
export const cut = (text) => (text.length > MAX_CHARS ? [...text.slice(0, 2 * MAX_CHARS)].slice(0, MAX_CHARS).join('') : text);

// An address as people write it: rules compare it with that, and reports show it.
export const readable = (path) => {
  try {
    return decodeURI(path);
  } catch (error) {
    return path;
  }
};
