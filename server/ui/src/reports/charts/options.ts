// Charts of the kinds that reports use, as options of the charting library. Texts are drawn on the canvas, never put into the
// page as HTML.

import { day } from "../../format";
import { partWords, timeName, type Part } from "../times";
import type { Release, Report, Unit } from "../api";
import { inUnit, short } from "../shown";
import type { Colours } from "./colours";
import type { EChartsCoreOption } from "./echarts";
import { markOf, releaseLines, releasesAt } from "./releases";

export interface Line {
  name: string;
  values: (number | null)[];
  /** Stands behind the others, dashed. */
  beside?: boolean;
  /** The day of each value, where it is not that of the axis. */
  days?: string[];
}

interface Common {
  unit: Unit;
  currency: string;
}

/** What lines are drawn over: days, weeks or months, and which of them are not all there. */
export interface Times {
  by: Report["by"];
  days: string[];
  parts: Part[];
}

const AXIS_FONT = 12;

/** Shares end at 100 %: left to itself, the axis of a share near it goes on to 120 %. What is above 100 % keeps its own end. */
export function shareAxis(unit: Unit, values: (number | null)[]): { max: number; interval: number } | object {
  const most = Math.max(0, ...values.map((value) => value ?? 0));
  return unit === "share" && most > 0.8 && most <= 1 ? { max: 1, interval: 0.25 } : {};
}

function base(colours: Colours): EChartsCoreOption {
  return {
    animation: !matchMedia("(prefers-reduced-motion: reduce)").matches,
    animationDuration: 250,
    textStyle: { fontFamily: "system-ui, sans-serif", color: colours.ink },
    tooltip: {
      renderMode: "richText",
      confine: true,
      backgroundColor: colours.card,
      borderColor: colours.line,
      textStyle: { color: colours.ink, fontSize: 13 },
    },
  };
}

export function lines(colours: Colours, { by, days, parts }: Times, drawn: Line[], releases: Release[], { unit, currency }: Common): EChartsCoreOption {
  const marks = releasesAt(days, releases);
  // What is not all there is drawn apart: else it looks as if nobody had come.
  const pieces = drawn.map((line) => (line.beside ? { whole: line.values, part: null } : piecesOf(line.values, parts)));
  return {
    ...base(colours),
    grid: { left: 8, right: 16, top: marks.size > 0 ? 36 : 20, bottom: drawn.length > 1 ? 36 : 8, containLabel: true },
    legend: drawn.length > 1 ? { data: drawn.map((line) => line.name), bottom: 0, type: "scroll", textStyle: { color: colours.soft }, icon: "roundRect", itemHeight: 4 } : { show: false },
    tooltip: {
      ...(base(colours)["tooltip"] as object),
      trigger: "axis",
      formatter: (points: { dataIndex: number }[]) => {
        const at = points[0]?.dataIndex ?? 0;
        const head = [timeName(days[at] ?? "", by), partWords(parts[at] ?? null)].filter(Boolean).join(": ");
        const rows = drawn.map((line) => {
          const when = line.days?.[at];
          return `${line.name}${when ? `, ${timeName(when, by)}` : ""}: ${inUnit(line.values[at] ?? null, unit, currency)}`;
        });
        return [head, ...rows, ...releaseLines(marks.get(days[at] ?? "") ?? [])].join("\n");
      },
    },
    xAxis: {
      type: "category",
      data: days,
      boundaryGap: false,
      axisLine: { lineStyle: { color: colours.line } },
      axisTick: { show: false },
      axisLabel: { color: colours.soft, fontSize: AXIS_FONT, formatter: (value: string) => (by === "month" ? timeName(value, by) : day(value)), hideOverlap: true },
    },
    yAxis: {
      type: "value",
      min: 0,
      splitNumber: 4,
      // Nobody is a third of a visitor, also where there was none.
      ...(unit === "count" || unit === "money" ? { minInterval: 1 } : {}),
      ...shareAxis(unit, drawn.flatMap((line) => line.values)),
      axisLabel: { color: colours.soft, fontSize: AXIS_FONT, formatter: (value: number) => short(value, unit) },
      splitLine: { lineStyle: { color: colours.line } },
    },
    series: drawn.flatMap((line, index) => {
      const { whole, part } = pieces[index] ?? { whole: line.values, part: null };
      const look = { type: "line", name: line.name, connectNulls: false, color: line.beside ? colours.soft : colours.lines[index % colours.lines.length], z: line.beside ? 1 : 2 };
      const isAlone = whole.filter((value) => value !== null).length === 1;
      const main = {
        ...look,
        data: whole,
        showSymbol: isAlone,
        symbolSize: 6,
        lineStyle: { width: line.beside ? 1.5 : 2.5, type: line.beside ? "dashed" : "solid" },
        areaStyle: drawn.filter((one) => !one.beside).length === 1 && !line.beside ? { opacity: 0.08 } : undefined,
        markLine: index === 0 && marks.size > 0
          ? {
              silent: true,
              symbol: "none",
              lineStyle: { color: colours.warn, type: "dotted", width: 1.5 },
              label: { color: colours.warn, fontSize: AXIS_FONT, formatter: (mark: { name: string }) => mark.name },
              data: [...marks].map(([at, here]) => ({ xAxis: at, name: markOf(here) })),
            }
          : undefined,
      };
      // The same name: what the legend takes away goes as a whole.
      return part === null ? [main] : [main, { ...look, data: part, symbol: "emptyCircle", symbolSize: 8, showAllSymbol: true, lineStyle: { width: 2, type: [4, 4] } }];
    }),
  };
}

