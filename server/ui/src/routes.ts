// All pages of the application, by their addresses. What shows them takes its names from here, and so does the test that looks at every
// page (tests/tests/ui_every_page.rs): a page that is not listed cannot be opened, and one that is listed is looked at.

/** Before one is in. */
export const FRONT = ["setup", "sign-in", "invite", "reset"] as const;

/** About no site: `/people`. */
export const OF_ALL = ["new-site", "people", "account"] as const;

/** Of a site: `/sites/shop/tags`. */
export const OF_SITE = ["tags", "simulate", "publish", "reports", "live", "settings"] as const;

/** Under `/sites/shop/reports`. */
export const REPORTS = ["overview", "funnels", "sources", "landing", "pages", "ctr", "paths", "retention", "sales", "marketing", "targets"] as const;

/** Under `/sites/shop/tags`; the first is the page itself. */
export const TAGS = ["", "triggers", "variables", "goals"] as const;

/** Under `/sites/shop/simulate`; what people come for first: the draft on their own site. */
export const SIMULATE = ["preview", "history", "memory"] as const;

/** Under `/people`. */
export const PEOPLE = ["people", "tokens", "audit"] as const;

/** `?kind=` of the report on sources. */
export const SOURCES = ["channels", "sources", "campaigns", "audience", "attribution"] as const;
