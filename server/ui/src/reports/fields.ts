// By what visits are told apart: as the catalogue on the server has it (server/src/routes/reports/catalogue).

export const QUALITIES = [
  "channel", "utm_source", "utm_medium", "utm_campaign", "utm_content", "utm_term", "referrer_host", "landing_host", "landing_page", "exit_page",
  "click_id_type", "device", "browser", "os", "country", "city",
] as const;
export type Quality = (typeof QUALITIES)[number];
export const isQuality = (name: string): name is Quality => (QUALITIES as readonly string[]).includes(name);

/** What a step of a funnel can be asked about its visit. */
export const FUNNEL_FILTERS = ["channel", "utm_source", "utm_medium", "utm_campaign", "utm_content", "utm_term", "device", "browser", "os", "country", "city"] as const;
export const FUNNEL_BREAKDOWNS = ["channel", "device", "browser", "os", "country", "city", "utm_source", "utm_medium", "utm_campaign", "page.host", "page.path", "item", "element"] as const;
