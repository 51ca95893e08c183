// The draft of a site: the text that is being edited, what the server thinks of it, and how the two come together.
//
// What is typed is kept in this tab at once (sessionStorage) and on the server a moment later. When somebody else has saved
// meanwhile, both sets of changes are merged (../document/merge.ts); what cannot be is asked. When the session has run out
// or the server is gone, the text waits here. Each edit can be undone.

import { untrack } from "svelte";
import { ask, get, type Failure } from "../api/client.svelte";
import type { Checked, Draft, Problem } from "../api/types";
import { merge, put, type Conflict, type Thing } from "../document/merge";
import { placeOfProblem, read, withValue, within, type Json, type JsonObject, type Path } from "../document/text";
import { language, t } from "../i18n";
import { recall, remember } from "../memory";
import { failureWords } from "../parts/failure";
import { session } from "./session.svelte";
import { complain, say } from "./toasts.svelte";

const SAVE_AFTER_MS = 700;
const CHECK_AFTER_MS = 350;
const RETRY_MS = 3000;
/** Edits of the same place within this long are one step of undo. */
const ONE_STEP_MS = 1500;
const MAX_UNDO = 200;

export type Saving = "saved" | "waiting" | "saving" | "failed";

interface Kept {
  text: string;
  base: string;
  revision: number;
}

/** What another has written meanwhile, and what must be decided. */
export interface Clash {
  draft: Draft;
  text: string;
  conflicts: Conflict[];
}

export class DraftState {
  readonly site: string;
  server = $state.raw<Draft | null>(null);
  text = $state("");
  failure = $state.raw<Failure | null>(null);
  saving = $state<Saving>("saved");
  saveFailure = $state.raw<Failure | null>(null);
  checked = $state.raw<Checked | null>(null);
  checking = $state(false);
  clash = $state.raw<Clash | null>(null);
  #undo = $state.raw<string[]>([]);
  #redo = $state.raw<string[]>([]);
  /** The text that the server has as `server.revision`. */
  #base = "";
  #lastEdit = { place: "", at: 0 };
  #saveTimer: ReturnType<typeof setTimeout> | undefined;
  #checkTimer: ReturnType<typeof setTimeout> | undefined;
  #checkNumber = 0;
  #loading: Promise<void> | null = null;

  constructor(site: string) {
    this.site = site;
  }

  #read: { text: string; doc: JsonObject | null } = { text: "", doc: null };

