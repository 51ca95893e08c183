// Asking the server. Every answer is `{ data }` or `{ failure }`; nothing here throws.
//
// A failure has a kind: "gone" (no server, or not in time) or "refused" (the server answered with an error), and for the
// second the server's code, message and hint. A session that has run out does not lose what one was doing: the question
// waits until `expired` says that somebody has signed in again, and is then asked once more.

import { language } from "../i18n";

export interface Failure {
  kind: "gone" | "refused";
  status: number;
  code: string;
  message: string;
  hint: string;
  retryAfterS: number | null;
  /** The whole answer, for what comes beside the error: problems, or what another has written meanwhile. */
  body: Record<string, unknown>;
}

export type Answer<T> = { data: T; failure?: undefined } | { data?: undefined; failure: Failure };

/** A list asks for a name several times. */
type Value = string | number | boolean | null | undefined | string[];
export interface Options {
  query?: Record<string, Value>;
  body?: unknown;
  /** A file of rows, instead of a body. */
  csv?: Blob;
  signal?: AbortSignal;
  /** How long to wait. */
  patienceMs?: number;
  /** Do not ask to sign in again: the question is about signing in itself. */
  quiet?: boolean;
}

const BASE = "/api/v1";
/** The slowest question is a report over a long time; the server ends it sooner than this. */
const PATIENCE_MS = 30_000;
const READING = ["GET", "HEAD"];

let csrf: string | null = null;
let expired: (() => Promise<boolean>) | null = null;
let early: Early | null = null;
let waiting = $state(0);

/** How many questions are open that were asked by hand: changes, not the numbers that are asked again and again. */
export const busy = (): boolean => waiting > 0;

/** What writing needs beside the cookie. */
export function setCsrf(token: string | null): void {
  csrf = token;
}

/** Whom to ask when the session has run out; answers whether there is one again. */
export function onExpired(ask: () => Promise<boolean>): void {
  expired = ask;
}

/** What ClickHouse is asked about a site, by what it needs: the tables, the views, or that the site is known. */
const NEEDS = {
  tables: /^\/sites\/([^/]+)\/(?:live|health)(?:\/|$)/,
  views: /^\/sites\/([^/]+)\/(?:reports\/[^/]+|names|funnels\/preview|simulate\/history)$/,
  site: /^\/sites\/([^/]+)\/(?:funnels\/[^/]+|costs)$/,
} as const;
/** What is in the way of asking, as a code; null: nothing. */
type Early = (site: string, needs: keyof typeof NEEDS) => string | null;

/** Whom to ask whether the numbers of a site can be asked for yet. */
export function onEarly(ask: Early): void {
  early = ask;
}

/** What the server would answer, without asking it. */
function tooEarly(path: string): Failure | null {
  const needs = (["tables", "views", "site"] as const).find((one) => NEEDS[one].test(path));
  const site = needs ? NEEDS[needs].exec(path)?.[1] : undefined;
  const code = needs && site && early ? early(decodeURIComponent(site), needs) : null;
  return code ? { kind: "refused", status: 503, code, message: "", hint: "", retryAfterS: 1, body: {} } : null;
}

const gone: Failure = { kind: "gone", status: 0, code: "gone", message: "", hint: "", retryAfterS: null, body: {} };

async function failureOf(response: Response): Promise<Failure> {
  const body = ((await response.json().catch(() => null)) ?? {}) as Record<string, unknown>;
  const told = (body["error"] ?? {}) as { code?: string; message?: string; hint?: string };
  const after = Number(response.headers.get("retry-after"));
  return {
    kind: "refused",
    status: response.status,
    code: told.code ?? `http_${response.status}`,
    message: told.message ?? response.statusText,
    hint: told.hint ?? "",
    retryAfterS: Number.isFinite(after) && after > 0 ? after : null,
    body,
  };
}

function address(path: string, query: Record<string, Value> = {}): string {
  const values = new URLSearchParams();
  for (const [name, value] of Object.entries<Value>({ lang: language(), ...query })) {
    for (const one of Array.isArray(value) ? value : [value]) {
      if (one !== null && one !== undefined && one !== "") values.append(name, String(one));
    }
  }
  return `${BASE}${path}?${values}`;
}

async function once<T>(method: string, path: string, options: Options): Promise<Answer<T>> {
  const headers: Record<string, string> = { accept: "application/json" };
  if (options.body !== undefined) headers["content-type"] = "application/json";
  if (options.csv) headers["content-type"] = "text/csv";
  if (!READING.includes(method) && csrf) headers["x-weir-csrf"] = csrf;
  const limit = AbortSignal.timeout(options.patienceMs ?? PATIENCE_MS);
  try {
    const response = await fetch(address(path, options.query), {
      method,
      headers,
      cache: "no-store",
      credentials: "same-origin",
      signal: options.signal ? AbortSignal.any([options.signal, limit]) : limit,
      ...(options.csv ? { body: options.csv } : options.body === undefined ? {} : { body: JSON.stringify(options.body) }),
    });
    if (!response.ok) return { failure: await failureOf(response) };
    const text = await response.text();
    return { data: (text ? JSON.parse(text) : null) as T };
  } catch {
    return { failure: gone };
  }
}

/** Asks. `path` begins after `/api/v1`; put names into it by `at`. */
export async function ask<T>(method: string, path: string, options: Options = {}): Promise<Answer<T>> {
  const failure = tooEarly(path);
  if (failure) return { failure };
  const counts = !READING.includes(method) && !options.quiet;
  if (counts) waiting += 1;
  try {
    const answer = await once<T>(method, path, options);
    const code = answer.failure?.code;
    if (options.quiet || !expired || (code !== "signed_out" && code !== "csrf")) return answer;
    return (await expired()) ? await once<T>(method, path, options) : answer;
  } finally {
    if (counts) waiting -= 1;
  }
}

export const get = <T>(path: string, query: Record<string, Value> = {}, options: Options = {}): Promise<Answer<T>> =>
  ask<T>("GET", path, { ...options, query });

/** A path with names in it, whatever they contain: at`/sites/${site}/live`. */
export const at = (texts: TemplateStringsArray, ...names: (string | number)[]): string =>
  texts.reduce((path, text, index) => path + encodeURIComponent(String(names[index - 1] ?? "")) + text);
