// Shows the field that an address asks for (`?at=tags[0].event`): opens what hides it, scrolls to it and puts the cursor in.
// Fields say their place in the container by `data-at`: on what contains the field, or on what follows it.

import { placeOf, within, type JsonObject, type Path } from "../document/text";

const FIELD = "input, select, textarea";
/** Forms come bit by bit: what they are made of is downloaded. */
const LOOK_EVERY_MS = 60;
const LOOKS = 40;

export const dataAt = (path: Path): string => JSON.stringify(path);

/** The place that an address asks for. */
export function placeAsked(doc: JsonObject | null, query: URLSearchParams): Path | null {
  const at = query.get("at");
  if (!doc || !at) return null;
  const missing = query.get("missing");
  const place = placeOf(doc, at);
  return missing ? [...place, missing] : place;
}

/** The mark that is nearest to a place: at it, or around it. */
function nearest(place: Path): { mark: Element; length: number } | null {
  let best: { mark: Element; length: number } | null = null;
  for (const mark of document.querySelectorAll("[data-at]")) {
    const path = JSON.parse(mark.getAttribute("data-at") ?? "[]") as Path;
    if (path.length > (best?.length ?? 1) && within(place, path)) best = { mark, length: path.length };
  }
  return best;
}

function fieldOf(mark: Element): HTMLElement | null {
  const inside = mark.matches(FIELD) ? mark : mark.querySelector(FIELD);
  if (inside) return inside as HTMLElement;
  for (let before = mark.previousElementSibling; before; before = before.previousElementSibling) {
    if (before.matches(FIELD)) return before as HTMLElement;
    const fields = before.querySelectorAll<HTMLElement>(FIELD);
    if (fields.length > 0) return fields[fields.length - 1] ?? null;
  }
  return null;
}

/** Shows a place as soon as it is there; what is returned gives up. */
export function showPlace(place: Path): () => void {
  let shown = 0;
  let looks = 0;
  const look = (): void => {
    const found = nearest(place);
    if (found && found.length > shown) {
      shown = found.length;
      for (let around = found.mark.closest("details"); around; around = around.parentElement?.closest("details") ?? null) around.open = true;
      const field = fieldOf(found.mark);
      field?.focus({ preventScroll: true });
      (field ?? found.mark).scrollIntoView({ block: "center" });
    }
    looks += 1;
    if (shown === place.length || looks === LOOKS) clearInterval(timer);
  };
  const timer = setInterval(look, LOOK_EVERY_MS);
  return () => clearInterval(timer);
}
