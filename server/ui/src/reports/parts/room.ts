// Keeps the room of what is on its way: as high as the same place was the last time, so that nothing below it jumps.

import { recall, remember } from "../../memory";

const KEY = "weir.room";
/** Of a place that was never seen: a chart and the beginning of its table, so that what stands below comes into sight last. */
const usual = (): number => Math.max(320, Math.round(innerHeight * 0.65));
/** On a phone what stands in a row elsewhere stands in a column. */
export const isNarrow = (): boolean => innerWidth < 640;
const MOST_PLACES = 80;

const read = (): Record<string, number> => {
  try {
    return JSON.parse(recall(KEY) || "{}") as Record<string, number>;
  } catch {
    return {};
  }
};

/** How high a place was; the usual height of one that was never seen. */
export const roomOf = (place: string, otherwise = usual()): number => {
  const kept = read()[place];
  return typeof kept === "number" && kept > 0 ? kept : otherwise;
};

/** Remembers how high an element is while it is there. For `{@attach}`; nothing while the place is empty. */
export const keepsRoom = (place: string, isThere: boolean) => (element: HTMLElement): (() => void) | undefined => {
  if (!isThere) return undefined;
  const watch = new ResizeObserver(() => {
    const height = Math.round(element.getBoundingClientRect().height);
    const all = read();
    if (height === 0 || all[place] === height) return;
    const kept = [...Object.entries(all).filter(([one]) => one !== place), [place, height] as const].slice(-MOST_PLACES);
    remember(KEY, JSON.stringify(Object.fromEntries(kept)));
  });
  watch.observe(element);
  return () => watch.disconnect();
};