interface Piece {
  value: number | null;
  symbol?: "none";
}

/**
 * A line in two: what is all there, and, to be drawn dashed, what is not, with the points beside it. Null: all of it is there.
 */
export function piecesOf(values: (number | null)[], parts: Part[]): { whole: (number | null)[]; part: Piece[] | null } {
  const isPart = (at: number): boolean => parts[at] === "open" || parts[at] === "cut";
  if (!values.some((_, at) => isPart(at))) return { whole: values, part: null };
  return {
    whole: values.map((value, at) => (isPart(at) ? null : value)),
    part: values.map((value, at): Piece => {
      if (isPart(at)) return { value };
      return { value: isPart(at - 1) || isPart(at + 1) ? value : null, symbol: "none" };
    }),
  };
}

/** Letters of a name beside a bar, and of an address: what tells addresses apart is their end. */
const LABEL_LETTERS = 21;
export function shortName(name: string): string {
  if (name.length <= LABEL_LETTERS) return name;
  if (!name.startsWith("/")) return `${name.slice(0, LABEL_LETTERS - 1)}…`;
  const end = name.slice(1 - LABEL_LETTERS);
  return `…${end.slice(Math.max(0, end.search(/\/./)))}`;
}

interface Bar {
  name: string;
  values: (number | null)[];
  beside?: boolean;
  labels?: string[];
  /** Said of the number when it is pointed at, and not drawn. */
  also?: { name: string; values: (number | null)[] } | undefined;
}

