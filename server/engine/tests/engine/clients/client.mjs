// @clickhouse/client against the port: queries, streams, inserts, packed both ways, errors, a query that is cancelled.
import assert from "node:assert/strict";
import { createRequire } from "node:module";

const require = createRequire(`${process.env.WEIR_SQL_CLIENTS}/node/`);
const { createClient } = require("@clickhouse/client");
const [url, secret] = process.argv.slice(2);

for (const packed of [false, true]) {
  const compression = { request: packed, response: packed };
  const reader = createClient({ url, username: "analyst", compression });
  assert.equal((await reader.ping()).success, true);
  const answer = await reader.query({
    query: "SELECT number AS n, {word:String} AS word FROM numbers(3)",
    query_params: { word: "it's" },
    format: "JSONEachRow",
  });
  assert.deepEqual((await answer.json()).at(-1), { n: 2, word: "it's" });
  assert.ok(answer.query_id);

  const long = await reader.query({ query: "SELECT number FROM numbers(300000)", format: "JSONCompactEachRow" });
  let rows = 0;
  for await (const some of long.stream()) rows += some.length;
  assert.equal(rows, 300000);

  const whole = await reader.query({ query: "SELECT 1 AS one, 'a' AS text", format: "JSON" });
  const json = await whole.json();
  assert.deepEqual(json.data, [{ one: 1, text: "a" }]);
  assert.deepEqual(json.meta.map((column) => column.type), ["UInt8", "String"]);

  const session = createClient({ url, username: "analyst", session_id: `session ${packed}`, compression });
  for (const n of [1, 2, 3]) {
    const rows = await (await session.query({ query: `SELECT ${n} AS n`, format: "JSONEachRow" })).json();
    assert.equal(rows[0].n, n);
  }
  await session.close();

  await assert.rejects(
    reader.query({ query: "SELECT * FROM weir.missing" }),
    (error) => error.code === "60" && error.type === "UNKNOWN_TABLE",
  );
  await assert.rejects(
    reader.query({ query: "SELECT * FROM file('/etc/passwd')" }),
    (error) => error.code === "497",
  );
  await assert.rejects(
    reader.query({ query: "SELECT count() FROM numbers(100000000000) WHERE sipHash64(number) = 0", abort_signal: AbortSignal.timeout(200) }),
  );

  const writer = createClient({ url, username: "weir", password: secret, database: "weir", compression });
  const values = Array.from({ length: 1000 }, (_, n) => ({ a: 5000 + n, s: `row ${n} ${packed}` }));
  await writer.insert({ table: "t", values, format: "JSONEachRow" });
  const stored = await reader.query({
    query: "SELECT count() AS n FROM weir.t WHERE endsWith(s, {end:String})",
    query_params: { end: String(packed) },
    format: "JSONEachRow",
  });
  assert.equal(Number((await stored.json())[0].n), 1000);
  await reader.close();
  await writer.close();
}
