// What the page remembers in this browser. Storage may be forbidden: then it forgets.

/** The text kept under `key`, or an empty one. */
export function recall(key) {
  try {
    return localStorage.getItem(key) ?? "";
  } catch {
    return "";
  }
}

/** Keeps a text under `key`. */
export function remember(key, text) {
  try {
    localStorage.setItem(key, text);
  } catch {
    // Not remembered; nothing else depends on it.
  }
}
