// Header, footer and the pop-up for a call back: the same on every page.

import { count } from "./cart.js";
import { element } from "./elements.js";
import { language, say, switchLanguage } from "./language.js";
import { whenSent } from "./forms.js";

function sections() {
  return [
    ["/demo/catalog.html", say("Catalogue", "Каталог")],
    ["/demo/app/", say("Tea picker", "Подбор чая")],
    ["/demo/delivery.html", say("Delivery", "Доставка")],
    ["/demo/contact.html", say("Contact", "Контакты")],
  ];
}

function header() {
  const here = location.pathname;
  const links = sections().map(([path, name]) => {
    const current = path.endsWith("/") ? here.startsWith(path) : here === path;
    return element("a", { href: path, "aria-current": current ? "page" : null }, name);
  });
  const other = element("button", { type: "button", lang: say("ru", "en"), "aria-label": say("RU, по-русски", "EN, in English") }, say("RU", "EN"));
  other.addEventListener("click", switchLanguage);
  const call = element("button", { type: "button", "data-open": "callback" }, say("Call me", "Звонок"));
  call.addEventListener("click", openCallback);
  return element("div", { class: "bar" },
    element("a", { class: "brand", href: "/demo/", "aria-label": say("Samovar: home", "Самовар: на главную") },
      element("img", { src: "/demo/img/mark.svg", alt: "", width: 36, height: 36 }),
      element("span", {}, say("Samovar", "Самовар"))),
    element("nav", { "aria-label": say("Sections", "Разделы") }, ...links),
    element("div", { class: "tools" }, other, call,
      element("a", { class: "to-cart", href: "/demo/cart.html" }, say("Cart", "Корзина"),
        element("span", { class: "cart-count" }, String(count())))));
}

function footer() {
  return element("div", { class: "bar" },
    element("p", {}, element("a", { href: "tel:+78000000000" }, "8 800 000-00-00")),
    element("p", {}, element("a", { href: "mailto:hello@shop.example" }, "hello@shop.example")),
    element("p", {}, say("Every day from 9 to 21, Moscow time", "Каждый день с 9 до 21 по Москве")),
    element("p", { class: "made" }, say(
      "This shop sells nothing: it is the demonstration of Weir.",
      "Здесь ничего не продают: это демонстрация Weir.")));
}

/** The pop-up is made when it is first asked for, as pop-ups usually are. */
function openCallback() {
  let dialog = document.querySelector("#callback");
  if (!dialog) {
    dialog = callback();
    document.body.append(dialog);
  }
  dialog.showModal();
}

function callback() {
  const close = element("button", { type: "button", class: "close", "aria-label": say("Close", "Закрыть") }, "×");
  const form = element("form", { id: "callback-form", name: "callback", class: "lead", action: "/demo/contact.html" },
    element("div", { class: "field" },
      element("label", { for: "callback-phone" }, say("Phone", "Телефон")),
      element("input", { id: "callback-phone", name: "phone", type: "tel", autocomplete: "tel", required: true, placeholder: "+7" })),
    element("button", { type: "submit" }, say("Call me back", "Перезвоните мне")));
  const dialog = element("dialog", { id: "callback", "aria-labelledby": "callback-title" }, close,
    element("h2", { id: "callback-title" }, say("Shall we call you?", "Перезвонить вам?")),
    element("p", { class: "note" }, say("In half an hour, from 9 to 21.", "В течение получаса, с 9 до 21.")), form);
  close.addEventListener("click", () => dialog.close());
  whenSent(form, say("Thank you. We will call within half an hour.", "Спасибо. Перезвоним в течение получаса."));
  return dialog;
}

/** Shows how many things are in the cart. */
export function showCount() {
  for (const badge of document.querySelectorAll(".cart-count")) badge.textContent = String(count());
}

/** Fills the page's empty header and footer. */
export function frame() {
  document.documentElement.lang = language;
  document.querySelector(".site-header")?.replaceChildren(header());
  document.querySelector(".site-footer")?.replaceChildren(footer());
}
