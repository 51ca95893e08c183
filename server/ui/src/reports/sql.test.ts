import assert from "node:assert/strict";
import { test } from "node:test";
import { viewQuery } from "./sql";

test("a view of many sites is asked for one of them", () => {
  assert.equal(viewQuery("weir.landing_pages", "shop"), "SELECT * FROM weir.landing_pages WHERE site = 'shop' LIMIT 1000");
  assert.equal(viewQuery("weir.funnel_shop_checkout", "shop"), "SELECT * FROM weir.funnel_shop_checkout LIMIT 1000");
  assert.equal(viewQuery("weir.goal_shop_lead", "shop"), "SELECT * FROM weir.goal_shop_lead LIMIT 1000");
});
