// How far a number has come on its way to a target, in words where a share says nothing.

import { percent } from "./shown";
import { r } from "./words";

export function wayWords(share: number | null): string {
  if (share === null || !Number.isFinite(share)) return "–";
  return share < 0 ? r("targets.behind") : percent(share);
}
