// Where a problem of a draft is, in the words of the forms, and the way to the field: the form of the tag, the trigger, the
// target … opens at it. Where no form has it, the JSON editor does.

import type { Problem } from "../api/types";
import { titleOf } from "../document/names";
import { isObject, placeOfProblem, type JsonObject, type Path } from "../document/text";
import { translator } from "../i18n";
import { sitePath } from "../router.svelte";

/** A place in words, with the addresses of its form and of its line. */
export interface Place {
  words: string;
  /** Nothing, where no form has it. */
  form: string | null;
  json: string;
}

const en = {
  thing: { tags: "Tag “{{name}}”", triggers: "Trigger “{{name}}”", variables: "Variable “{{name}}”", goals: "Goal “{{name}}”", funnels: "Funnel “{{name}}”", kpis: "Target “{{name}}”", examples: "Example “{{name}}”" },
  unnamed: "no. {{number}}",
  section: { site: "Settings of the site", consent: "Consent", privacy: "Privacy", automatic: "Automatic events" },
  at: "{{thing}}, field “{{field}}”",
  value: "Value {{name}}",
  step: "Step {{number}}",
  field: {
    name: "Name", title: "Name", on: "When", except: "But not when", event: "Name of the event", consent: "Only with consent to", once_per: "How often", sample: "For which share of visitors", priority: "Several tags at once",
    until: "Until", labels: "Labels", notes: "Notes", pixel: "Address of the pixel", script: "Address of the script", integrity: "Hash of its content", forward: "Address to pass it on to", push: "Reports to the data layer",
    selector: "Selector", when: "Only if", kind: "What to wait for", source: "Where the value comes from", as: "Read as", default: "If there is none", then: "Then changed", metric: "What to count", goal: "Goal", funnel: "Funnel", page: "Page", channel: "Channel",
    to: "Target", since: "Since", by: "By", domains: "Domains", timezone: "Time zone", currency: "Currency", path: "Path", visible: "Element that becomes visible", success: "How to know that the form was taken", stage: "How far the form has come", within: "How long it may take", percent: "Per cent",
  },
};
const ru = {
  thing: { tags: "Тег «{{name}}»", triggers: "Триггер «{{name}}»", variables: "Переменная «{{name}}»", goals: "Цель «{{name}}»", funnels: "Воронка «{{name}}»", kpis: "Показатель «{{name}}»", examples: "Пример «{{name}}»" },
  unnamed: "№ {{number}}",
  section: { site: "Настройки сайта", consent: "Согласие", privacy: "Приватность", automatic: "События без правил" },
  at: "{{thing}}, поле «{{field}}»",
  value: "Значение {{name}}",
  step: "Шаг {{number}}",
  field: {
    name: "Название", title: "Название", on: "Когда", except: "Но не тогда, когда", event: "Имя события", consent: "Только с согласием на", once_per: "Как часто", sample: "Для какой доли посетителей", priority: "Если сразу несколько тегов",
    until: "По", labels: "Метки", notes: "Заметки", pixel: "Адрес пикселя", script: "Адрес скрипта", integrity: "Хеш содержимого", forward: "Куда передать", push: "Сообщить в слой данных",
    selector: "Селектор", when: "Только если", kind: "Чего ждать", source: "Откуда значение", as: "Читать как", default: "Если нет", then: "Потом изменить", metric: "Что считать", goal: "Цель", funnel: "Воронка", page: "Страница", channel: "Канал",
    to: "Должно стать", since: "С", by: "К какому дню", domains: "Домены", timezone: "Часовой пояс", currency: "Валюта", path: "Путь", visible: "Элемент, который появится", success: "Как узнать, что форму приняли", stage: "Что произошло с формой", within: "За какое время", percent: "Процент",
  },
};
const w = translator("place", en, ru);

