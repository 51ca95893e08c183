// Cookies: for the widest domain that the browser accepts, and each time they are set.

import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { begin, page } from './page.js';

const { saveCookie, setCookie } = await import('../store.js');

// A browser that takes no cookies for these, and what it was told of each domain: name, value, seconds.
const PUBLIC = ['example', 'co.example'];
let told;
let reads;

const browser = (hostname) => {
  begin();
  told = [];
  reads = 0;
  const kept = {};
  location.hostname = hostname;
  Object.defineProperty(document, 'cookie', {
    configurable: true,
    get: () => {
      reads++;
      return Object.values(kept).join('; ');
    },
    set: (text) => {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(text);
      const age = +/max-age=(\d+)/.exec(text)[1];
      const domain = (/; domain=([^;]*)/.exec(text) || [])[1] || '';
      told.push([name, value, age, domain]);
      if (PUBLIC.includes(domain)) return;
      if (age) kept[name + domain] = name + '=' + value;
      else delete kept[name + domain];
    },
  });
};

const set = (name) => told.filter((one) => one[0] === name);

beforeEach(() => browser('www.shop.example'));

test('a cookie is for all of the site', () => {
  saveCookie('_weir_v', 'abc');
  assert.deepEqual(set('_weir_v'), [['_weir_v', 'abc', 34128000, 'shop.example']]);
  assert.equal(document.cookie, '_weir_v=abc', 'nothing is left of what was tried');
});

test('where many have the same end of a name, it is for one of them', () => {
  browser('www.shop.co.example');
  saveCookie('_weir_v', 'abc');
  assert.deepEqual(set('_weir_v').map(([, , , domain]) => domain), ['shop.co.example']);
});

test('a host without a domain has it alone', () => {
  browser('localhost');
  saveCookie('_weir_v', 'abc');
  assert.deepEqual(set('_weir_v').map(([, , , domain]) => domain), ['']);
});

test('what can have but one domain is not tried', () => {
  for (const [hostname, domain] of [['127.0.0.1', ''], ['localhost', ''], ['[::1]', ''], ['shop.example', 'shop.example']]) {
    browser(hostname);
    saveCookie('_weir_v', 'abc');
    assert.deepEqual(told, [['_weir_v', 'abc', 34128000, domain]]);
    assert.equal(reads, 0);
  }
});

test('it lasts anew each time, and nothing is tried a second time', () => {
  saveCookie('_weir_v', 'abc');
  told = [];
  reads = 0;
  saveCookie('_weir_v', 'abc');
  assert.deepEqual(told, [['_weir_v', 'abc', 34128000, 'shop.example']]);
  assert.equal(reads, 0);
});

test('what is known of the domain does not hold elsewhere than in this browser', () => {
  saveCookie('_weir_v', 'abc');
  assert.deepEqual(Object.keys(page.stored), ['_weir_d.shop']);
});

test('it is taken away wherever it may be', () => {
  setCookie('_weir_v', '', 0);
  assert.deepEqual(set('_weir_v').map(([, , age, domain]) => [age, domain]), [[0, 'shop.example'], [0, 'www.shop.example'], [0, '']]);
});
