// Where a link leads, and whether only this computer gets there.

export function hostOf(url: string): string {
  try {
    return new URL(url).hostname.replace(/^\[|\]$/g, "");
  } catch {
    return "";
  }
}

/** Names and addresses that mean "this computer" on every computer. */
export const isOwnComputer = (host: string): boolean => /^(localhost|.+\.localhost|127(\.\d{1,3}){3}|::1|0\.0\.0\.0|::)$/i.test(host);
