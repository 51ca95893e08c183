// KPIs as containers have them (`KPI_METRICS` of the rules): what each is counted in, and what it needs.

import type { Unit } from "./api";

export const METRICS = [
  "conversion_rate", "landing_conversion", "leads", "orders", "revenue", "aov", "traffic", "reach", "engagement", "funnel", "ctr", "sales_growth", "retention", "churn", "rpr", "nps", "cac", "cost_per_lead", "romi", "drr", "roas", "ltv", "ltv_to_cac", "social_engagement",
] as const;
export type Metric = (typeof METRICS)[number];
export const isMetric = (name: string): name is Metric => (METRICS as readonly string[]).includes(name);

const SHARES = new Set(["conversion_rate", "landing_conversion", "engagement", "funnel", "ctr", "sales_growth", "retention", "churn", "rpr", "romi", "drr", "social_engagement"]);
const MONEY = new Set(["revenue", "aov", "cac", "cost_per_lead", "ltv"]);
const OF_GOAL = new Set(["conversion_rate", "landing_conversion", "leads", "cost_per_lead"]);
const OF_PAGE = new Set(["traffic", "reach", "engagement", "conversion_rate", "landing_conversion", "leads"]);

/** Those that can be below nothing. */
const SIGNED = new Set(["sales_growth", "romi", "nps"]);
export const least = (metric: string): number | undefined => (SIGNED.has(metric) ? undefined : 0);

/** Those that grow, or are a ratio to something else: more than the whole is possible. */
const ABOVE_WHOLE = new Set(["sales_growth", "romi", "drr", "churn", "social_engagement"]);
/** The most there can be, as it is typed. */
export const most = (metric: string): number | undefined => (SHARES.has(metric) && !ABOVE_WHOLE.has(metric) ? 100 : undefined);

/** Those that can be counted in all, from a day on. */
const ADDS_UP = new Set(["traffic", "reach", "leads", "orders", "revenue"]);
export const addsUp = (metric: string): boolean => ADDS_UP.has(metric);

/** Those that are counted in nothing. */
const BARE = new Set(["nps", "roas", "ltv_to_cac"]);
export const metricUnit = (metric: string): Unit => (SHARES.has(metric) ? "share" : MONEY.has(metric) ? "money" : BARE.has(metric) ? "" : "count");
export const takesGoal = (metric: string): boolean => OF_GOAL.has(metric);
export const needsGoal = (metric: string): boolean => metric === "conversion_rate" || metric === "landing_conversion";
export const needsFunnel = (metric: string): boolean => metric === "funnel";
export const takesPage = (metric: string): boolean => OF_PAGE.has(metric);
