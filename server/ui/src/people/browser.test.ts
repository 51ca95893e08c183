import assert from "node:assert/strict";
import { test } from "node:test";
import { browserWords } from "./browser";

test("a browser is called what people call it", () => {
  const chrome = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36";
  assert.equal(browserWords(chrome), "Chrome 140, Windows");
  assert.equal(browserWords(chrome.replace("Safari", "YaBrowser/25.8.0 Safari")), "Yandex Browser 25, Windows");
  assert.equal(browserWords(`${chrome} Edg/140.0.0.0`), "Edge 140, Windows");
  assert.equal(browserWords("Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1"), "Safari 18, iOS");
  assert.equal(browserWords("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"), "Firefox 140, Linux");
});

test("what is not known stays as it is", () => {
  assert.equal(browserWords("curl/8.5.0"), "curl/8.5.0");
  assert.equal(browserWords("<script>'😀"), "<script>'😀");
  assert.equal(browserWords(""), "");
});
