// The code of a link: what follows # is sent to no server and stands in no log.

/** What a link's `#…` says; of one that was mistyped, what is there, which the server then refuses in words. */
export function codeOf(hash: string): string {
  try {
    return decodeURIComponent(hash.slice(1));
  } catch {
    return hash.slice(1);
  }
}
