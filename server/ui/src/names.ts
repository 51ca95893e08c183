// Names of Weir's own in the language of the page: channels, devices, and what the demo calls its things. For reading alone:
// addresses, filters, SQL and files keep the value as it is. What is not known here stays as it was written.

import { translator, type Translated } from "./i18n";

const en = {
  /** As in collector/src/enrich/channel.rs. */
  channel: {
    Direct: "Direct", "Cross-network": "Cross-network", "Paid Shopping": "Paid Shopping", "Paid Search": "Paid Search", "Paid Social": "Paid Social", "Paid Video": "Paid Video", Display: "Display",
    "Paid Other": "Paid Other", "Organic Shopping": "Organic Shopping", "Organic Social": "Organic Social", "Organic Video": "Organic Video", "Organic Search": "Organic Search",
    "AI Assistant": "AI Assistant", Email: "Email", Affiliates: "Affiliates", Audio: "Audio", SMS: "SMS", "Mobile Push": "Mobile Push", Referral: "Referral", Unassigned: "Unassigned", Unknown: "Unknown",
  },
  device: { desktop: "desktop", mobile: "mobile", tablet: "tablet", tv: "tv" },
  /** As in rules/examples/shop.json and server/src/demo_shop.rs. */
  demo: {
    checkout: "checkout", promo: "promo", quiz: "quiz", bought: "bought", lead: "lead", "Product page": "Product page", Cart: "Cart", Checkout: "Checkout", Purchase: "Purchase",
    "Promo seen": "Promo seen", "Promo clicked": "Promo clicked", "Picker opened": "Picker opened", "First answer": "First answer", Result: "Result",
    "Visitors who buy": "Visitors who buy", "Leads in 30 days": "Leads in 30 days", "Average order": "Average order", "CTR of promos": "CTR of promos",
  },
};

const ru: Translated<typeof en> = {
  channel: {
    Direct: "Прямые заходы", "Cross-network": "Реклама в разных сетях", "Paid Shopping": "Товарная реклама", "Paid Search": "Реклама в поиске", "Paid Social": "Реклама в соцсетях", "Paid Video": "Реклама в видео", Display: "Медийная реклама",
    "Paid Other": "Прочая реклама", "Organic Shopping": "Товарные площадки", "Organic Social": "Соцсети", "Organic Video": "Видео", "Organic Search": "Органический поиск",
    "AI Assistant": "ИИ-ассистенты", Email: "Рассылки по почте", Affiliates: "Партнёры", Audio: "Аудио", SMS: "SMS", "Mobile Push": "Пуш-уведомления", Referral: "Ссылки с сайтов", Unassigned: "Не определён", Unknown: "Неизвестен",
  },
  device: { desktop: "компьютер", mobile: "телефон", tablet: "планшет", tv: "телевизор" },
  demo: {
    checkout: "Оформление заказа", promo: "Промо", quiz: "Подбор чая", bought: "Купили", lead: "Заявка", "Product page": "Страница товара", Cart: "Корзина", Checkout: "Оформление", Purchase: "Покупка",
    "Promo seen": "Увидели промо", "Promo clicked": "Кликнули промо", "Picker opened": "Открыли подбор", "First answer": "Первый ответ", Result: "Результат",
    "Visitors who buy": "Доля покупающих", "Leads in 30 days": "Заявки за 30 дней", "Average order": "Средний чек", "CTR of promos": "CTR промо",
  },
};

const n = translator("names", en, ru);
type Kind = keyof typeof en;

function known<K extends Kind>(kind: K, name: string): name is keyof (typeof en)[K] & string {
  return Object.hasOwn(en[kind], name);
}

/** A value of a field, in words. */
export function valueWord(field: string, value: string): string {
  if (field === "channel" && known("channel", value)) return n(`channel.${value}`);
  if (field === "device" && known("device", value)) return n(`device.${value}`);
  return value;
}

/** The value that somebody means who types a word for it; anything else is the value itself. */
export function valueMeant(field: string, typed: string): string {
  if (field !== "channel" && field !== "device") return typed;
  const wanted = typed.trim().toLowerCase();
  return Object.keys(en[field]).find((value) => valueWord(field, value).toLowerCase() === wanted) ?? typed;
}

/** As the tag writes paths: in letters, not in percent signs. */
function readable(path: string): string {
  try {
    return decodeURI(path);
  } catch {
    return path;
  }
}

/** The path of a page that somebody means who pastes its address, or leaves out the slash; `part`: a piece of one stays a piece. */
export function pageMeant(typed: string, part = false): string {
  const text = typed.trim();
  const after = /^(?:https?:)?\/\/[^/?#]*(.*)$/i.exec(text) ?? /^(?:[\p{L}\d-]+\.)+\p{L}{2,}(?::\d+)?(\/.*)$/iu.exec(text);
  const path = readable((after ? after[1] || "/" : text).replace(/[?#].*$/, ""));
  return part || path === "" || path.startsWith("/") || path.startsWith("*") ? path : `/${path}`;
}

/** What the demo calls something, in words. */
export const demoWord = (name: string): string => (known("demo", name) ? n(`demo.${name}`) : name);

/** The value itself, where it is shown in other words: to be found by whoever looks for it in SQL. */
export const original = (value: string, shown: string): string | undefined => (value === shown || value === "" ? undefined : value);
