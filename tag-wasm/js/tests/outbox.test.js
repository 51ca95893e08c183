// Batches, repeats, leaving, and what the browser keeps of them.

import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';

import { NOW, begin, page, settled } from './page.js';

const outbox = await import('../outbox.js');
const { copies, forgetCopy, keepCopy, stamped } = await import('../copies.js');
const { session } = { session: { id: '6b03f3a81f0c22d4', number: 1 } };

const KEPT = '_weir_q.shop';
const view = (at) => ({ at, url: `https://shop.example/${at}`, title: '', referrer: '' });
const seal = (now) => outbox.seal(now, { visitor: '1', session, consent: ['analytics'] });
const add = (id, filler = 0, at = 1, now = NOW) => outbox.add(now, view(at), `{"id":"${id}","element":"${'x'.repeat(filler)}"`, seal);
const ids = (body) => JSON.parse(body).events.map(({ id }) => id);
const kept = () => (page.stored[KEPT] || '').split('\n').filter(Boolean).map(ids);
// Gathers each and makes a batch of it.
const sealed = (...all) =>
  all.forEach((id) => {
    add(id);
    seal(NOW);
  });

const send = (now) => {
  outbox.send(now);
  return settled();
};

beforeEach(async () => {
  begin();
  outbox.forgetAll();
  // Nothing waits for an earlier test's pause.
  sealed('first');
  await send(NOW + 1e9);
  outbox.answered(NOW, 400);
  begin();
});

test('events leave together a quarter of a second after the first', async () => {
  assert.equal(outbox.due(), Infinity);
  add('one');
  add('two', 0, 2, NOW + 200);
  assert.equal(outbox.due(), NOW + 250);
  assert.ok(!outbox.isFlushDue(NOW + 249) && outbox.isFlushDue(NOW + 250));
  seal(NOW + 250);
  await send(NOW + 251);
  const [body] = page.posted;
  assert.deepEqual(ids(body), ['one', 'two']);
  const batch = JSON.parse(body);
  assert.equal(batch.sent, NOW + 251);
  assert.deepEqual(batch.events.map((event) => batch.pages[event.page].url), [view(1).url, view(2).url]);
  assert.deepEqual(Object.keys(batch), ['v', 'site', 'sent', 'visitor', 'session', 'consent', 'pages', 'events']);
  await send(NOW + 999);
  assert.equal(page.posted.length, 1, 'one at a time');
  outbox.answered(NOW, 204);
  assert.equal(outbox.due(), Infinity);
  assert.deepEqual(page.stored, {});
});

test('what was not accepted is repeated unchanged but for its time', async () => {
  for (const status of [0, 408, 429, 500, 503]) {
    sealed('one');
    await send(NOW);
    outbox.answered(NOW, status);
    assert.deepEqual(kept(), [['one']], status);
    const due = outbox.due();
    assert.ok(due >= NOW + 500 && due < NOW + 1000, due - NOW);
    await send(due - 1);
    await send(due);
    const [first, second, third] = page.posted.splice(0);
    assert.equal(second, stamped(first, due));
    assert.equal(third, undefined);
    outbox.answered(NOW, 204);
    assert.deepEqual(kept(), []);
  }
});

test('pauses double up to a minute', async () => {
  sealed('one');
  let now = NOW;
  const pauses = [];
  while (pauses.length < 40) {
    await send(now);
    outbox.answered(now, 503);
    pauses.push(outbox.due() - now);
    now = outbox.due();
  }
  pauses.forEach((pause, failures) => {
    const most = Math.min(1000 * 2 ** failures, 60000);
    assert.ok(pause >= most / 2 && pause < most, `${failures}: ${pause}`);
  });
});

test('what is refused is dropped', async () => {
  for (const status of [301, 400, 413]) {
    sealed('one', 'two');
    await send(NOW);
    outbox.answered(NOW, status);
    await send(NOW);
    assert.deepEqual(page.posted.splice(0).map(ids), [['one'], ['two']], status);
    outbox.answered(NOW, 204);
  }
  assert.deepEqual(page.stored, {});
});

test('no batch is larger than a browser allows, whatever the alphabet', async () => {
  for (let at = 0; at < 100; at++) outbox.add(NOW, view(1), `{"id":"${at}","element":"${'ы'.repeat(1000)}"`, seal);
  seal(NOW);
  let batches = 0;
  for (; outbox.due() < Infinity; batches++) {
    await send(NOW);
    assert.ok(Buffer.byteLength(page.posted[batches]) <= 49152);
    outbox.answered(NOW, 204);
  }
  assert.ok(batches > 3, batches);
});

test('an endless outage stays in bounds', async () => {
  for (let at = 0; at < 2000; at++) add(String(at), 1000);
  seal(NOW);
  let bytes = 0;
  while (outbox.due() < Infinity) {
    await send(NOW);
    outbox.answered(NOW, 204);
  }
  for (const body of page.posted) bytes += body.length;
  assert.ok(bytes > 200000 && bytes < 300000, bytes);
  add('x', 49152);
  assert.equal(outbox.due(), Infinity, 'too large for any batch');
});

