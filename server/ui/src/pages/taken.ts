// What is live as a report, so that it can be taken along as reports can: by SQL, as a file, as a picture.

import type { Live, LiveEvent } from "../api/types";
import { t } from "../i18n";
import type { Cell, Column, Report, Unit } from "../reports/api";

const column = (name: string, title: string, type: Column["type"] = "text", unit: Unit = ""): Column => ({ name, title, definition: "", type, unit });

/** A report of this moment: `now` is when, and stands in the names of its files. */
function report(id: string, title: string, now: number, columns: Column[], rows: Cell[][], sql: string, views: string[]): Report {
  const at = new Date(now).toISOString().slice(0, "2026-11-30T12:30:05".length).replaceAll(":", "-");
  return {
    id, title, definition: "", columns, rows, sql, views, view: views[0] ?? "",
    previous: null, whole: null, from: at, to: "", previous_from: null, previous_to: null, whole_to: null, by: null,
    today: at.slice(0, "2026-11-30".length), timezone: "UTC", currency: "", truncated: false, releases: [], took_ms: 0,
  };
}

/** The figures above all. */
export function figuresReport(site: string, live: Live): Report {
  const rows: Cell[][] = [
    [t("live.visitors"), live.visitors_5m],
    [t("live.visitors30"), live.visitors_30m],
    [t("live.minute"), live.events_last_minute],
    [t("live.halfHour"), live.events_last_30_minutes],
    [t("live.ofBots"), live.bots_last_30_minutes],
  ];
  const columns = [column("figure", t("live.figure")), column("number", t("live.number"), "number", "count")];
  return report("live", t("live.title"), live.now, columns, rows, `SELECT * FROM weir.live WHERE site = '${site}'`, ["weir.live"]);
}

/** Where the visitors are. */
export function pagesReport(site: string, live: Live): Report {
  const columns = [column("page_host", t("live.host")), column("page_path", t("live.known.page_url")), column("visitors", t("live.visitors"), "number", "count")];
  const rows = live.pages.map((page): Cell[] => [page.page_host, page.page_path, page.visitors]);
  return report("live_pages", t("live.pages"), live.now, columns, rows, `SELECT page_host, page_path, visitors FROM weir.live_pages WHERE site = '${site}' ORDER BY visitors DESC, page_path`, ["weir.live_pages"]);
}

/** As many columns of an event as a picture has room for; a file has all of them. */
export const DRAWN = 6;
const FIELDS = ["page_title", "referrer", "channel", "device", "browser", "os", "country", "city", "element", "order_id", "revenue", "trigger", "bot"] as const;

/** The events that are listed, the newest first. */
export function eventsReport(site: string, events: LiveEvent[], now: number, name: string): Report {
  const titles: Record<(typeof FIELDS)[number], string> = {
    page_title: t("live.known.page_title"), referrer: t("live.known.referrer"), channel: t("live.known.channel"), device: t("live.known.device"), browser: t("live.browser"), os: t("live.os"),
    country: t("live.country"), city: t("live.city"), element: t("live.known.element"), order_id: t("live.known.order_id"), revenue: t("live.known.revenue"), trigger: t("live.known.trigger"), bot: t("live.known.bot"),
  };
  const columns = [
    column("ts", t("live.at")), column("name", t("live.name")), column("page_url", t("live.known.page_url")), column("item", t("live.known.item")), column("tag", t("live.known.tag")), column("container_version", t("live.known.release"), "number", "count"),
    ...FIELDS.map((field) => column(field, titles[field])), column("props", t("live.props")),
  ];
  const rows = events.map((event): Cell[] => [
    new Date(event.ts).toISOString().replace("T", " ").slice(0, "2026-11-30 12:30:05.123".length), event.name, event.page_url, event.item, event.tag, event.container_version || null,
    ...FIELDS.map((field) => event[field]), Object.keys(event.props).length > 0 ? JSON.stringify(event.props) : "",
  ]);
  const quoted = name.replaceAll(/['\\]/g, "\\$&");
  const sql = `SELECT ts, name, page_url, item, tag, container_version, ${FIELDS.join(", ")}, props
FROM weir.events
WHERE site = '${site}' AND session_date >= today() - 2 AND received_at > now64(3) - INTERVAL 1 DAY${name ? ` AND name = '${quoted}'` : ""}
ORDER BY received_at DESC, ts DESC
LIMIT ${events.length}`;
  return report("live_events", t("live.recent"), now, columns, rows, sql, ["weir.events"]);
}
