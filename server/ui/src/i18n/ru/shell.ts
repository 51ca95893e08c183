// Вокруг каждой страницы.

import type { Translated } from "../language.svelte";
import type { shell as english } from "../en/shell";

export const shell: Translated<typeof english> = {
  loading: "Спрашиваем…",
  copy: "Скопировать",
  copied: "Скопировано",
  close: "Закрыть",
  again: "Попробовать снова",
  save: "Сохранить",
  cancel: "Отмена",
  undo: "Вернуть",
  time: { now: "только что" },

  nav: {
    main: "Главное меню",
    more: "Ещё",
    skip: "К странице",
    site: "Сайт",
    tags: "Теги",
    simulate: "Проба",
    publish: "Публикация",
    reports: "Отчёты",
    live: "Вживую",
    people: "Люди",
    chooseSite: "Сайт",
    sample: "{{id}} (данные для примера)",
    newSite: "Добавить сайт…",
    signOut: "Выйти",
    setUp: "Настроить Weir",
  },
  theme: { label: "Цвета", system: "Как в системе", light: "Светлые", dark: "Тёмные" },

  page: {
    unknown: "Такой страницы нет",
    unknownHint: "Возможно, в адресе опечатка или страница переехала. Все страницы есть в меню.",
    unknownSite: "Сайта `{{site}}` нет",
    unknownSiteHint: "Возможно, его удалили или вам он не виден. Выберите другой сайт выше.",
    notLoaded: "Часть страницы не загрузилась",
    notLoadedHint: "Возможно, сервер обновили или связь оборвалась. Загрузите страницу снова; сохранённое не пропало.",
    reload: "Загрузить снова",
  },

  failure: {
    gone: { message: "Сервер не отвечает.", hint: "Показано последнее, что известно. Работает ли `weir serve`? Страница продолжает спрашивать." },
    clickhouse_away: { message: "ClickHouse сейчас не отвечает.", hint: "События принимаются и хранятся на диске, числа вернутся вместе с ClickHouse. Если его долго нет, посмотрите журнал сервера." },
    not_ready: { message: "Таблиц и представлений пока нет.", hint: "Они создаются при запуске сервера и при публикации правил: подождите несколько секунд." },
    not_loopback: { message: "Пока нет учётных записей, страница работает только на машине сервера.", hint: "Сначала заведите там владельца: ссылку печатает `weir serve`. Издалека — через туннель: `ssh -L 8080:127.0.0.1:8080 машина`." },
    query_failed: { message: "Запрос к ClickHouse не выполнен.", hint: "Так быть не должно: сообщите об этом и приложите строки из журнала сервера." },
    signed_out: { message: "Вы вышли.", hint: "Войдите снова, чтобы продолжить." },
    not_allowed: { message: "Ваша роль этого не позволяет.", hint: "Владелец может изменить вашу роль на странице «Люди»." },
    csrf: { message: "Страница устарела.", hint: "Загрузите её снова." },
    wrong_password: { message: "Неверный адрес или пароль.", hint: "Если пароль утерян, его сбрасывает тот, кто следит за сервером: `weir user reset-password`." },
    too_many_tries: { message: "Слишком много попыток.", hint: "Подождите минуту и попробуйте снова." },
    unknown: { message: "Сервер ответил ошибкой `{{code}}`.", hint: "Подробности в журнале сервера." },
  },

  collector: {
    notAccepting: "События сейчас не принимаются.",
    notAcceptingHint: "Диск или спул переполнен либо недоступен для записи. Браузеры хранят события у себя и пришлют снова. Подробности в журнале сервера.",
    refused_one: "ClickHouse насовсем отказался от {{count, number}} пачки событий.",
    refused_few: "ClickHouse насовсем отказался от {{count, number}} пачек событий.",
    refused_many: "ClickHouse насовсем отказался от {{count, number}} пачек событий.",
    refused_other: "ClickHouse насовсем отказался от {{count, number}} пачек событий.",
    refusedHint: "Ничего не выброшено: они лежат в папке спула, а причина в журнале сервера.",
    waiting_one: "{{count, number}} событие ждёт ClickHouse на диске.",
    waiting_few: "{{count, number}} события ждут ClickHouse на диске.",
    waiting_many: "{{count, number}} событий ждут ClickHouse на диске.",
    waiting_other: "{{count, number}} события ждут ClickHouse на диске.",
  },
  refused: {
    message: "События с узлов, которых нет среди доменов сайта, не принимаются.",
    count_one: "{{count, number}} запрос",
    count_few: "{{count, number}} запроса",
    count_many: "{{count, number}} запросов",
    count_other: "{{count, number}} запроса",
    hintFile: "Если это ваши узлы, добавьте их в `domains` в файле сайта и сохраните его; если нет, делать ничего не нужно. Файл:",
    hintUi: "Если это ваши узлы, добавьте их к доменам сайта; если нет, делать ничего не нужно.",
    settings: "Домены сайта",
  },
};