test('many pages are several batches', async () => {
  for (let at = 0; at < 51; at++) add('x', 0, at);
  seal(NOW);
  await send(NOW);
  outbox.answered(NOW, 204);
  await send(NOW);
  assert.deepEqual(page.posted.map((body) => JSON.parse(body).pages.length), [50, 1]);
  outbox.answered(NOW, 204);
});

test('a title that comes late is sent', async () => {
  add('x');
  outbox.retitle({ ...view(1), title: 'Late' });
  outbox.retitle({ ...view(2), title: 'Another' });
  seal(NOW);
  await send(NOW);
  assert.equal(JSON.parse(page.posted[0]).pages[0].title, 'Late');
});

test('leaving a page whose collector answers leaves nothing behind', async () => {
  sealed('one', 'two');
  await send(NOW);
  outbox.answered(NOW, 204);
  outbox.leave(NOW + 9);
  assert.deepEqual(page.beacons.map(ids), [['two']]);
  assert.equal(JSON.parse(page.beacons[0]).sent, NOW + 9);
  assert.equal(outbox.due(), Infinity);
  assert.deepEqual(page.stored, {});
});

test('leaving in doubt keeps copies of everything', async () => {
  sealed('one', 'two');
  await send(NOW);
  outbox.leave(NOW);
  outbox.leave(NOW);
  assert.deepEqual(kept(), [['one'], ['two']]);
  assert.deepEqual(page.beacons.map(ids), [['two']], 'once');
  outbox.answered(NOW, 204);
  assert.deepEqual(kept(), [['two']]);
});

test('what the browser does not take is kept', async () => {
  sealed('one', 'two');
  await send(NOW);
  outbox.answered(NOW, 204);
  page.takes = false;
  outbox.leave(NOW);
  assert.deepEqual(kept(), [['two']]);
  await send(NOW);
  assert.deepEqual(ids(page.posted.pop()), ['two'], 'should the page live on');
});

test('batches of an earlier page are sent and forgotten', async () => {
  sealed('one');
  await send(NOW);
  outbox.answered(NOW, 503);
  outbox.forgetAll();
  outbox.resume(copies(NOW + 5000));
  await send(NOW + 5000);
  assert.equal(page.posted[1], stamped(page.posted[0], NOW + 5000));
  outbox.answered(NOW, 204);
  assert.deepEqual(kept(), []);
});

test('what is in a hurry is due at once, and no later than without', async () => {
  outbox.hurry(NOW);
  assert.equal(outbox.due(), Infinity, 'there is nothing');
  add('one');
  outbox.hurry(NOW + 900);
  assert.equal(outbox.due(), NOW + 250);
  outbox.hurry(NOW + 10);
  assert.ok(outbox.isFlushDue(NOW + 10));
});

test('what is under way leaves less room for beacons', async () => {
  for (const id of ['one', 'two', 'three']) {
    add(id, 20000);
    seal(NOW);
  }
  await send(NOW);
  outbox.leave(NOW);
  assert.deepEqual(page.beacons.map(ids), [['two']], '48 KiB together');
  assert.deepEqual(kept(), [['one'], ['two'], ['three']]);
});

test('whatever the page teaches its arrays, the JSON is the same', async () => {
  const toJSON = { value: () => 'old', configurable: true };
  Object.defineProperty(Array.prototype, 'toJSON', toJSON);
  Object.defineProperty(Object.prototype, 'toJSON', toJSON);
  try {
    sealed('one');
    await send(NOW);
  } finally {
    delete Array.prototype.toJSON;
    delete Object.prototype.toJSON;
  }
  assert.deepEqual(JSON.parse(page.posted[0]).pages, [{ url: view(1).url, title: '', referrer: '' }]);
});

const body = (sent, id) => `{"v":1,"site":"shop","sent":${sent},"events":[{"id":"${id}"}]}`;

test('each body is kept once whatever its time', async () => {
  keepCopy(body(1, 'a'));
  keepCopy(body(2, 'b'));
  keepCopy(body(3, 'a'));
  assert.equal(page.stored[KEPT], [body(2, 'b'), body(3, 'a')].join('\n'));
  forgetCopy(body(9, 'b'));
  assert.deepEqual(kept(), [['a']]);
  forgetCopy(body(0, 'a'));
  assert.deepEqual(page.stored, {});
});

test('foreign text is skipped, and what is a week old', async () => {
  const day = 86400000;
  const good = [body(NOW - 5 * day, 'b'), body(NOW + day, 'c')];
  page.stored[KEPT] = ['[object Object]', '{"torn":1', '{}', body(NOW - 7 * day, 'a'), ...good].join('\n');
  assert.deepEqual(copies(NOW), good);
});

test('the oldest go when there are too many', async () => {
  for (let at = 0; at < 20; at++) keepCopy(body(at, at + 'x'.repeat(30000)));
  assert.ok(page.stored[KEPT].length <= 196608);
  const left = kept().map(([id]) => parseInt(id));
  assert.deepEqual(left, [14, 15, 16, 17, 18, 19]);
});