/** Horizontal bars, the first at the top; a second row of values stands behind, paler. */
export function bars(colours: Colours, names: { word: string; behind?: string | undefined }[], series: Bar[], { unit, currency }: Common): EChartsCoreOption {
  return {
    ...base(colours),
    grid: { left: 8, right: series.some((one) => one.labels) ? 150 : 24, top: 8, bottom: series.length > 1 ? 34 : 8, containLabel: true },
    legend: series.length > 1 ? { bottom: 0, textStyle: { color: colours.soft }, icon: "roundRect", itemHeight: 8 } : { show: false },
    tooltip: {
      ...(base(colours)["tooltip"] as object),
      trigger: "axis",
      axisPointer: { type: "shadow" },
      formatter: (points: { dataIndex: number }[]) => {
        const at = points[0]?.dataIndex ?? 0;
        const name = names[at];
        // What it is called in SQL and in files, where the page says it in other words.
        const head = name?.behind === undefined ? (name?.word ?? "") : `${name.word} (${name.behind})`;
        const rows = series.flatMap((one) => [one, ...(one.also ? [one.also] : [])]);
        return [head, ...rows.map((one) => `${one.name}: ${inUnit(one.values[at] ?? null, unit, currency)}`)].join("\n");
      },
    },
    xAxis: {
      type: "value",
      ...shareAxis(unit, series.flatMap((one) => one.values)),
      axisLabel: { color: colours.soft, fontSize: AXIS_FONT, formatter: (value: number) => short(value, unit), hideOverlap: true },
      splitLine: { lineStyle: { color: colours.line } },
    },
    yAxis: {
      type: "category",
      inverse: true,
      data: names.map((name) => name.word),
      axisTick: { show: false },
      axisLine: { lineStyle: { color: colours.line } },
      axisLabel: { color: colours.ink, fontSize: AXIS_FONT, width: 165, overflow: "truncate", formatter: shortName },
    },
    series: series.map((one) => ({
      type: "bar",
      name: one.name,
      data: one.values,
      barMaxWidth: 18,
      color: one.beside ? colours.soft : colours.lines[0],
      itemStyle: { borderRadius: [0, 4, 4, 0], opacity: one.beside ? 0.45 : 1 },
      ...(one.labels ? { label: { show: true, position: "right", color: colours.ink, fontSize: AXIS_FONT, formatter: (point: { dataIndex: number }) => one.labels?.[point.dataIndex] ?? "" } } : {}),
    })),
  };
}

/** Ways through the site: each column of nodes is one more page. */
export function ways(colours: Colours, steps: { pages: string[]; count: number }[], words: { end: string; visits: string }): EChartsCoreOption {
  const nodes = new Map<string, number>();
  const links = new Map<string, number>();
  // The same page at another place of the way is another node: a flow has no circles.
  const key = (place: number, page: string): string => `${place}\u0000${page}`;
  for (const { pages, count } of steps) {
    pages.forEach((page, place) => {
      nodes.set(key(place, page), (nodes.get(key(place, page)) ?? 0) + count);
      const next = pages[place + 1];
      if (next !== undefined) {
        const link = `${key(place, page)}\u0001${key(place + 1, next)}`;
        links.set(link, (links.get(link) ?? 0) + count);
      }
    });
  }
  const pageOf = (node: string): string => node.split("\u0000")[1] || words.end;
  const longest = Math.max(1, ...steps.map((step) => step.pages.length));
  return {
    ...base(colours),
    tooltip: {
      ...(base(colours)["tooltip"] as object),
      formatter: (point: { name: string; value: number; data: { source?: string; target?: string } }) =>
        point.data.source !== undefined && point.data.target !== undefined
          ? `${pageOf(point.data.source)} → ${pageOf(point.data.target)}\n${words.visits}: ${inUnit(point.value, "count", "")}`
          : `${pageOf(point.name)}\n${words.visits}: ${inUnit(point.value, "count", "")}`,
    },
    series: [
      {
        type: "sankey",
        left: 8,
        right: `${Math.round(70 / longest)}%`,
        top: 12,
        bottom: 12,
        nodeGap: 10,
        nodeWidth: 12,
        draggable: false,
        emphasis: { focus: "adjacency" },
        data: [...nodes.keys()].map((name) => ({ name, depth: Number(name.split("\u0000")[0]), itemStyle: { color: pageOf(name) === words.end ? colours.line : colours.accent, borderWidth: 0 } })),
        links: [...links].map(([link, value]) => {
          const [source, target] = link.split("\u0001");
          return { source, target, value };
        }),
        label: { color: colours.ink, fontSize: AXIS_FONT, width: 150, overflow: "truncate", formatter: (node: { name: string }) => shortName(pageOf(node.name)) },
        lineStyle: { color: "source", opacity: 0.22, curveness: 0.5 },
      },
    ],
  };
}
