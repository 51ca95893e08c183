// What the browser says under a field that is not filled in as it must be: in the language of the page, not in the browser's.

import { t } from "../i18n";

type Field = HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement;
const isField = (target: EventTarget | null): target is Field =>
  target instanceof HTMLInputElement || target instanceof HTMLSelectElement || target instanceof HTMLTextAreaElement;

function words(field: Field): string {
  const { valueMissing, tooShort, typeMismatch, patternMismatch } = field.validity;
  if (valueMissing) return t("field.missing");
  if (tooShort && "minLength" in field) return t("field.short", { count: field.minLength });
  if (typeMismatch) return field.type === "email" ? t("field.email") : t("field.url");
  if (patternMismatch) return field.title || t("field.pattern");
  return field.validationMessage;
}

/** Words of its own for every field of the page, from now on. */
export function tellInOurWords(): void {
  document.addEventListener("invalid", ({ target }) => {
    if (!isField(target)) return;
    target.setCustomValidity("");
    if (!target.validity.valid) target.setCustomValidity(words(target));
  }, true);
  // What was wrong is not held against what is typed next.
  document.addEventListener("input", ({ target }) => {
    if (isField(target)) target.setCustomValidity("");
  }, true);
}
