// Short words about what has just happened, with a way back: undo instead of "are you sure".

export interface Toast {
  id: number;
  text: string;
  bad: boolean;
  actions: Action[];
  /** What it is about: of that only the last word stays. */
  about?: string;
}

/** What can be done about it. */
export interface Action {
  label: string;
  run: () => void;
}

const SHOWN_MS = 8000;
const USED_MS = 1000;
/** Below what the server remembers for an undo (`UNDO_MS` in server/src/routes/undo.rs): no button stands there that does nothing. */
const HELD_MS = 100_000;
let next = 1;
export const toasts = $state<Toast[]>([]);

export function dismiss(id: number): void {
  const index = toasts.findIndex((toast) => toast.id === id);
  if (index >= 0) toasts.splice(index, 1);
}

/** Takes away what was said about something that has gone on since. */
export function dismissAbout(about: string): void {
  for (const toast of toasts.filter((one) => one.about === about)) dismiss(toast.id);
}

/** What somebody is about to press does not go away under the hand. */
function dismissUnused(id: number, until: number): void {
  if (Date.now() < until && document.querySelector(".toasts:focus-within, .toast:hover")) setTimeout(() => dismissUnused(id, until), USED_MS);
  else dismiss(id);
}

function show(toast: Omit<Toast, "id">, keep: boolean): void {
  const id = next++;
  toasts.push({ ...toast, id });
  if (!keep) setTimeout(() => dismissUnused(id, Date.now() + HELD_MS), SHOWN_MS);
}

/** Says that something was done. */
export const say = (text: string, ...actions: (Action | undefined)[]): void => show({ text, bad: false, actions: actions.filter((one) => one !== undefined) }, false);

/** Says that something was done, in the place of what was said about the same before. */
export function sayAbout(about: string, text: string, ...actions: Action[]): void {
  dismissAbout(about);
  show({ text, bad: false, actions, about }, false);
}

/** Says that something could not be done; stays until it is closed, or until something else is said about the same. */
export function complain(text: string, about?: string): void {
  if (about !== undefined) dismissAbout(about);
  show({ text, bad: true, actions: [], ...(about === undefined ? {} : { about }) }, true);
}
