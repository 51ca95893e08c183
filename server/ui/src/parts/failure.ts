// Words for failures. The server's own are English for those codes that have no Russian ones; these are ours.

import type { Failure } from "../api/client.svelte";
import { language, t } from "../i18n";

const KNOWN = [
  "gone", "clickhouse_away", "not_ready", "not_loopback", "query_failed", "signed_out", "not_allowed", "csrf", "wrong_credentials", "too_many_tries", "wrong_code", "setup_needed", "read_only", "site_exists", "nothing_to_publish", "last_owner", "user_exists", "already_set_up", "link_invalid", "too_large", "weak_password", "bad_email", "bad_name", "bad_site_id", "long_note", "busy", "changed_meanwhile", "problems", "unknown_site", "not_found", "unknown_release", "unknown_token", "unknown_invitation", "unknown_session", "unknown_funnel", "unreadable_file", "bad_simulation",
] as const;

/** What has gone wrong, and what to do. */
export function failureWords(failure: Failure): { message: string; hint: string } {
  // Here the server knows exactly what is wrong, in English.
  if (failure.code === "bad_simulation" && language() === "en") return { message: sentence(failure.message), hint: sentence(failure.hint) };
  const known = KNOWN.find((code) => code === failure.code);
  if (known) return { message: t(`failure.${known}.message`), hint: t(`failure.${known}.hint`) };
  if (failure.message) return { message: sentence(failure.message), hint: sentence(failure.hint) };
  return { message: t("failure.unknown.message", { code: failure.code }), hint: t("failure.unknown.hint") };
}

/** Messages of the server begin small and have no full stop. */
const sentence = (text: string): string => (text ? text.charAt(0).toUpperCase() + text.slice(1) + (/[.!?]$/.test(text) ? "" : ".") : "");
