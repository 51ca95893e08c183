// What the shop sells: for the pages that are drawn by script (cart, order, tea picker). Prices in rubles.

import { language } from "./language.js";

const NBSP = "\u00a0";

export const products = [
  { sku: "SM-01", slug: "samovar", price: 18900, en: "Tula samovar, 3 l", ru: "Тульский самовар, 3 л" },
  { sku: "KT-02", slug: "kettle", price: 2990, en: "Enamel kettle, 2 l", ru: "Эмалированный чайник, 2 л" },
  { sku: "TP-03", slug: "teapot", price: 3450, en: "Clay teapot, 0.6 l", ru: "Глиняный заварник, 0,6 л" },
  { sku: "GL-04", slug: "glass", price: 1990, en: "Glass in a holder", ru: "Стакан в подстаканнике" },
  { sku: "IT-05", slug: "ivan-tea", price: 690, en: "Ivan tea, 100 g", ru: "Иван-чай, 100 г" },
  { sku: "CT-06", slug: "caravan-tea", price: 890, en: "Caravan tea, 100 g", ru: "Караванный чай, 100 г" },
  { sku: "JT-07", slug: "jasmine-tea", price: 790, en: "Jasmine tea, 100 g", ru: "Жасминовый чай, 100 г" },
  { sku: "HN-08", slug: "honey", price: 650, en: "Lime-blossom honey, 350 g", ru: "Липовый мёд, 350 г" },
];

export const bySku = (sku) => products.find((product) => product.sku === sku);
export const bySlug = (slug) => products.find((product) => product.slug === slug);
export const nameOf = (product) => product[language];
export const pageOf = (product) => `/demo/product/${product.slug}.html`;
export const pictureOf = (product) => `/demo/img/${product.slug}.svg`;

/** "18 900 ₽", with spaces that do not break. */
export function money(rubles) {
  return `${String(rubles).replace(/\B(?=(\d{3})+$)/g, NBSP)}${NBSP}₽`;
}
