// The checkout page. The form is sent by the browser itself; only the order's number goes into the address of the
// thank-you page, never what the customer typed.

import { count, empty, lines, total } from "./cart.js";
import { element } from "./elements.js";
import { money, nameOf } from "./products.js";
import { save } from "./storage.js";

const form = document.querySelector("#checkout");

/** Short, and different enough for a shop without customers. */
function orderNumber() {
  return `SV-${Date.now().toString(36).slice(-6).toUpperCase()}${Math.floor(Math.random() * 36).toString(36).toUpperCase()}`;
}

function draw() {
  const ready = count() > 0;
  form.hidden = !ready;
  document.querySelector("#summary").hidden = !ready;
  document.querySelector("#nothing").hidden = ready;
  document.querySelector(".summary").replaceChildren(...lines().map(({ product, quantity }) =>
    element("li", {},
      element("span", {}, `${nameOf(product)} × ${quantity}`),
      element("span", {}, money(product.price * quantity)))));
  document.querySelector(".cart-total").textContent = money(total());
}

form.addEventListener("submit", () => {
  const order = { id: orderNumber(), revenue: total(), currency: "RUB" };
  save("samovar.order", order);
  form.elements.order.value = order.id;
  empty();
});

form.addEventListener("formdata", ({ formData }) => {
  for (const name of [...formData.keys()]) if (name !== "order") formData.delete(name);
});

draw();
window.addEventListener("pageshow", (event) => event.persisted && draw());
