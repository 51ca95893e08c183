// Rows as CSV that a spreadsheet opens as it is, and takes for no formulas: as server/src/routes/reports/csv.rs writes them, for what
// the page already has and the server would have counted anew.

import type { Cell } from "./api";

/** Without it, spreadsheets take UTF-8 for the code page of the machine. */
const MARK = "\uFEFF";
/** A visitor chose some of these texts. */
const FORMULA = /^[ \u00a0]*[=+\-@\t\r\n＝＋－＠]/;

function cellText(cell: Cell | undefined): string {
  if (cell === null || cell === undefined) return "";
  if (typeof cell === "number") return String(cell);
  const text = Array.isArray(cell) ? cell.join(" → ") : cell;
  const isFormula = FORMULA.test(text);
  return isFormula || /[",;\n\r]/.test(text) ? `"${isFormula ? "'" : ""}${text.replaceAll('"', '""')}"` : text;
}

export const csvOf = (head: string[], rows: Cell[][]): string => MARK + [head, ...rows].map((row) => `${row.map(cellText).join(",")}\r\n`).join("");
