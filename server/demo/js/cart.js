// The cart: quantities by article number, kept in the browser.

import { bySku } from "./products.js";
import { load, save } from "./storage.js";

const KEY = "samovar.cart";
const MOST_OF_ONE = 20;

function quantities() {
  const kept = load(KEY, {});
  return kept && typeof kept === "object" ? kept : {};
}

/** What is in the cart: `{ product, quantity }`, in the order in which it was put there. */
export function lines() {
  return Object.entries(quantities())
    .map(([sku, quantity]) => ({ product: bySku(sku), quantity }))
    .filter(({ product, quantity }) => product && quantity > 0);
}

/** Puts one more into the cart. */
export function add(sku) {
  setQuantity(sku, (quantities()[sku] ?? 0) + 1);
}

/** Sets how many; 0 takes it out. */
export function setQuantity(sku, quantity) {
  const next = quantities();
  const whole = Math.min(Math.max(Math.trunc(quantity) || 0, 0), MOST_OF_ONE);
  if (whole === 0) delete next[sku];
  else next[sku] = whole;
  save(KEY, next);
}

/** Takes everything out. */
export const empty = () => save(KEY, {});

/** How many things are in the cart. */
export const count = () => lines().reduce((sum, line) => sum + line.quantity, 0);

/** What they cost together, in rubles. */
export const total = () => lines().reduce((sum, line) => sum + line.quantity * line.product.price, 0);
