// Черновик: как сохраняется, сливается, возвращается назад.

import type { Translated } from "../language.svelte";
import type { draft as english } from "../en/draft";

export const draft: Translated<typeof english> = {
  draft: {
    saved: "Сохранено в черновике",
    waiting: "Ещё не сохранено…",
    saving: "Сохраняем…",
    failed: "Не сохранено: держим в этой вкладке",
    form: "Форма",
    json: "JSON",
    view: "Как править",
    undo: "Вернуть",
    redo: "Повторить",
    problems_one: "{{count, number}} замечание",
    problems_few: "{{count, number}} замечания",
    problems_many: "{{count, number}} замечаний",
    problems_other: "{{count, number}} замечания",
    noProblems: "Замечаний нет",
    toPublish: "Опубликовать…",
    unpublished: "есть неопубликованное",
    readOnlyFile: "Эти правила лежат в файле: здесь они показаны, а правят их там.",
    readOnlyFileHint: "Измените и сохраните файл, и сервер сам его опубликует. Файл:",
    readOnlySample: "Это пример: осмотритесь. Чтобы писать правила, добавьте свой сайт.",
    readOnlyEnvironment: "Это окружение {{name}} сайта {{site}}: правила меняют у сайта {{site}} и публикуют оттуда.",
    toEnvironments: "К окружениям",
    readOnlyRole: "Вы можете смотреть правила, но не менять. Владелец может сделать вас редактором.",
    readOnlyNobody: "Без учётной записи правила можно смотреть, но не менять.",
    broughtBack: "То, что вы написали и не успели сохранить, снова на месте.",
    merged: "{{who}} правит одновременно с вами: {{what}}. Сохранены и ваши изменения, и чужие.",
    discarded: "Черновик снова такой, как опубликованный релиз.",
    notJson: "Сейчас это не JSON, поэтому формы нет. Исправьте здесь; где именно — сказано в списке.",
    clashTitle: "Вы вдвоём изменили одно и то же",
    clashLead: "Пока вы правили, сохранился другой человек: {{who}}. Всё, чего касался только один из вас, сохранено. Остальное выберите; отказ можно вернуть назад.",
    clashWhole: "весь контейнер",
    mine: "Моё",
    theirs: "Автор: {{who}}",
    removed: "(удалено)",
    clashDone: "Оставить так",
    whatKind: { tags: "Тег", triggers: "Триггер", variables: "Переменная", goals: "Цель", funnels: "Воронка", kpis: "Показатель", examples: "Пример", site: "Сайт", consent: "Согласие", privacy: "Приватность", automatic: "События без правил", other: "Настройка" },
  },
};
