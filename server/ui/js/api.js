// Asking the server. Every answer is `{ data }` or `{ failure }`; nothing here throws.
//
// A failure has a kind: "gone" (no server, or not in time) or "refused" (the server answered with an error), and for
// the second the server's code, message and hint.

import { language } from "./words.js";

const BASE = "/api/v1/";
/** The slowest question is a funnel over a month; the server ends it sooner than this. */
const PATIENCE_MS = 20_000;

async function failureOf(response) {
  const body = await response.json().catch(() => null);
  const { code = `http_${response.status}`, message = response.statusText, hint = "" } = body?.error ?? {};
  return { kind: "refused", status: response.status, code, message, hint };
}

/** `get("sites")`, `get("sites", "shop", "live")`. */
export async function get(...parts) {
  const path = parts.map(encodeURIComponent).join("/");
  try {
    const response = await fetch(`${BASE}${path}?lang=${language()}`, {
      headers: { accept: "application/json" },
      cache: "no-store",
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
    return response.ok ? { data: await response.json() } : { failure: await failureOf(response) };
  } catch {
    return { failure: { kind: "gone" } };
  }
}
