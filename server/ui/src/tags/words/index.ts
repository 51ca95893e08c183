// Words of these pages; downloaded with them.

import { translator } from "../../i18n";
import { en } from "./en";
import { ru } from "./ru";

export const w = translator("tags", en, ru);
