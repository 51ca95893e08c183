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

export interface HeatRow {
  name: string;
  cells: { text: string; heat: number }[];
}

/** A table, the darker the more. */
export function heatPicture(title: string, head: string[], rows: HeatRow[]): HTMLCanvasElement | null {
  const look = colours(document.body.firstElementChild ?? document.body);
  const [first, width, height, top] = [150, 82, 30, 48];
  const canvas = document.createElement("canvas");
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
