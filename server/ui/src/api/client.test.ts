import assert from "node:assert/strict";
import { test } from "node:test";
import { ask, get } from "./client.svelte";

test("names in a path may have anything in them, and what is empty is not sent", async () => {
  const asked: [string, RequestInit | undefined][] = [];
  globalThis.fetch = (address, how) => {
    asked.push([String(address), how]);
    return Promise.resolve(new Response("[]"));
  };
  await get("/sites/{site}/names", { of: { site: "a/b?{site}" }, query: { kind: "event", q: "", event: null } });
  await get("/sites/{site}/reports/{id}", { of: { site: "shop", id: "pages" }, query: { filter: ["a=1", "b=2"] } });
  await ask("PUT", "/sites/{site}/segments/{name}", { of: { site: "shop", name: "ünter uns" }, body: { filters: ["a=1"] } });
  await ask("POST", "/sites/{site}/costs", { of: { site: "shop" }, body: new Blob(["day;amount"]) });
  assert.deepEqual(asked.map(([address]) => address.replace(/lang=\w+&?/, "")), [
    "/api/v1/sites/a%2Fb%3F%7Bsite%7D/names?kind=event",
    "/api/v1/sites/shop/reports/pages?filter=a%3D1&filter=b%3D2",
    "/api/v1/sites/shop/segments/%C3%BCnter%20uns?",
    "/api/v1/sites/shop/costs?",
  ]);
  assert.deepEqual(asked.map(([, how]) => [how?.method, (how?.headers as Record<string, string>)["content-type"]]), [["GET", undefined], ["GET", undefined], ["PUT", "application/json"], ["POST", "text/csv"]]);
  assert.equal(asked[2]?.[1]?.body, '{"filters":["a=1"]}');
});

// Never run: what the server's description does not have must not compile, and the check of types fails where it does.
export async function refused(): Promise<unknown[]> {
  // @ts-expect-error no such path
  await get("/site");
  // @ts-expect-error no such method
  await ask("PUT", "/sites/{site}", { of: { site: "shop" } });
  // @ts-expect-error a name in the path is missing
  await get("/sites/{site}/draft");
  // @ts-expect-error no such name in the path
  await get("/sites/{site}/draft", { of: { shop: "shop" } });
  // @ts-expect-error no such parameter
  await get("/sites/{site}/names", { of: { site: "shop" }, query: { sort: "event" } });
  // @ts-expect-error a parameter of another type
  await get("/audit", { query: { limit: "many" } });
  // @ts-expect-error the body is missing
  await ask("PUT", "/sites/{site}/draft", { of: { site: "shop" } });
  // @ts-expect-error a body of another shape
  await ask("PUT", "/sites/{site}/draft", { of: { site: "shop" }, body: { source: 1, revision: 1 } });
  // @ts-expect-error a body where none is read
  await get("/sites", { body: {} });
  const { data } = await get("/sites");
  return [
    // @ts-expect-error the answer has no such field
    data?.[0]?.colour,
    // @ts-expect-error the answer is a list
    data?.id,
  ];
}
