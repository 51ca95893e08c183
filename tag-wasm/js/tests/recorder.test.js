// Visitor, session and page view of an event, engaged time, and texts as JSON.

import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';

import { NOW, begin, page } from './page.js';

const recorder = await import('../recorder.js');
const engagement = await import('../engagement.js');
const outbox = await import('../outbox.js');
const { config } = await import('../config.js');
const { offered } = await import('../later.js');
const { cut, json } = await import('../json.js');
const { bytes } = await import('../text.js');

const SHOP = 'https://shop.example/';
const sent = () => page.beacons.splice(0).map((body) => JSON.parse(body));
const leave = (now) => {
  outbox.answered(now, 204);
  recorder.leave(now, true);
  return sent();
};
let now = NOW;

beforeEach(() => {
  begin();
  outbox.forgetAll();
  // Far enough that the session of the test before is over.
  now += 86400000;
});

test('an event knows its visitor, session, page and place', () => {
  document.title = 'Kettle';
  recorder.turnTo(now, SHOP + '?utm_source=ads', 'https://ya.ru/');
  recorder.record(now, '"name":"buy","props":{"price":1990}');
  recorder.turnTo(now + 1000, SHOP + 'next', SHOP);
  recorder.record(now + 1000, '"name":"buy"');
  const [batch] = leave(now + 2000);
  assert.equal(batch.release, 3);
  assert.match(batch.visitor, /^(?!0{16})[0-9a-f]{16}$/);
  assert.deepEqual(batch.consent, ['analytics']);
  assert.deepEqual(batch.session.entry, { url: SHOP + '?utm_source=ads', referrer: 'https://ya.ru/' });
  assert.deepEqual(batch.pages, [
    { url: SHOP + '?utm_source=ads', title: 'Kettle', referrer: 'https://ya.ru/' },
    { url: SHOP + 'next', title: 'Kettle', referrer: SHOP },
  ]);
  const [one, other] = batch.events;
  assert.deepEqual([one.seq, other.seq, one.page, other.page], [1, 2, 0, 1]);
  assert.deepEqual(one.props, { price: 1990 });
  const time = (now / 1).toString(16).padStart(12, '0');
  assert.match(one.id, /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  assert.equal(one.id.replaceAll('-', '').slice(0, 12), time);
  assert.match(document.cookie, new RegExp('_weir_v=' + batch.visitor));
});

test('half an hour later it is another session, but for time on a page that was left open', () => {
  recorder.turnTo(now, SHOP, '');
  recorder.record(now, '"name":"one"');
  const later = now + 1900000;
  recorder.record(later, '"name":"engagement"', true);
  recorder.record(later, '"name":"two"');
  const batches = leave(later);
  assert.deepEqual(batches.map(({ events }) => events.map(({ name }) => name)), [['one'], ['two']]);
  assert.equal(batches[1].session.number, batches[0].session.number + 1);
  assert.equal(batches[1].visitor, batches[0].visitor);
  now = later;
});

test('who the user is belongs to what comes after', () => {
  recorder.turnTo(now, SHOP, '');
  recorder.record(now, '"name":"before"');
  recorder.identify(now, { id: 'u1', signature: undefined });
  recorder.record(now, '"name":"after"');
  const batches = leave(now);
  assert.deepEqual(batches.map(({ user }) => user), [undefined, { id: 'u1' }]);
  assert.deepEqual(batches[1].events.map(({ name }) => name), ['identify', 'after']);
  recorder.identify(now, undefined);
});

test('addresses and titles go without what the site keeps out', () => {
  config.privacy = ['q', 'email'];
  offered.t11 = (url, patterns) => `${url.split('?')[0]}?${patterns}`;
  offered.t10 = (text, kinds) => text.replace(/\S+@\S+/, `[${kinds}]`);
  document.title = 'of a@b.example';
  recorder.turnTo(now, SHOP + '?secret=1', SHOP + 'a@b.example');
  recorder.record(now, '"name":"one"');
  assert.deepEqual(leave(now)[0].pages, [{ url: SHOP + '?q', title: 'of [email]', referrer: '[email]' }]);
  // What cannot be taken out is not told at all.
  offered.t10 = () => {
    throw 1;
  };
  recorder.turnTo(now, SHOP, '');
  recorder.record(now, '"name":"two"');
  assert.deepEqual(leave(now)[0].pages, [{ url: '', title: '', referrer: '' }]);
  delete config.privacy;
});

test('with consent begins and ends what is known of the visitor', () => {
  const states = { analytics: '' };
  offered.v3 = (category) => (category ? states[category] : states.analytics === 'granted' ? ['analytics'] : []);
  recorder.ask(now);
  // As the part for consent does.
  config.may = undefined;
  begin();
  recorder.turnTo(now, SHOP, '');
  recorder.record(now, '"name":"needs_nothing"');
  assert.ok(!recorder.mayMeasure());
  assert.deepEqual(page.stored, {});
  states.analytics = 'granted';
  config.may = { keep: true };
  recorder.ask(now);
  recorder.record(now, '"name":"measured"');
  const batches = leave(now);
  assert.deepEqual(batches.map(({ consent }) => consent), [[], ['analytics']]);
  assert.ok(page.stored['_weir_s.shop']);
  recorder.record(now, '"name":"too_late"');
  states.analytics = 'denied';
  recorder.ask(now);
  assert.deepEqual(leave(now), [], 'what had not left is forgotten');
  delete offered.v3;
  recorder.ask(now);
});

test('engaged time counts only while engaged and is reported once', () => {
  engagement.takeEngaged(0);
  engagement.turn(0, false);
  assert.equal(engagement.reportDue(), Infinity);
  engagement.turn(1000, true);
  assert.equal(engagement.reportDue(), 61000);
  engagement.turn(4000, false);
  engagement.turn(9000, true);
  assert.equal(engagement.reportDue(), 66000);
  assert.equal(engagement.takeEngaged(11000), 5000);
  assert.equal(engagement.takeEngaged(11000), 0);
  assert.equal(engagement.takeEngaged(12000), 1000);
  engagement.turn(12000, false);
});

test('a glance waits until it is worth an event; sleep and a clock set back are not reading', () => {
  engagement.turn(0, true);
  engagement.turn(60, false);
  assert.equal(engagement.takeEngaged(70), 0);
  engagement.turn(100, true);
  assert.equal(engagement.takeEngaged(140), 100);
  assert.equal(engagement.takeEngaged(8 * 3600000), 65000);
  assert.equal(engagement.takeEngaged(0), 0);
  assert.equal(engagement.takeEngaged(500), 500);
  engagement.turn(500, false);
});

test('texts are JSON whatever is in them', () => {
  for (const text of ['', '"', '\\', '\0\x1f\x7f\n', '\u2028\u2029', 'ёж 😀 שלום', '</script>', '\\u0000'])
    assert.equal(JSON.parse(json(text)), text);
  assert.match(json('\u2028\n'), /^"[ -~]+"$/);
  const value = { a: [1, 'x', { b: true }], c: undefined, d: null, 'e"': {} };
  assert.deepEqual(JSON.parse(json(value)), JSON.parse(JSON.stringify(value)));
});

test('texts are cut between characters', () => {
  assert.equal(cut('x'.repeat(2048)).length, 2048);
  assert.equal(cut('😀'.repeat(3000)), '😀'.repeat(2048));
  assert.equal(bytes('ёж'), 4);
});
