// Problems in the words of forms. The rules say what to write into the JSON; whoever works with forms is told what to do there.

import { translator } from "../i18n";
import type { Problem } from "../api/types";

const en = {
  missing: { message: "This field is empty", hint: "Fill it in." },
  misplaced: { message: "This does nothing beside what is chosen", hint: "Empty the field, or choose what it belongs to." },
  type: { message: "This value cannot be written so", hint: "Choose or type it anew in this field." },
  number: { message: "This is no number", hint: "Write one, such as 5 or 0.5." },
  automatic: "Give the event another name, or switch the automatic event off in the settings of the site.",
  domains: "Add the hosts of the site in its settings.",
  host: "If you trust it, add it in the settings of the site, to the hosts that scripts may come from.",
  trigger: "Choose a trigger that is there, or make a new one.",
  funnel: "Choose a funnel that is there, or build it first.",
  goal: "Choose a goal that is there. A goal is made by a tick in the form of a tag.",
  never: "Look at when it fires, for which share of visitors, and from which day to which. To stop a tag, tick that it is paused.",
  unused: "Take it away, or use it in a condition or in a value of a tag.",
  pattern: "Tick that upper and lower case do not matter.",
};
const ru = {
  missing: { message: "Это поле пустое", hint: "Заполните его." },
  misplaced: { message: "Рядом с тем, что выбрано, это ничего не значит", hint: "Очистите поле или выберите то, к чему оно относится." },
  type: { message: "Так это значение записать нельзя", hint: "Выберите или введите его в этом поле заново." },
  number: { message: "Это не число", hint: "Напишите число, например 5 или 0,5." },
  automatic: "Дайте событию другое имя или выключите автоматическое событие в настройках сайта.",
  domains: "Добавьте хосты сайта в его настройках.",
  host: "Если вы ему доверяете, добавьте его в настройках сайта к хостам, с которых можно брать скрипты.",
  trigger: "Выберите триггер, который есть, или создайте новый.",
  funnel: "Выберите воронку, которая есть, или сначала соберите её.",
  goal: "Выберите цель, которая есть. Цель создают галочкой в форме тега.",
  never: "Проверьте, когда он срабатывает, для какой доли посетителей и с какого дня по какой. Чтобы остановить тег, поставьте его на паузу.",
  unused: "Удалите её или используйте в условии или в значении тега.",
  pattern: "Отметьте, что регистр букв не важен.",
};
const w = translator("hints", en, ru);

/** Code between backticks that only JSON has: quotes with a colon, braces, lists. What is written into fields has none of them. */
const JSON_IN = /`[^`]*(?:"[^`]*":|\{ ?"|\["|^"|`")[^`]*`|`"[^`]*"`/;
const hasJson = (text: string): boolean => JSON_IN.test(text);

/** Codes of problems whose hint is about JSON, and what is to be done in a form. */
const HINTS: Record<string, Exclude<keyof typeof en, "missing" | "misplaced" | "type" | "number">> = {
  automatic_event: "automatic", no_domains: "domains", host_not_approved: "host", unknown_trigger: "trigger", unknown_funnel: "funnel", unknown_goal: "goal", tag_never_fires: "never", unused_variable: "unused", invalid_pattern: "pattern",
};
const WHOLE: Record<string, "missing" | "misplaced" | "type"> = { missing_key: "missing", misplaced_key: "misplaced", wrong_type: "type" };
/** What the rules say where a number belongs. */
const NUMBER = /^(?:expected a number|здесь ожидается число),/;
/** Lists what there is and then says where the JSON has it. */
const DEFINES = /; (?:define it under|сначала опишите)/;

/** What is wrong and what to do, for whoever looks at the field. */
export function inForm(problem: Pick<Problem, "code" | "message" | "hint">): { message: string; hint: string } {
  const whole = problem.code === "wrong_type" && NUMBER.test(problem.message) ? "number" : WHOLE[problem.code];
  if (whole) return { message: w(`${whole}.message`), hint: w(`${whole}.hint`) };
  const hint = HINTS[problem.code];
  return { message: problem.message, hint: hint && (hasJson(problem.hint ?? "") || DEFINES.test(problem.hint ?? "") || hint === "unused" || hint === "never") ? w(hint) : (problem.hint ?? "") };
}

/** As a sentence of its own begins; a name in backticks stays as it is written. */
export const sentence = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
