import assert from "node:assert/strict";
import { test } from "node:test";
import { inTurn } from "./turns.ts";

const soon = (): Promise<void> => new Promise((done) => setTimeout(done, 0));

test("the first alone, then two at once, numbers before what they are compared with, and nothing that nobody waits for", async () => {
  const begun: string[] = [];
  const ends = new Map<string, () => void>();
  const gone = new AbortController();
  const here = new AbortController().signal;
  const ask = (name: string, rank: "numbers" | "compared", signal = here): Promise<string | null> =>
    inTurn(rank, signal, () => new Promise<string>((done) => {
      begun.push(name);
      ends.set(name, () => done(name));
    }));
  const asked = [ask("a", "numbers"), ask("a before", "compared"), ask("gone", "numbers", gone.signal), ask("b", "numbers"), ask("c", "numbers")];
  gone.abort();
  await soon();
  assert.deepEqual(begun, ["a"]);
  ends.get("a")?.();
  await soon();
  assert.deepEqual(begun.slice(1), ["b", "c"]);
  const late = ask("d", "numbers");
  ends.get("c")?.();
  await soon();
  assert.deepEqual(begun.slice(3), ["d"]);
  ends.get("b")?.();
  await soon();
  assert.deepEqual(begun.slice(4), ["a before"]);
  ends.get("d")?.();
  ends.get("a before")?.();
  assert.deepEqual(await Promise.all([...asked, late]), ["a", "a before", null, "b", "c", "d"]);

  await assert.rejects(inTurn("numbers", here, () => Promise.reject(new Error("no server"))));
  const after = ask("after", "numbers");
  await soon();
  ends.get("after")?.();
  assert.equal(await after, "after");
});
