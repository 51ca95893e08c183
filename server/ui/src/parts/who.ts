// Who did something: people are told by their address, and what is no person in words.

import { t } from "../i18n";

export const whoWords = (who: string): string => (who === "command line" ? t("who.command") : who === "file" ? t("who.file") : who);