  /**
   * The container as the text has it; null while that is no JSON. Not a derived value: the first page that asks for a draft
   * would own it, and once that page was left it would stay as it was then, for all pages.
   */
  get doc(): JsonObject | null {
    if (this.#read.text !== this.text) this.#read = { text: this.text, doc: read(this.text) };
    return this.#read.doc;
  }

  get canUndo(): boolean { return this.#undo.length > 0; }
  get canRedo(): boolean { return this.#redo.length > 0; }
  get readOnly(): boolean { return this.server === null || this.server.read_only || !session.may("editor"); }
  get problems(): Problem[] { return this.checked?.problems ?? []; }
  get #key(): string { return `weir.draft.${this.site}`; }

  /** Asks for the draft; does not touch what is being edited here. */
  load(): Promise<void> {
    this.#loading ??= this.#load().finally(() => (this.#loading = null));
    return this.#loading;
  }

  async #load(): Promise<void> {
    const answer = await get("/sites/{site}/draft", { of: { site: this.site } });
    this.failure = answer.failure ?? null;
    if (!answer.data) return;
    const draft = answer.data;
    const known = this.server !== null;
    if (known && this.text !== this.#base) {
      // Edits are on their way: saving meets the other's and merges.
      return;
    }
    const kept = known ? null : this.#kept();
    this.server = draft;
    this.#base = draft.source;
    if (this.text !== draft.source) this.text = draft.source;
    if (kept && kept.text !== draft.source && !draft.read_only) this.#bringBack(kept, draft);
    void this.check();
  }

  #kept(): Kept | null {
    try {
      const kept = JSON.parse(recall(this.#key, true)) as Kept;
      return typeof kept.text === "string" && typeof kept.base === "string" ? kept : null;
    } catch {
      return null;
    }
  }

  /** What was typed in this tab and not saved, because the session or the server went away. */
  #bringBack(kept: Kept, draft: Draft): void {
    this.#undo = [draft.source];
    say(t("draft.broughtBack"));
    this.#meet(kept.base, kept.text, draft);
  }

  /** Changes the text. `place` says what is being edited, so that typing is one step of undo. */
  edit(text: string, place = ""): void {
    if (this.readOnly || text === this.text) return;
    const now = Date.now();
    const goesOn = place !== "" && place === this.#lastEdit.place && now - this.#lastEdit.at < ONE_STEP_MS;
    if (!goesOn) this.#undo = [...this.#undo, this.text].slice(-MAX_UNDO);
    this.#redo = [];
    this.#lastEdit = { place, at: now };
    this.#write(text);
  }

  /** Changes one place of the container. */
  set(path: Path, value: Json | undefined): void {
    this.edit(withValue(this.text, path, value), path.join("\n"));
  }

  undo(): void {
    const before = this.#undo.at(-1);
    if (before === undefined) return;
    this.#undo = this.#undo.slice(0, -1);
    this.#redo = [...this.#redo, this.text];
    this.#lastEdit.place = "";
    this.#write(before);
  }

  redo(): void {
    const next = this.#redo.at(-1);
    if (next === undefined) return;
    this.#redo = this.#redo.slice(0, -1);
    this.#undo = [...this.#undo, this.text];
    this.#write(next);
  }

  #write(text: string): void {
    this.text = text;
    this.#keep();
    this.saving = text === this.#base && !this.clash ? "saved" : "waiting";
    clearTimeout(this.#saveTimer);
    this.#saveTimer = setTimeout(() => void this.save(), SAVE_AFTER_MS);
    clearTimeout(this.#checkTimer);
    this.#checkTimer = setTimeout(() => void this.check(), CHECK_AFTER_MS);
  }

  #keep(): void {
    const kept: Kept = { text: this.text, base: this.#base, revision: this.server?.revision ?? 0 };
    remember(this.#key, this.text === this.#base ? "" : JSON.stringify(kept), true);
  }

  #sending: Promise<void> = Promise.resolve();

  /** Sends what is not saved yet; one after the other. */
  save(): Promise<void> {
    clearTimeout(this.#saveTimer);
    this.#sending = this.#sending.then(() => this.#save());
    return this.#sending;
  }

  async #save(): Promise<void> {
    if (!this.server || this.text === this.#base || this.clash) return;
    const text = this.text;
    this.saving = "saving";
    const answer = await ask("PUT", "/sites/{site}/draft", { of: { site: this.site }, body: { source: text, revision: this.server.revision } });
    this.saveFailure = answer.failure ?? null;
    if (answer.data) {
      this.server = answer.data;
      this.#base = text;
      this.#keep();
      this.saving = this.text === text ? "saved" : "waiting";
      if (this.text !== text) this.#saveTimer = setTimeout(() => void this.save(), SAVE_AFTER_MS);
      return;
    }
    const current = answer.failure.body["current"] as Draft | undefined;
    if (answer.failure.code === "changed_meanwhile" && current) {
      this.#meet(this.#base, this.text, current);
      return;
    }
    this.saving = "failed";
    const passing = answer.failure.kind === "gone" || answer.failure.status >= 500 || answer.failure.status === 429;
    if (passing) this.#saveTimer = setTimeout(() => void this.save(), (answer.failure.retryAfterS ?? 0) * 1000 || RETRY_MS);
  }

  /** Puts mine and theirs together. */
  #meet(base: string, mine: string, draft: Draft): void {
    this.server = draft;
    this.#base = draft.source;
    this.text = mine;
    const merged = merge(base, mine, draft.source);
    if (merged && merged.conflicts.length === 0) {
      if (merged.theirs.length > 0) say(t("draft.merged", { who: draft.updated_by ?? "?", what: merged.theirs.map(nameOf).join(", ") }));
      this.#undo = [...this.#undo, mine].slice(-MAX_UNDO);
      this.#write(merged.text);
      return;
    }
    this.saving = "waiting";
    this.#keep();
    this.clash = merged
      ? { draft, text: merged.text, conflicts: merged.conflicts }
      : { draft, text: draft.source, conflicts: [{ kind: "", name: "", mine, theirs: draft.source }] };
  }

  /** Decides a clash: for each conflict, whether mine holds. What is given up can be had back by undoing. */
  decide(mine: boolean[]): void {
    if (!this.clash) return;
    const { conflicts } = this.clash;
    let { text } = this.clash;
    conflicts.forEach((conflict, index) => {
      if (!mine[index]) return;
      text = conflict.kind === "" && conflict.name === "" ? String(conflict.mine) : put(text, conflict, conflict.mine);
    });
    this.#undo = [...this.#undo, this.clash.draft.source, this.text].slice(-MAX_UNDO);
    this.#redo = [];
    this.clash = null;
    this.#write(text);
  }

  /** Asks the server's checker about the text as it is now. */
  async check(): Promise<void> {
    const number = ++this.#checkNumber;
    this.checking = true;
    const text = this.text;
    const { data } = await ask("POST", "/check", { body: { source: text, lang: untrack(language) }, quiet: true });
    if (number !== this.#checkNumber) return;
    this.checking = false;
    if (!data) return;
    // Sentences stay while something is half written.
    const was = this.checked;
    this.checked = data.tags.length === 0 && was && data.problems.some((one) => one.severity === "error")
      ? { ...data, tags: was.tags, triggers: was.triggers, variables: was.variables, goals: was.goals, funnels: was.funnels }
      : data;
  }

  /** Back to what is published. */
  async discard(): Promise<void> {
    const before = this.text;
    await this.save();
    const { failure } = await ask("DELETE", "/sites/{site}/draft", { of: { site: this.site }, query: { revision: this.server?.revision ?? null } });
    if (failure) {
      complain(failureWords(failure).message);
      return;
    }
    remember(this.#key, "", true);
    this.#base = this.text;
    await this.load();
    if (this.text !== before) this.#undo = [...this.#undo, before].slice(-MAX_UNDO);
    say(t("draft.discarded"), { label: t("undo"), run: () => this.undo() });
  }

  /** After publishing or restoring: what the server has now. */
  async reload(): Promise<void> {
    this.#base = this.text;
    await this.load();
  }

  /** Problems at a place or inside it. */
  problemsAt(path: Path): Problem[] {
    const doc = this.doc;
    if (!doc) return [];
    return this.problems.filter((problem) => problem.path !== "" && within(placeOfProblem(doc, problem), path));
  }
}

const nameOf = (thing: Thing): string => thing.name || thing.kind;

const all = new Map<string, DraftState>();

/** The draft of a site; the same one on every page. */
export function draftOf(site: string): DraftState {
  let draft = all.get(site);
  if (!draft) {
    draft = new DraftState(site);
    all.set(site, draft);
  }
  void draft.load();
  return draft;
}

// A tab that is closed with something unsaved asks first; the text is in this tab's memory all the same.
window.addEventListener("beforeunload", (event) => {
  if ([...all.values()].some((draft) => draft.saving !== "saved")) event.preventDefault();
});
