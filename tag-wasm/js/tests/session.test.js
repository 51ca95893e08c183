// Sessions: where one ends and the next begins.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import './page.js';
import { NOW } from './page.js';

const { begin, isLive, merge, place, read, takesIn, write } = await import('../session.js');

const MINUTE = 60000;
const start = (url) => begin(undefined, NOW, { url, referrer: 'https://ya.ru/' });

test('the id holds the second it began', () => {
  const session = start('https://a.example/');
  assert.match(session.id, new RegExp('^' + Math.floor(NOW / 1000).toString(16) + '[0-9a-f]{8}$'));
  assert.equal(session.number, 1);
  assert.equal(begin(session, NOW, session).number, 2);
});

test('half an hour of silence ends it', () => {
  const session = start('https://a.example/');
  place(session, NOW + 20 * MINUTE);
  assert.ok(isLive(session, NOW + 49 * MINUTE));
  assert.ok(!isLive(session, NOW + 50 * MINUTE));
});

test('a day ends it', () => {
  const session = start('https://a.example/');
  for (let minute = 0; minute < 24 * 60; minute += 10) {
    assert.ok(isLive(session, NOW + minute * MINUTE), minute);
    place(session, NOW + minute * MINUTE);
  }
  assert.ok(!isLive(session, NOW + 24 * 60 * MINUTE));
});

test('a state from the future is not believed', () => {
  const session = start('https://a.example/');
  assert.ok(isLive(session, NOW - 4 * MINUTE));
  assert.ok(!isLive(session, NOW - 6 * MINUTE));
});

test('another campaign ends it and none does not', () => {
  const session = start('https://a.example/?q=1&gclid=1#top');
  for (const url of ['other', '?gclid=1', '?q=2&gclid=1', '#?gclid=2', '?xgclid=2', '?gclid=', '?utm_source=mail'])
    assert.ok(takesIn(session, 'https://a.example/' + url), url);
  for (const url of ['?gclid=2', '?yclid=1', '?gclid=1&utm_campaign=x']) assert.ok(!takesIn(session, 'https://a.example/' + url), url);
  assert.ok(!takesIn(start('https://a.example/'), 'https://a.example/?utm_campaign=x'));
});

test('times and positions strictly increase even if the clock does not', () => {
  const session = start('https://a.example/');
  const places = [NOW, NOW, NOW - 500, NOW + 10].map((now) => [place(session, now), session.seq]);
  assert.deepEqual(places, [[NOW, 1], [NOW + 1, 2], [NOW + 2, 3], [NOW + 10, 4]]);
  assert.equal(place(session, NOW - 5000), NOW - 5000, 'what waited keeps its own time');
});

test('it survives storage', () => {
  for (const referrer of ['https://ya.ru/', '']) {
    const session = begin(undefined, NOW, { url: 'https://a.example/?gclid=1&b=%20', referrer });
    place(session, NOW + 5);
    assert.deepEqual(read(write(session)), session);
  }
});

test('what is damaged is not there', () => {
  const whole = write(start('https://a.example/'));
  for (const text of ['', '1', 'null', '{}', '2.1.1.1.1.1.1.1 a b', '1.zz.-1.NaN.9e99.x.y.z a b']) assert.equal(read(text), undefined, text);
  for (let end = 0; end < whole.lastIndexOf(' '); end++) assert.equal(read(whole.slice(0, end)), undefined, end);
  assert.ok(!isLive(read('1.1.18446744073709551615.18446744073709551615.18446744073709551615.1.1.0 a b'), NOW));
});

test('what the version before has stored goes on', () => {
  const stored = read(`1.6b03f3a81f0c22d4.${NOW}.${NOW}.${NOW}.2.7.0000000000000000 https://a.example/ `);
  assert.ok(isLive(stored, NOW + MINUTE) && takesIn(stored, 'https://a.example/b'));
  assert.equal(stored.number, 2);
});

test('tabs share it', () => {
  let here = start('https://a.example/');
  const there = { ...here };
  place(there, NOW + 10);
  place(there, NOW + 20);
  here = merge(here, there);
  assert.equal(place(here, NOW + 15), NOW + 21);
  assert.equal(here.seq, 3);
  const newer = begin(there, NOW + 30, { url: 'https://a.example/?gclid=9', referrer: '' });
  here = merge(here, newer);
  assert.equal(here, newer);
  assert.equal(merge(here, there), newer, 'an older session does not come back');
  assert.equal(merge(undefined, there), there);
  assert.equal(merge(here, undefined), here);
});
