// What the page remembers in this browser. Storage may be forbidden: then it forgets.

/** The text kept under `key`, or an empty one. `tab`: only for this tab, until it is closed. */
export function recall(key: string, tab = false): string {
  try {
    return (tab ? sessionStorage : localStorage).getItem(key) ?? "";
  } catch {
    return "";
  }
}

/** Keeps a text under `key`; an empty text is forgotten. */
export function remember(key: string, text: string, tab = false): void {
  try {
    const storage = tab ? sessionStorage : localStorage;
    if (text === "") storage.removeItem(key);
    else storage.setItem(key, text);
  } catch {
    // Not remembered; nothing else depends on it.
  }
}
