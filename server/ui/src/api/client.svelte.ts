// Asking the server. Every answer is `{ data }` or `{ failure }`; nothing here throws.
//
// What can be asked is what the server's own description has (server/openapi.json, of which openapi.d.ts is made): a path, a
// method, a name in the path, a parameter, a body or an answer that is not in it does not compile.
//
// A failure has a kind: "gone" (no server, or not in time) or "refused" (the server answered with an error), and for the
// second the server's code, message and hint. A session that has run out does not lose what one was doing: the question
// waits until `expired` says that somebody has signed in again, and is then asked once more.

import { language } from "../i18n";
import type { paths } from "./openapi";
import type { Closer, Told } from "./types";

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

const BASE = "/api/v1";
type Base = typeof BASE;
type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";

/** Paths that can be asked by a method, as the description has them: `/sites/{site}/draft`. */
export type PathOf<M extends Method> = {
  [P in keyof paths]: paths[P] extends Record<Lowercase<M>, { responses: unknown }> ? (P extends `${Base}${infer Rest}` ? Rest : never) : never;
}[keyof paths];

type Item<P extends string> = paths[`${Base}${P}` & keyof paths];
type Operation<M extends Method, P extends string> = Item<P>[Lowercase<M> & keyof Item<P>];

type Nothing = Record<never, never>;
/** What is empty is not sent. */
type Loose<Q> = { [K in keyof Q]: Q[K] | null | undefined };
type Names<O> = O extends { parameters: { path: infer N extends object } } ? { of: { [K in keyof N]: string | number } } : { of?: never };
type Parameters<O> = O extends { parameters: { query?: infer Q } } ? NonNullable<Q> : never;
type Query<Q> = [Q] extends [never] ? { query?: never } : Nothing extends Q ? { query?: Loose<Q> } : { query: Loose<Q> };
type Body<O> = O extends { requestBody: { content: { "application/json": infer B } } }
  ? { body: B }
  : O extends { requestBody: { content: { "text/csv": unknown } } } ? { body: Blob } : { body?: never };

/** What a question about a path may be narrowed by. */
export type QueryOf<M extends Method, P extends PathOf<M>> = Loose<Parameters<Operation<M, P>>>;

type Good = 200 | 201 | 202 | 204;
type Described<O> = O extends { responses: infer R }
  ? { [S in keyof R & Good]: R[S] extends { content: { "application/json": infer T } } ? Told<T> : null }[keyof R & Good]
  : never;
/** What is answered: by the description, or more exactly where it leaves something open. */
export type Said<M extends Method, P extends PathOf<M>> = `${M} ${P}` extends keyof Closer ? Closer[`${M} ${P}`] : Described<Operation<M, P>>;

/** How to ask. */
interface Manner {
  signal?: AbortSignal;
  /** How long to wait. */
  patienceMs?: number;
  /** Do not ask to sign in again: the question is about signing in itself. */
  quiet?: boolean;
}
/** Names in the path, parameters, a body: what the question takes, and how to ask it. */
export type Given<M extends Method, P extends PathOf<M>> = Manner & Names<Operation<M, P>> & Query<Parameters<Operation<M, P>>> & Body<Operation<M, P>>;
type Rest<G> = Nothing extends G ? [given?: G] : [given: G];

/** A list asks for a name several times. */
type Value = string | number | boolean | null | undefined | string[];
interface Options extends Manner {
  of?: Record<string, string | number>;
  query?: Record<string, Value>;
  body?: unknown;
}

/** The slowest question is a report over a long time; the server ends it sooner than this. */
const PATIENCE_MS = 30_000;

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

type AnyPath = { [M in Method]: PathOf<M> }[Method];
/** What ClickHouse is asked about a site, by what it needs: the tables, the views, or that the site is known. */
const NEEDS = {
  tables: ["/sites/{site}/live", "/sites/{site}/live/events", "/sites/{site}/health", "/sites/{site}/health/signs"],
  views: ["/sites/{site}/reports/{id}", "/sites/{site}/names", "/sites/{site}/funnels/preview", "/sites/{site}/simulate/history"],
  site: ["/sites/{site}/funnels/{name}", "/sites/{site}/costs"],
} satisfies Record<string, AnyPath[]>;
/** What is in the way of asking, as a code; null: nothing. */
type Early = (site: string, needs: keyof typeof NEEDS) => string | null;

/** Whom to ask whether the numbers of a site can be asked for yet. */
export function onEarly(ask: Early): void {
  early = ask;
}

/** What the server would answer, without asking it. */
function tooEarly(path: string, of: Options["of"]): Failure | null {
  const needs = (["tables", "views", "site"] as const).find((one) => (NEEDS[one] as string[]).includes(path));
  const code = needs && early ? early(String(of?.["site"] ?? ""), needs) : null;
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

/** The address: names in the path may have anything in them. */
function address(path: string, { of = {}, query = {} }: Options): string {
  const values = new URLSearchParams();
  for (const [name, value] of Object.entries<Value>({ lang: language(), ...query })) {
    for (const one of Array.isArray(value) ? value : [value]) {
      if (one !== null && one !== undefined && one !== "") values.append(name, String(one));
    }
  }
  return `${BASE}${path.replaceAll(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(String(of[name] ?? "")))}?${values}`;
}

async function once(method: Method, path: string, options: Options): Promise<Answer<unknown>> {
  const headers: Record<string, string> = { accept: "application/json" };
  const { body } = options;
  if (body !== undefined) headers["content-type"] = body instanceof Blob ? "text/csv" : "application/json";
  if (method !== "GET" && csrf) headers["x-weir-csrf"] = csrf;
  const limit = AbortSignal.timeout(options.patienceMs ?? PATIENCE_MS);
  try {
    const response = await fetch(address(path, options), {
      method,
      headers,
      cache: "no-store",
      credentials: "same-origin",
      signal: options.signal ? AbortSignal.any([options.signal, limit]) : limit,
      ...(body === undefined ? {} : { body: body instanceof Blob ? body : JSON.stringify(body) }),
    });
    if (!response.ok) return { failure: await failureOf(response) };
    const text = await response.text();
    return { data: text ? (JSON.parse(text) as unknown) : null };
  } catch {
    return { failure: gone };
  }
}

/** Asks. `path` is that of the description, without `/api/v1`; `of` are the names in it. */
export async function ask<M extends Method, P extends PathOf<M>>(method: M, path: P, ...[given]: Rest<Given<M, P>>): Promise<Answer<Said<M, P>>> {
  const options = (given ?? {}) as Options;
  const failure = tooEarly(path, options.of);
  if (failure) return { failure };
  const counts = method !== "GET" && !options.quiet;
  if (counts) waiting += 1;
  try {
    const answer = (await once(method, path, options)) as Answer<Said<M, P>>;
    const code = answer.failure?.code;
    if (options.quiet || !expired || (code !== "signed_out" && code !== "csrf")) return answer;
    return (await expired()) ? ((await once(method, path, options)) as Answer<Said<M, P>>) : answer;
  } finally {
    if (counts) waiting -= 1;
  }
}

export const get = <P extends PathOf<"GET">>(path: P, ...given: Rest<Given<"GET", P>>): Promise<Answer<Said<"GET", P>>> => ask("GET", path, ...given);
