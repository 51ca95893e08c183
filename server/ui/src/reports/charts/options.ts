// Charts of the kinds that reports use, as options of the charting library. Texts are drawn on the canvas, never put into the
// page as HTML.

import { day } from "../../format";
import type { Release, Unit } from "../api";
import { inUnit, short } from "../shown";
import type { Colours } from "./colours";
import type { EChartsCoreOption } from "./echarts";

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

export function lines(colours: Colours, days: string[], drawn: Line[], releases: Release[], releaseWord: string, { unit, currency }: Common): EChartsCoreOption {
  const marks = new Map<string, number[]>();
  for (const release of releases) {
    const place = days.findLast((one) => one <= release.day);
    if (place) marks.set(place, [...(marks.get(place) ?? []), release.version]);
  }
  return {
    ...base(colours),
    grid: { left: 8, right: 16, top: marks.size > 0 ? 36 : 20, bottom: drawn.length > 1 ? 36 : 8, containLabel: true },
    legend: drawn.length > 1 ? { bottom: 0, type: "scroll", textStyle: { color: colours.soft }, icon: "roundRect", itemHeight: 4 } : { show: false },
    tooltip: {
      ...(base(colours)["tooltip"] as object),
      trigger: "axis",
      formatter: (points: { dataIndex: number; seriesName: string; seriesIndex: number; value: number | null }[]) => {
        const at = points[0]?.dataIndex ?? 0;
        const head = day(days[at] ?? "");
        const rows = points.map((point) => {
          const line = drawn[point.seriesIndex];
          const when = line?.days?.[point.dataIndex];
          return `${point.seriesName}${when ? `, ${day(when)}` : ""}: ${inUnit(point.value ?? null, unit, currency)}`;
        });
        const versions = marks.get(days[at] ?? "");
        return [head, ...rows, ...(versions ? [`${releaseWord} ${versions.join(", ")}`] : [])].join("\n");
      },
    },
    xAxis: {
      type: "category",
      data: days,
      boundaryGap: false,
      axisLine: { lineStyle: { color: colours.line } },
      axisTick: { show: false },
      axisLabel: { color: colours.soft, fontSize: AXIS_FONT, formatter: (value: string) => day(value), hideOverlap: true },
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
    series: drawn.map((line, index) => ({
      type: "line",
      name: line.name,
      data: line.values,
      showSymbol: days.length === 1,
      symbolSize: 6,
      connectNulls: false,
      lineStyle: { width: line.beside ? 1.5 : 2.5, type: line.beside ? "dashed" : "solid" },
      color: line.beside ? colours.soft : colours.lines[index % colours.lines.length],
      areaStyle: drawn.filter((one) => !one.beside).length === 1 && !line.beside ? { opacity: 0.08 } : undefined,
      z: line.beside ? 1 : 2,
      markLine: index === 0 && marks.size > 0
        ? {
            silent: true,
            symbol: "none",
            lineStyle: { color: colours.warn, type: "dotted", width: 1.5 },
            label: { color: colours.warn, fontSize: AXIS_FONT, formatter: (mark: { name: string }) => mark.name },
            data: [...marks].map(([at, versions]) => ({ xAxis: at, name: `▲ ${versions.at(-1) ?? ""}` })),
          }
        : undefined,
    })),
  };
}

/** Horizontal bars, the first at the top; a second row of values stands behind, paler. */
export function bars(colours: Colours, names: string[], series: { name: string; values: (number | null)[]; beside?: boolean; labels?: string[] }[], { unit, currency }: Common): EChartsCoreOption {
  return {
    ...base(colours),
    grid: { left: 8, right: series.some((one) => one.labels) ? 150 : 24, top: 8, bottom: series.length > 1 ? 34 : 8, containLabel: true },
    legend: series.length > 1 ? { bottom: 0, textStyle: { color: colours.soft }, icon: "roundRect", itemHeight: 8 } : { show: false },
    tooltip: {
      ...(base(colours)["tooltip"] as object),
      trigger: "axis",
      axisPointer: { type: "shadow" },
      formatter: (points: { name: string; seriesName: string; value: number | null }[]) =>
        [points[0]?.name ?? "", ...points.map((point) => `${point.seriesName}: ${inUnit(point.value ?? null, unit, currency)}`)].join("\n"),
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
      data: names,
      axisTick: { show: false },
      axisLine: { lineStyle: { color: colours.line } },
      axisLabel: { color: colours.ink, fontSize: AXIS_FONT, width: 150, overflow: "truncate" },
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
        label: { color: colours.ink, fontSize: AXIS_FONT, width: 150, overflow: "truncate", formatter: (node: { name: string }) => pageOf(node.name) },
        lineStyle: { color: "source", opacity: 0.22, curveness: 0.5 },
      },
    ],
  };
}
