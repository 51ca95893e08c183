import assert from "node:assert/strict";
import { test } from "node:test";
import { day, dayIn, dayInWords, money } from "./format";
import { setLanguage } from "./i18n";

test("days are said as people say them, with the year where it is another one", () => {
  setLanguage("en");
  assert.equal(day("2026-11-28", "2026-11-29"), "28 Nov");
  assert.equal(day("2027-01-31", "2026-11-29"), "31 Jan 2027");
  assert.equal(dayInWords("2026-12-31"), "31 December 2026");
  setLanguage("ru");
  assert.equal(day("2027-01-31", "2026-11-29"), "31 янв. 2027");
  assert.equal(dayInWords("2026-12-31"), "31 декабря 2026");
});

test("money is told with its smaller coin, unless there is none of it or it is much", () => {
  const told = (value: number, currency: string): string => money(value, currency).replaceAll(/\s/g, " ");
  setLanguage("ru");
  assert.equal(told(3000.5, "EUR"), "3 000,50 €");
  assert.equal(told(3000, "EUR"), "3 000 €");
  assert.equal(told(0.5, "RUB"), "0,50 ₽");
  assert.equal(told(99_999.99, "RUB"), "99 999,99 ₽");
  assert.equal(told(123_456.78, "RUB"), "123 457 ₽");
  assert.equal(told(-12.3, "USD"), "-12,30 $");
  setLanguage("en");
  assert.equal(told(3000.5, "EUR"), "€3,000.50");
  assert.equal(told(1234.4, "JPY"), "¥1,234", "a currency without a smaller coin");
  assert.equal(told(2999.999, "USD"), "$3,000");
  assert.equal(told(12.3, ""), "12.30", "a site without a currency");
});

test("a moment is on the day of its time zone", () => {
  const moment = Date.parse("2026-11-28T22:30:00Z");
  assert.equal(dayIn(moment, "Europe/Moscow"), "2026-11-29");
  assert.equal(dayIn(moment, "UTC"), "2026-11-28");
  assert.match(dayIn(moment, "Nowhere/Never"), /^2026-11-2[89]$/);
});
