// After an edit that is more than typing: whoever made it stays where they are, is told that it is in the draft and not yet on
// the site, and has the way back and the way on beside it.

import { t } from "../i18n";
import { router, sitePath } from "../router.svelte";
import type { DraftState } from "../state/draft.svelte";
import { dismissAbout, sayAbout } from "../state/toasts.svelte";

const about = (site: string): string => `draft ${site}`;

/** The draft has been published: no way leads back there, nor on to it. */
export const draftIsOut = (site: string): void => dismissAbout(about(site));

/** Says that something is in the draft. */
export function saidInDraft(draft: DraftState, text: string): void {
  sayAbout(about(draft.site), text, { label: t("undo"), run: () => draft.undo() }, { label: t("draft.toPublish"), run: () => router.go(sitePath(draft.site, "publish")) });
}
