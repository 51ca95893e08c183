// What the server tells, by its own description: server/openapi.json is made from its code, and openapi.d.ts from that when
// the application is built or checked (tools/ui.sh). Times are milliseconds since 1970 unless they say otherwise.

import type { Report } from "../reports/api";
import type { components } from "./openapi";

type Schemas = components["schemas"];

/** What may be missing is told as `null`: the server leaves no key out. */
export type Told<T> = T extends object ? { [K in keyof T]-?: Told<T[K]> } : T;

export type Role = Schemas["Role"];
export type User = Told<Schemas["User"]>;
export type Session = Told<Schemas["Session"]>;
export type Problem = Told<Schemas["Problem"]>;
export type RefusedHost = Told<Schemas["RefusedHost"]>;
export type Site = Told<Schemas["Site"]>;
export type LiveEvent = Told<Schemas["Recent"]>;
export type Live = Told<Schemas["Live"]>;
export type FunnelStep = Told<Schemas["FunnelStep"]>;
export type Funnel = Told<Schemas["Funnel"]>;
export type Draft = Told<Schemas["Draft"]>;
export type Checked = Told<Schemas["Checked"]>;
export type Release = Told<Schemas["Release"]>;
export type Environment = Told<Schemas["Environment"]>;
/** Filters of reports by a name. */
export type Segment = Told<Schemas["Segment"]>;
export type Change = Told<Schemas["Change"]>;
export type Health = Told<Schemas["Health"]>;
/** What the stored events say against a tag. */
export type Signs = Told<Schemas["Signs"]>;
/** What somebody changes about themselves. */
export type Profile = Schemas["Profile"];
export type Browser = Told<Schemas["Browser"]>;
export type Invitation = Told<Schemas["Invitation"]>;
export type Scope = Schemas["Scope"];
export type Token = Told<Schemas["Token"]>;
export type AuditEntry = Told<Schemas["Entry"]>;
/** What a draft would have done on the visits that are stored. */
export type HistoryTried = Told<Schemas["HistoryTried"]>;
/** What one thing that happened on a page came to. */
export type Outcome = Told<Schemas["Outcome"]>;

/** How the collector is doing, as far as the pages read it; the description leaves it open. */
export interface CollectorStatus {
  accepting: boolean;
  inserting: boolean;
  refused_batches: number;
  waiting_events: number;
  last_error: string | null;
}
export type Status = Omit<Told<Schemas["Status"]>, "collector"> & { collector: CollectorStatus };
/** A link to a preview. */
export type PreviewLink = Told<Schemas["Link"]>;
/** What happened on a previewed page; the description leaves open what came of it. */
export type Observed = Omit<Told<Schemas["Observed"]>, "fires" | "does_not_fire"> & Pick<Outcome, "fires" | "does_not_fire">;
/** A funnel that is not published. */
export type FunnelDraft = Schemas["FunnelDraft"];
export type CostImport = Told<Schemas["CostImport"]>;

/** Answers that the description leaves partly open, and what the pages read there: columns of reports depend on what is asked. */
export interface Closer {
  "GET /status": Fits<Status, Schemas["Status"]>;
  "GET /sites/{site}/preview/events": Observed[];
  "GET /sites/{site}/reports/{id}": Fits<Report, Schemas["Report"]>;
  "POST /sites/{site}/funnels/preview": Fits<Report, Schemas["Report"]>;
}
/** A shape that is written by hand, as long as it is one of those that are described. */
type Fits<T extends Described, Described> = T;
