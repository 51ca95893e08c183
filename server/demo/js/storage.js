// What the shop remembers in the browser. Storage may be forbidden: then the shop forgets at the end of the page.

const memory = new Map();

/** The value kept under `key`, or `otherwise`. */
export function load(key, otherwise) {
  try {
    const text = localStorage.getItem(key);
    return text === null ? otherwise : JSON.parse(text);
  } catch {
    return memory.has(key) ? memory.get(key) : otherwise;
  }
}

/** Keeps a value under `key`. */
export function save(key, value) {
  memory.set(key, value);
  try {
    localStorage.setItem(key, JSON.stringify(value));
  } catch {
    // The copy in memory serves this page.
  }
}
