// What the server tells, as far as the pages read it. Times are milliseconds since 1970 unless they say otherwise.

export type Role = "owner" | "editor" | "analyst" | "viewer";

export interface User {
  id: string;
  email: string;
  name: string;
  role: Role;
  language: "en" | "ru";
  created_at: number;
}

export interface Session {
  user: User | null;
  csrf: string | null;
  setup_needed: boolean;
  version: string;
}

export interface Problem {
  severity: "error" | "warning";
  code: string;
  path: string;
  line: number;
  column: number;
  message: string;
  hint: string;
}

export interface RefusedHost {
  host: string;
  count: number;
  last_at: number;
}

export interface Site {
  id: string;
  domains: string[];
  container_version: number | null;
  source: string;
  script_tag: string | null;
  state: string;
  problems: Problem[];
  funnels: string[];
  sample: boolean;
  refused_hosts: RefusedHost[];
  managed?: "ui" | "file" | "sample";
  first_event_at?: number | null;
  last_event_at?: number | null;
}

export interface CollectorStatus {
  accepting: boolean;
  refused_batches: number;
  waiting_events: number;
  last_error: string | null;
}

export interface Status {
  version: string;
  collector: CollectorStatus;
  clickhouse: { reachable: boolean; url: string };
  sql: string;
  public_url: string;
  demo: boolean;
}

export interface LiveEvent {
  ts: number;
  name: string;
  page_path: string;
  item: string;
  tag: string;
  device: string;
}

export interface Live {
  now: number;
  last_event_at: number | null;
  events_last_minute: number;
  events_last_30_minutes: number;
  per_minute: number[];
  recent: LiveEvent[];
}

export interface FunnelStep {
  step_no: number;
  step: string;
  persons: number;
  conversion_from_start: number | null;
  conversion_from_prev: number | null;
  drop_off: number | null;
  median_s_from_prev: number | null;
  maturing: number;
}

export interface Funnel {
  site: string;
  name: string;
  days: number;
  steps: FunnelStep[];
}

export interface Draft {
  source: string;
  /** Whether something is being edited that is not published. */
  open: boolean;
  revision: number;
  base_version: number | null;
  release_version: number | null;
  updated_at: number | null;
  updated_by: string | null;
  read_only: boolean;
  file: string | null;
}

export interface Sentence {
  name: string;
  sentence: string;
}

export interface Checked {
  problems: Problem[];
  publishable: boolean;
  tags: Sentence[];
  triggers: Sentence[];
  variables: Sentence[];
  goals: Sentence[];
  funnels: Sentence[];
}

export interface Release {
  version: number;
  published_at: number;
  author: string;
  note: string;
  file: string;
}

export interface Change {
  what: string;
  name: string;
  kind: "added" | "removed" | "changed";
  before: string | null;
  after: string | null;
}

export interface Health {
  tag: string;
  today: number;
  last_fired_at: number | null;
  days: { day: string; count: number }[];
}

export interface Browser {
  id: string;
  agent: string;
  created_at: number;
  seen_at: number;
  ends_at: number;
  current: boolean;
}

export interface Invitation {
  id: string;
  email: string;
  role: Role;
  created_by: string;
  created_at: number;
  expires_at: number;
}

export type Scope = "write" | "import" | "read";

export interface Token {
  id: string;
  scope: Scope;
  note: string;
  created_at: number;
  revoked_at: number | null;
}

export interface AuditEntry {
  id: number;
  at: number;
  who: string;
  action: string;
  site: string;
  detail: string;
}

/** What one thing that happened on a page came to. */
export interface Outcome {
  action: string;
  element_found: boolean;
  fires: { tag: string; kind: string; trigger: string; event: string; element: string; with: Record<string, unknown>; waits_for_consent: boolean }[];
  does_not_fire: { tag: string; reasons: { code: string; message: string; trigger: string | null }[] }[];
}
