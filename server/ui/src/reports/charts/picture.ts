// Pictures of what the page itself draws without a chart: funnels as bars, and tables whose cells are the darker the more.

import type { Colours } from "./colours";
import { colours } from "./colours";
import { bars } from "./options";

const SCALE = 2;
const FONT = "system-ui, sans-serif";

/** Steps of a funnel, the first at the top, each with what is to be said of it. */
export async function funnelPicture(title: string, steps: { name: string; units: number; words: string }[], words: string): Promise<HTMLCanvasElement | null> {
  const { init } = await import("./echarts");
  const box = document.createElement("div");
  document.body.append(box);
  try {
    const look = colours(box);
    const chart = init(box, null, { renderer: "canvas", width: 900, height: 90 + steps.length * 56 });
    const option = bars(look, steps.map((step) => ({ word: step.name })), [{ name: words, values: steps.map((step) => step.units), labels: steps.map((step) => step.words) }], { unit: "count", currency: "" });
    chart.setOption({ ...option, animation: false, title: { show: false } });
    const canvas = titled(chart.renderToCanvas({ pixelRatio: SCALE, backgroundColor: look.card }), title, look);
    chart.dispose();
    return canvas;
  } finally {
    box.remove();
  }
}

/** One number, large, with what is said of it in lines below. */
export function numberPicture(title: string, value: string, lines: string[]): HTMLCanvasElement | null {
  const look = colours(document.body.firstElementChild ?? document.body);
  const [least, edge, top, line] = [320, 24, 104, 22];
  const canvas = document.createElement("canvas");
  const pen = canvas.getContext("2d");
  if (!pen) return null;
  const fonts = { title: `600 16px ${FONT}`, value: `650 34px ${FONT}`, line: `14px ${FONT}` };
  const wide = ([font, text]: readonly [string, string]): number => {
    pen.font = font;
    return pen.measureText(text).width;
  };
  const all = [[fonts.title, title] as const, [fonts.value, value] as const, ...lines.map((text) => [fonts.line, text] as const)];
  const size = [Math.max(least, ...all.map((one) => Math.ceil(wide(one)) + 2 * edge)), top + lines.length * line + edge] as const;
  canvas.width = size[0] * SCALE;
  canvas.height = size[1] * SCALE;
  pen.scale(SCALE, SCALE);
  pen.fillStyle = look.card;
  pen.fillRect(0, 0, ...size);
  pen.textBaseline = "middle";
  all.forEach(([font, text], place) => {
    pen.font = font;
    pen.fillStyle = place === 1 ? look.ink : look.soft;
    pen.fillText(text, edge, place === 0 ? 30 : place === 1 ? 68 : top + (place - 1.5) * line);
  });
  return canvas;
}

/** Anything that is a table, as it is read. */
export const tablePicture = (title: string, head: string[], rows: string[][]): HTMLCanvasElement | null =>
  heatPicture(title, head, rows.map(([name = "", ...cells]) => ({ name, cells: cells.map((text) => ({ text, heat: 0 })) })));

export interface HeatRow {
  name: string;
  cells: { text: string; heat: number }[];
}

/** A table, the darker the more. */
export function heatPicture(title: string, head: string[], rows: HeatRow[]): HTMLCanvasElement | null {
  const look = colours(document.body.firstElementChild ?? document.body);
  const [height, top] = [30, 48];
  const canvas = document.createElement("canvas");
  const measure = canvas.getContext("2d");
  const wide = (least: number, texts: string[]): number => {
    if (measure) measure.font = `13px ${FONT}`;
    return Math.max(least, ...texts.map((text) => Math.ceil(measure?.measureText(text).width ?? 0) + 24));
  };
  // As wide as what stands in them: names of tags and sums of money are longer than shares.
  const first = wide(150, rows.map((row) => row.name));
  const width = wide(82, [...head.slice(1), ...rows.flatMap((row) => row.cells.map((cell) => cell.text))]);
  const size = [first + (head.length - 1) * width + 16, top + (rows.length + 1) * height + 12] as const;
  canvas.width = size[0] * SCALE;
  canvas.height = size[1] * SCALE;
  const pen = canvas.getContext("2d");
  if (!pen) return null;
  pen.scale(SCALE, SCALE);
  pen.fillStyle = look.card;
  pen.fillRect(0, 0, ...size);
  pen.textBaseline = "middle";
  const write = (text: string, x: number, y: number, colour: string, font: string): void => {
    pen.fillStyle = colour;
    pen.font = font;
    pen.fillText(text, x, y);
  };
  write(title, 12, 22, look.ink, `600 16px ${FONT}`);
  head.forEach((text, place) => write(text, place === 0 ? 12 : first + (place - 1) * width + 8, top + height / 2, look.soft, `12px ${FONT}`));
  rows.forEach((row, index) => {
    const y = top + (index + 1) * height;
    write(row.name, 12, y + height / 2, look.ink, `13px ${FONT}`);
    row.cells.forEach((cell, place) => {
      const x = first + place * width;
      pen.globalAlpha = cell.heat;
      pen.fillStyle = look.accent;
      pen.fillRect(x, y, width - 2, height - 2);
      pen.globalAlpha = 1;
      write(cell.text, x + 8, y + height / 2, cell.heat > 0.55 ? look.card : look.ink, `13px ${FONT}`);
    });
  });
  return canvas;
}

/** A picture with a line of text above it. */
function titled(below: HTMLCanvasElement, title: string, look: Colours): HTMLCanvasElement | null {
  const bar = 44 * SCALE;
  const canvas = document.createElement("canvas");
  canvas.width = below.width;
  canvas.height = below.height + bar;
  const pen = canvas.getContext("2d");
  if (!pen) return null;
  pen.fillStyle = look.card;
  pen.fillRect(0, 0, canvas.width, canvas.height);
  pen.fillStyle = look.ink;
  pen.textBaseline = "middle";
  pen.font = `600 ${16 * SCALE}px ${FONT}`;
  pen.fillText(title, 12 * SCALE, bar / 2);
  pen.drawImage(below, 0, bar);
  return canvas;
}
