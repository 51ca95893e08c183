// What every page of the shop does: header and footer, language, the buttons that put something into the cart.

import { add } from "./cart.js";
import { element } from "./elements.js";
import { frame, showCount } from "./frame.js";
import { whenSent } from "./forms.js";
import { say, translate } from "./language.js";
import { bySku, nameOf } from "./products.js";

const TOAST_MS = 5000;

const toast = element("div", { class: "toast", role: "status" });
let toastTimer = 0;

function show(message) {
  toast.replaceChildren(message, element("a", { href: "/demo/cart.html" }, say("To the cart", "В корзину")));
  clearTimeout(toastTimer);
  toastTimer = setTimeout(() => toast.replaceChildren(), TOAST_MS);
}

document.addEventListener("click", (event) => {
  const sku = event.target.closest("button.buy")?.closest(".product")?.dataset.sku;
  const product = sku && bySku(sku);
  if (!product) return;
  add(sku);
  showCount();
  show(say(`${nameOf(product)}: in the cart`, `${nameOf(product)}: в корзине`));
});

// Back from another page, out of the browser's memory: the cart may have changed meanwhile.
window.addEventListener("pageshow", (event) => {
  if (event.persisted) showCount();
});

frame();
translate(document);
document.body.append(toast);

const contact = document.querySelector("#contact-form");
if (contact) whenSent(contact, say("Thank you. We answer within a day.", "Спасибо. Ответим в течение дня."));