type Thing = keyof typeof en.thing;
type Section = keyof typeof en.section;
type Field = keyof typeof en.field;
const has = <T extends object>(table: T, key: unknown): key is keyof T & string => typeof key === "string" && Object.hasOwn(table, key);

/** What one of a list of the container is called there; empty where it has no name. */
function listed(doc: JsonObject, kind: string, which: number): string {
  const list = doc[kind];
  const one = Array.isArray(list) ? list[which] : undefined;
  return isObject(one) && typeof one["name"] === "string" ? one["name"] : "";
}

/** What people call something: its title, or else its name. */
function nameOf(doc: JsonObject, kind: string, which: string | number): string {
  if (typeof which === "string") return titleOf(doc, kind, which);
  return listed(doc, kind, which).trim() || w("unnamed", { number: which + 1 });
}

/** What the forms call a field, by its keys from the thing inwards. */
export function fieldOf(kind: string, keys: Path): string {
  const [first, second] = keys;
  if (first === undefined) return "";
  if (first === "with" && typeof second === "string") return w("value", { name: second });
  if (first === "steps") return typeof second === "number" ? w("step", { number: second + 1 }) : "";
  // Of a condition, the whole of it is one field.
  const [known] = first === "when" ? [first] : keys.filter((key) => has(en.field, key)).slice(-1);
  if (has(en.field, known)) return w(`field.${known satisfies Field}`);
  if (kind === "triggers" && keys.length === 1) return w("field.kind");
  if (kind === "variables" && keys.length === 1) return w("field.source");
  return keys.filter((key) => typeof key === "string").join(".");
}

/** The address of the form that has a place. */
function formOf(site: string, doc: JsonObject, place: Path): string | null {
  const [kind, which] = place;
  if (kind === "tags" && typeof which === "number") {
    return sitePath(site, "tags", "edit", listed(doc, "tags", which) || `#${which}`);
  }
  if ((kind === "triggers" || kind === "variables") && typeof which === "string") return sitePath(site, "tags", kind, which);
  if (kind === "funnels" && typeof which === "string") return sitePath(site, "reports", "funnels", which, "edit");
  if (kind === "kpis" && typeof which === "number") return sitePath(site, "reports", "targets");
  if (kind === "goals" && typeof which === "string") {
    // A goal is a tick in the form of the tag that sends its event.
    const goals = doc["goals"];
    const goal = isObject(goals) ? goals[which] : undefined;
    const event = isObject(goal) ? goal["event"] : undefined;
    const tags = Array.isArray(doc["tags"]) ? doc["tags"] : [];
    const at = typeof event === "string" ? tags.findIndex((tag) => isObject(tag) && tag["event"] === event) : -1;
    return at >= 0 ? formOf(site, doc, ["tags", at]) : null;
  }
  return has(en.section, kind) ? sitePath(site, "settings") : null;
}

/** Where a problem is; nothing, if it is about no place, or the draft is no JSON at the moment. */
export function placed(site: string, doc: JsonObject | null, problem: Problem): Place | null {
  if (!doc || problem.path === "") return null;
  const place = placeOfProblem(doc, problem);
  const [kind, which] = place;
  const asked = `?at=${encodeURIComponent(problem.path)}`;
  const missing = problem.missing === null ? "" : `&missing=${encodeURIComponent(problem.missing)}`;
  const form = formOf(site, doc, place);
  const json = sitePath(site, "tags", "json") + asked;
  let thing: string;
  let keys: Path;
  if (has(en.thing, kind) && which !== undefined) {
    thing = w(`thing.${kind satisfies Thing}`, { name: nameOf(doc, kind, which) });
    keys = place.slice(2);
  } else if (has(en.section, kind)) {
    thing = w(`section.${kind satisfies Section}`);
    keys = place.slice(1);
  } else return null;
  const field = fieldOf(String(kind), keys);
  return { words: field === "" ? thing : w("at", { thing, field }), form: form === null ? null : form + asked + missing, json };
}
