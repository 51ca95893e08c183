// Words of the page that publishes.

import type { Release } from "../api/types";
import { translator } from "../i18n";

const en = {
  title: "Publish",
  lead: "Visitors meet the draft only once it is published: from then on, at the next page they open.",
  changes: "What is new since release {{n}}",
  none: "Nothing has changed since release {{n}}.",
  noneHint: "Change a tag, and what changed is told here in words.",
  toTags: "To the tags",
  kind: { added: "new", removed: "gone", changed: "changed" },
  what: { site: "Site", tag: "Tag", trigger: "Trigger", variable: "Variable", goal: "Goal", funnel: "Funnel", kpi: "Target", setting: "Setting" },
  before: "before",
  after: "now",
  note: "Why (for the history)",
  notePlaceholder: "Leads from the new form",
  button: "Publish release {{n}}",
  done: "Release {{n}} is published.",
  live: "Release {{n}} is live",
  liveHint: "Open a page of your site and do what a tag waits for: it shows up in the live view within two seconds. Funnels and targets are among the reports.",
  toLive: "Watch it come in",
  toReports: "To the reports",
  errors: "The draft has errors, so it cannot be published yet. The published release stays in use.",
  warnings: "It can be published; look at these first.",
  preview: "Look at it on your site…",
  discard: "Throw the draft away",
  history: "Releases",
  current: "in use",
  by: "by {{who}}",
  file: "from a file",
  restore: "Back to this one",
  restored: "Release {{to}} does what release {{from}} did.",
  restoreNote: "Back to release {{n}}",
  back: {
    title: "Back to release {{n}}",
    lead: "Going from release {{now}}, which is in use, back to release {{n}} changes this:",
    same: "Release {{n}} does what release {{now}}, which is in use, does: nothing changes.",
    draft: "The draft stays as it is.",
    button: "Go back to release {{n}}",
  },
  summary: {
    added: "Added {{things}}",
    changed: "Changed {{things}}",
    removed: "Removed {{things}}",
    thing: "{{what}} “{{name}}”",
    more: "and {{count, number}} more",
    same: "Does the same as the release before",
    first: "The first release",
    what: { site: "the site's settings", tag: "tag", trigger: "trigger", variable: "variable", goal: "goal", funnel: "funnel", kpi: "target", setting: "setting" },
  },
  show: "Show the JSON",
  export: "Download",
  older: "Older ones",
  download: "Download the container",
  import: "Import a container…",
  imported: "The draft is what the file says. Look at it, then publish.",
  notContainer: "This file is no container: it is not JSON.",
  meanwhile: "Somebody changed the draft meanwhile. Look at what is new, then publish.",
  env: {
    title: "Environments: try it before it is live",
    lead: "Publish to hosts of their own first, look at them, then make it live. Visits there never count in the reports of the site.",
    live: "Live",
    where: "Where to",
    button: "Publish to {{name}}",
    done: "Release {{n}} is published to {{name}}. The draft stays open until it is live.",
    same: "same as live",
    promote: "Make it live",
    promoteNote: "From {{name}}, release {{n}}",
    compare: "What would change",
    change: "Hosts…",
    remove: "Remove",
    new: "Add an environment…",
    add: "Add it",
    keep: "Save",
    name: "Name",
    nameHint: "Up to 20 small Latin letters and digits.",
    hosts: "Its hosts",
    hostsHint: "Several with a comma; *.staging.shop.example means all its subdomains.",
    made: "The environment {{name}} is there. It starts with what is live.",
    kept: "The hosts of {{name}} are saved.",
    removed: "The environment {{name}} is removed. Its visits stay.",
    begun: "begins with live release {{n}}",
    tag: "The tag there",
    tagHint: "The same line as on the live site works: the server knows by the host which release a page gets. If pages there forbid the Referer header, use this one.",
  },
};
const ru = {
  title: "Публикация",
  lead: "Черновик начинает действовать на сайте, только когда опубликован: следующая загрузка страницы уже по нему.",
  changes: "Что нового после релиза {{n}}",
  none: "После релиза {{n}} ничего не изменилось.",
  noneHint: "Измените тег — и здесь словами будет сказано, что изменилось.",
  toTags: "К тегам",
  kind: { added: "новое", removed: "удалено", changed: "изменено" },
  what: { site: "Сайт", tag: "Тег", trigger: "Триггер", variable: "Переменная", goal: "Цель", funnel: "Воронка", kpi: "Показатель", setting: "Настройка" },
  before: "было",
  after: "стало",
  note: "Зачем (для истории)",
  notePlaceholder: "Заявки из новой формы",
  button: "Опубликовать релиз {{n}}",
  done: "Релиз {{n}} опубликован.",
  live: "Релиз {{n}} действует",
  liveHint: "Откройте страницу сайта и сделайте то, чего ждёт тег: через две секунды это будет видно вживую. Воронки и показатели – в отчётах.",
  toLive: "Посмотреть, как приходит",
  toReports: "К отчётам",
  errors: "В черновике есть ошибки, поэтому опубликовать его пока нельзя. Работает опубликованный релиз.",
  warnings: "Опубликовать можно; сначала взгляните на это.",
  preview: "Посмотреть на сайте…",
  discard: "Выбросить черновик",
  history: "Релизы",
  current: "работает",
  by: "автор: {{who}}",
  file: "из файла",
  restore: "Вернуться к нему",
  restored: "Релиз {{to}} делает то же, что делал релиз {{from}}.",
  restoreNote: "Возврат к релизу {{n}}",
  back: {
    title: "Назад к релизу {{n}}",
    lead: "Если вернуться от действующего релиза {{now}} к релизу {{n}}, изменится вот что:",
    same: "Релиз {{n}} делает то же, что действующий релиз {{now}}: ничего не изменится.",
    draft: "Черновик останется как есть.",
    button: "Вернуться к релизу {{n}}",
  },
  summary: {
    added: "Добавлено: {{things}}",
    changed: "Изменено: {{things}}",
    removed: "Удалено: {{things}}",
    thing: "{{what}} «{{name}}»",
    more: "и ещё {{count, number}}",
    same: "Делает то же, что предыдущий релиз",
    first: "Первый релиз",
    what: { site: "настройки сайта", tag: "тег", trigger: "триггер", variable: "переменная", goal: "цель", funnel: "воронка", kpi: "показатель", setting: "настройка" },
  },
  show: "Показать JSON",
  export: "Скачать",
  older: "Раньше",
  download: "Скачать контейнер",
  import: "Загрузить контейнер…",
  imported: "В черновике теперь то, что в файле. Посмотрите и опубликуйте.",
  notContainer: "Этот файл не контейнер: это не JSON.",
  meanwhile: "Кто-то уже изменил черновик. Посмотрите, что нового, и опубликуйте.",
  env: {
    title: "Окружения: проверить до публикации",
    lead: "Сначала опубликуйте черновик на отдельных хостах, посмотрите, как он там работает, и только потом включайте на живом сайте. Визиты с этих хостов не попадают в отчёты сайта.",
    live: "Живой сайт",
    where: "Куда",
    button: "Опубликовать в {{name}}",
    done: "Релиз {{n}} опубликован в {{name}}. Черновик остаётся открытым, пока его не включат на живом сайте.",
    same: "то же, что на живом сайте",
    promote: "Включить на живом сайте",
    promoteNote: "Из {{name}}, релиз {{n}}",
    compare: "Что изменится",
    change: "Хосты…",
    remove: "Удалить",
    new: "Добавить окружение…",
    add: "Добавить",
    keep: "Сохранить",
    name: "Имя",
    nameHint: "До 20 маленьких латинских букв и цифр.",
    hosts: "Его хосты",
    hostsHint: "Несколько — через запятую; *.staging.shop.example — все его поддомены.",
    made: "Окружение {{name}} готово. Оно начинает с того, что на живом сайте.",
    kept: "Хосты окружения {{name}} сохранены.",
    removed: "Окружение {{name}} удалено. Его визиты остаются.",
    begun: "начало: релиз {{n}} живого сайта",
    tag: "Тег там",
    tagHint: "Подходит та же строка, что и на живом сайте: по хосту сервер знает, какой релиз отдать странице. Если страницы там запрещают заголовок Referer, вставьте эту.",
  },
};
export const w = translator("publish", en, ru);

/** The first release of an environment notes what it was made of in signs, which are the same in every language. */
export const noteWords = (note: string): string => {
  const begun = /^= live (\d+)$/.exec(note);
  return begun ? w("env.begun", { n: begun[1] ?? "" }) : note;
};

const THINGS = ["site", "tag", "trigger", "variable", "goal", "funnel", "kpi"] as const;

/** What a release changed, in one line: "Added tag “Lead form”; changed trigger “Buy”." */
export function summaryWords({ things, more }: NonNullable<Release["changed"]>): string {
  if (things.length === 0) return w("summary.same");
  const parts = (["added", "changed", "removed"] as const).flatMap((kind) => {
    const named = things.filter((one) => one.kind === kind).map((one) => {
      const what = w(`summary.what.${THINGS.find((known) => known === one.what) ?? "setting"}`);
      return one.what === "site" ? what : w("summary.thing", { what, name: one.name });
    });
    return named.length === 0 ? [] : [w(`summary.${kind}`, { things: named.join(", ") })];
  });
  const line = parts.map((part, index) => (index === 0 ? part : part.charAt(0).toLowerCase() + part.slice(1))).join("; ");
  return more > 0 ? `${line}; ${w("summary.more", { count: more })}` : line;
}
