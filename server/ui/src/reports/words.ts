// The words of the report pages, in both languages.

import { translator } from "../i18n";
import { en } from "./words/en";
import { ru } from "./words/ru";

export const r = translator("reports", en, ru);
