// What the browser says under a field that is not filled in as it must be: in the language of the page, not in the browser's.

import { dayInWords } from "../format";
import { t } from "../i18n";

type Field = HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement;
const isField = (target: EventTarget | null): target is Field =>
  target instanceof HTMLInputElement || target instanceof HTMLSelectElement || target instanceof HTMLTextAreaElement;

function words(field: Field): string {
  const { valueMissing, tooShort, typeMismatch, patternMismatch, rangeUnderflow, rangeOverflow, badInput } = field.validity;
  // What cannot be read is no value: it would count as missing, too.
  if (badInput) return t(field.type === "date" ? "field.date" : "field.number");
  if (valueMissing) return t("field.missing");
  if (tooShort && "minLength" in field) return t("field.short", { count: field.minLength });
  if (typeMismatch) return field.type === "email" ? t("field.email") : t("field.url");
  if (patternMismatch) return field.title || t("field.pattern");
  if ((rangeUnderflow || rangeOverflow) && "min" in field) {
    const edge = rangeUnderflow ? field.min : field.max;
    return field.type === "date"
      ? t(rangeUnderflow ? "field.earliest" : "field.latest", { edge: dayInWords(edge) })
      : t(rangeUnderflow ? "field.least" : "field.most", { edge });
  }
  return field.validationMessage;
}

/** Words of its own for every field of the page, from now on. */
export function tellInOurWords(): void {
  document.addEventListener("invalid", ({ target }) => {
    if (!isField(target)) return;
    target.setCustomValidity("");
    if (!target.validity.valid) target.setCustomValidity(words(target));
  }, true);
  const forgive = (form: HTMLFormElement | null): void => {
    for (const field of form?.elements ?? []) if (isField(field)) field.setCustomValidity("");
  };
  // What was wrong is not held against what is typed next, nor against what the page fills in after that: a name that follows from
  // another field comes without an event of its own, and the press of the button, or Enter, would do nothing.
  document.addEventListener("input", ({ target }) => {
    if (isField(target)) { target.setCustomValidity(""); forgive(target.form); }
  }, true);
  document.addEventListener("click", ({ target }) => {
    const button = target instanceof Element ? target.closest("button") : null;
    if (button?.type === "submit") forgive(button.form);
  }, true);
}
