// What rules read while they are evaluated. `rules/src/page/lend.rs` does the same for a page without a browser.
//
// Nothing is lent of an element that opted out, nor what was typed into a password, payment, one-time-code or hidden field.

import { around, elementAt, localNameOf, patternAt } from './dom.js';
import { guard } from './guard.js';
import { readable } from './json.js';
import { offered } from './later.js';
import { consentTo, sessionValue, view } from './recorder.js';
import { give, giveValue } from './text.js';

const MAX_TEXT = 4096;
const MAX_DESCRIBED_CLASSES = 3;

const { closest: closestOf, getAttribute: attributeOf } = Element.prototype;

const OPT_OUT = '[data-weir-ignore]';
// Texts that nobody reads on the page.
const SILENT = 'script,style,noscript,template,' + OPT_OUT;

const PRIVATE_KIND = /^\s*(password|hidden)\s*$/i;
const PRIVATE_USE = /(^|\s)(cc-|one-time-code|current-password|new-password)/i;
// Names of fields that no `autocomplete` speaks for.
const PRIVATE_NAME = /passw|cvv|cvc|^csc|card(num|no|exp)|cc(num|no|exp)|^otp|otp$|onetimecode|securitycode/;

// What the present event says about itself: { scroll: { percent } }, { event: … } and so on.
let detail;

export const tell = (about) => {
  detail = about;
};

// What follows the names between the points of a path. Elements of the page are no values: a field could be one.
export const walk = (value, path) => {
  for (const name of path.split('.')) {
    if (Object(value) !== value || value.nodeType) return;
    value = value[name];
  }
  return value;
};

// The text as written; not much more of it than a rule may look at.
const textOf = (key, element) => {
  if (!element.childElementCount) return element.textContent;
  const walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
  let text = '';
  for (let steps = 0; steps < MAX_TEXT && text.length < MAX_TEXT && walker.nextNode(); steps++) {
    const node = walker.currentNode;
    if (!closestOf.call(node.parentNode, SILENT)) text += node.data;
  }
  return text;
};

export const attribute = (name, element) => attributeOf.call(element, name);

const addressIn = (name, element) => {
  const written = attribute(name, element);
  return written == null ? written : new URL(written, document.baseURI).href;
};

export const isPrivate = (element) => {
  const is = (pattern, name) => pattern.test(attribute(name, element) || '');
  const plain = (name) => (attribute(name, element) || '').toLowerCase().replace(/[^a-z0-9]/g, '');
  return (
    around(element, OPT_OUT) || is(PRIVATE_KIND, 'type') || is(PRIVATE_USE, 'autocomplete') || PRIVATE_NAME.test(plain('name')) || PRIVATE_NAME.test(plain('id'))
  );
};

const nameOf = (key, element) => localNameOf.call(element).toLowerCase();

// `tag#id`, else `tag.class.class`; of an element that opted out, the tag.
const describe = (key, element) => {
  const words = (name) => (!around(element, OPT_OUT) && attribute(name, element)?.match(/[^\t\n\f\r ]+/g)) || [];
  const [id] = words('id');
  return [nameOf(key, element) + (id ? '#' + id : ''), ...(id ? [] : words('class').slice(0, MAX_DESCRIBED_CLASSES))].join('.');
};

// Words of `rules/src/link.rs`.
const FILES =
  /\.(pdf|doc|docx|xls|xlsx|ppt|pptx|pps|odt|ods|odp|rtf|txt|csv|xml|json|epub|fb2|djvu|zip|rar|7z|gz|tar|exe|msi|dmg|pkg|deb|rpm|apk|iso|key|numbers|pages|avi|mov|mp4|mpg|mpeg|mkv|wmv|mid|midi|mp3|wav|wma|ogg|flac|psd|ai|dwg)$/i;
const CHATS = /^(tg|whatsapp|viber|skype|sgnl|line|weixin|fb-messenger|max):/;
const CHAT_HOSTS = /^(t\.me|telegram\.me|wa\.me|api\.whatsapp\.com|chat\.whatsapp\.com|vk\.me|m\.me|signal\.me|line\.me|max\.ru|chats\.viber\.com|invite\.viber\.com|join\.skype\.com)$/;

// What is no address is no link.
const linkOf = (element) => {
  const url = new URL(addressIn('href', element));
  return { url, isWeb: /^https?:/.test(url.protocol) };
};

const bare = (host) => host.replace(/^www\./, '');

const isOwn = (host, domains) =>
  [location.hostname, ...domains.split(' ')].some((domain) =>
    domain[0] === '*' ? host.length >= domain.length && host.endsWith(domain.slice(1)) : bare(host) === bare(domain),
  );

const kindOf = (domains, element) => {
  const { url, isWeb } = linkOf(element);
  const { protocol, hostname } = url;
  if (/^(tel|callto|sms):/.test(protocol)) return 'phone';
  if (protocol === 'mailto:') return 'mail';
  if (CHATS.test(protocol) || (isWeb && CHAT_HOSTS.test(hostname))) return 'messenger';
  if (element.hasAttribute('download') || (isWeb && FILES.test(url.pathname))) return 'download';
  if (!isWeb) return 'other';
  return isOwn(hostname, domains) ? 'internal' : 'outbound';
};

const leadsOut = (domains, element) => {
  const { url, isWeb } = linkOf(element);
  return isWeb && !isOwn(url.hostname, domains);
};

// At the positions of `Lent` in `rules/src/host.rs`. Those that few rules read are lent by parts of the loader.
const lenders = {
  0: () => view.url,
  1: () => view.referrer,
  2: (key) => sessionValue(key),
  3: (category) => consentTo(category),
  4: () => location.hostname,
  5: () => readable(location.pathname),
  6: () => location.hash.slice(1) || null,
  7: () => document.title,
  8: () => document.documentElement.lang || navigator.language,
  9: (key) => new URLSearchParams(location.search).get(key),
  15: (key) => walk(detail, key),
  19: textOf,
  20: (name, element) => (/^value$/i.test(name) && isPrivate(element) ? null : attribute(name, element)),
  21: addressIn,
  25: nameOf,
  26: (key) => Object(offered.ecommerce(Object(walk(detail, 'event'))))[key],
  27: kindOf,
  28: leadsOut,
  29: describe,
};

export const lend = guard((what, key, handle) => {
  const element = elementAt(handle);
  const lender = lenders[what] || offered['v' + what];
  return element && lender !== nameOf && lender !== describe && around(element, OPT_OUT) ? 0 : giveValue(lender(key, element));
});

// At the positions of `Transform` in `rules/src/host.rs`, each by some part of the loader.
export const transform = guard((how, pattern, argument, text) =>
  give(offered['t' + how](text, argument, patternAt(pattern))),
);
