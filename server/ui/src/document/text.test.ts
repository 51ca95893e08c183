import assert from "node:assert/strict";
import { test } from "node:test";
import { keysOf, withMoved, withValue } from "./text";

test("keys are told in the order in which they are written, also where they are numbers", () => {
  assert.deepEqual(keysOf('{"a": {"b": 1, "404": 2, "1": 3, "b": 4}}', ["a"]), ["b", "404", "1"]);
  assert.deepEqual(keysOf('{"a": [1]}', ["a"]), []);
  assert.deepEqual(keysOf('{"a": 1}', ["b"]), []);
});

test("an item that goes takes nothing along, wherever it stands and however the list is written", () => {
  const compact = '{"first":[1,"b",2.50]}';
  const without = (text: string, index: number): string => withValue(text, ["first", index], undefined);
  assert.deepEqual([0, 1, 2, 3].map((index) => without(compact, index)), ['{"first":["b",2.50]}', '{"first":[1,2.50]}', '{"first":[1,"b"]}', compact]);
  assert.equal(without('{"first":[{"a": [1]}]}', 0), '{"first":[]}');
  const pretty = '{\n  "first": [\n    1.0,\n    { "a": [] }\n  ]\n}';
  assert.equal(without(pretty, 1), '{\n  "first": [\n    1.0\n  ]\n}');
  assert.equal(without(pretty, 0), '{\n  "first": [\n    { "a": [] }\n  ]\n}');
});

test("what is moved stays as it is written, and so does all around it", () => {
  const list = '{ "first": [ "{{a}}" ,\n  1.50,{"x":  [1]} ] }';
  assert.equal(withMoved(list, ["first"], 0, 1), '{ "first": [ 1.50 ,\n  "{{a}}",{"x":  [1]} ] }');
  assert.equal(withMoved(list, ["first"], 2, -1), '{ "first": [ "{{a}}" ,\n  {"x":  [1]},1.50 ] }');
  assert.equal(withMoved('{"t":{"a":1 , "10" : "x"}}', ["t"], 1, -1), '{"t":{"10" : "x" , "a":1}}');
  for (const [index, by] of [[0, -1], [2, 1], [5, 1]] as const) assert.equal(withMoved(list, ["first"], index, by), list);
});
