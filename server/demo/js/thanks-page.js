// The thank-you page: puts the order into data attributes, where a shop's server would have put them.

import { load } from "./storage.js";
import { money } from "./products.js";

const order = load("samovar.order", null);
const asked = new URLSearchParams(location.search).get("order");
const known = Boolean(order && order.id === asked);

const place = document.querySelector("#order");
place.hidden = !known;
document.querySelector("#no-order").hidden = known;
if (known) {
  place.dataset.orderId = order.id;
  place.dataset.revenue = String(order.revenue);
  place.dataset.currency = order.currency;
  place.querySelector(".order-number").textContent = order.id;
  place.querySelector(".order-total").textContent = money(order.revenue);
}
