// A filter of visits as text, as the server takes it and as the address has it.

export interface Filter {
  field: string;
  negated: boolean;
  value: string;
}

/** `channel:Email`, `device!:mobile`. */
export const writeFilter = ({ field, negated, value }: Filter): string => `${field}${negated ? "!" : ""}:${value}`;

/** The same back; null: it is none. */
export function readFilter(text: string): Filter | null {
  const colon = text.indexOf(":");
  if (colon < 1) return null;
  const negated = text[colon - 1] === "!";
  return { field: text.slice(0, negated ? colon - 1 : colon), negated, value: text.slice(colon + 1) };
}
