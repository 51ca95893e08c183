// The cart page: lines, quantities, the total.

import { lines, setQuantity, total } from "./cart.js";
import { element } from "./elements.js";
import { showCount } from "./frame.js";
import { say } from "./language.js";
import { money, nameOf, pageOf, pictureOf } from "./products.js";

const list = document.querySelector("#cart .lines");

function line({ product, quantity }) {
  const id = `quantity-${product.sku}`;
  const field = element("input", { id, type: "number", min: 0, max: 20, value: quantity, inputmode: "numeric" });
  field.addEventListener("change", () => change(product.sku, Number(field.value)));
  const remove = element("button", { type: "button", class: "remove" }, say("Remove", "Убрать"));
  remove.setAttribute("aria-label", `${remove.textContent}: ${nameOf(product)}`);
  remove.addEventListener("click", () => change(product.sku, 0));
  return element("li", { class: "product", "data-sku": product.sku },
    element("img", { class: "picture", src: pictureOf(product), alt: "", width: 76, height: 61 }),
    element("div", {},
      element("a", { class: "name", href: pageOf(product) }, nameOf(product)),
      element("div", { class: "quantity" },
        element("label", { for: id }, say("Quantity", "Сколько")), field, remove)),
    element("span", { class: "price" }, money(product.price * quantity)));
}

function change(sku, quantity) {
  setQuantity(sku, quantity);
  draw();
  showCount();
}

function draw() {
  const all = lines();
  list.replaceChildren(...all.map(line));
  document.querySelector("#cart").hidden = all.length === 0;
  document.querySelector("#cart-empty").hidden = all.length > 0;
  document.querySelector(".cart-total").textContent = money(total());
}

draw();
window.addEventListener("pageshow", (event) => event.persisted && draw());
