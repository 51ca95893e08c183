// The rule for an element: a trigger and a tag, as they are written in a container.

const MAX_NAME = 40;
const LATIN = { а: 'a', б: 'b', в: 'v', г: 'g', д: 'd', е: 'e', ё: 'e', ж: 'zh', з: 'z', и: 'i', й: 'y', к: 'k', л: 'l', м: 'm', н: 'n', о: 'o', п: 'p', р: 'r', с: 's', т: 't', у: 'u', ф: 'f', х: 'h', ц: 'c', ч: 'ch', ш: 'sh', щ: 'sch', ъ: '', ы: 'y', ь: '', э: 'e', ю: 'yu', я: 'ya' };

const textOf = (element) => (element.getAttribute('aria-label') || element.textContent || '').replace(/\s+/g, ' ').trim();

export const identifier = (text) =>
  text
    .toLowerCase()
    .replace(/[а-яё]/g, (letter) => LATIN[letter])
    .replace(/[^a-z0-9]+/g, '_')
    .replace(/^_+|_+$/g, '')
    .slice(0, MAX_NAME)
    .replace(/_+$/, '');

// What is about to be ruled on: the element itself, or what it is a part of.
export const meant = (element) => element.closest('a[href],button,input,select,textarea,label,summary,[role=button],[onclick]') || element;

// The form that something stands in. Whoever clicks in a form most likely means the form; of a link, or a button that sends nothing, they do not.
export const formOf = (element) => {
  const form = element.localName === 'form' ? null : element.closest('form');
  return form && !element.matches('a[href],button[type=button],button[type=reset]') ? form : null;
};

export const kindsOf = (element) => {
  const kinds = [];
  if (element.localName === 'form') kinds.push('form');
  else if (element.matches('a[href]')) kinds.push('click', 'link');
  else if (/^(select|textarea)$/.test(element.localName) || (element.localName === 'input' && !/^(button|submit|reset|image)$/.test(element.type))) kinds.push('field', 'click');
  else kinds.push('click');
  return [...kinds, 'visible'];
};

// What an event about an element is called, unless it has a better name.
export const eventFor = (element, kind) => {
  if (kind === 'form') return 'lead';
  if (kind === 'visible') return 'impression';
  const isPrivate = element.matches('input,select,textarea') || element.closest('[data-weir-ignore]');
  const words = identifier((isPrivate ? '' : textOf(element)).slice(0, MAX_NAME)) || identifier(element.getAttribute('name') || element.id || '');
  return words ? identifier((kind === 'field' ? 'fill_' : 'click_') + words) : 'click';
};

const free = (name, taken) => {
  let one = name;
  for (let number = 2; taken.includes(one); number++) one = name + ' ' + number;
  return one;
};

// The form for a new tag in the web application, filled in with this. Nothing is saved by going there.
export const formFor = ({ preview, kind, selector, event }) => {
  const name = nameFor(event);
  const asked = new URLSearchParams({ kind, selector, event: identifier(event) || 'click', name: name[0].toUpperCase() + name.slice(1) });
  return preview.app + '/sites/' + encodeURIComponent(preview.site) + '/tags/new?' + asked;
};

const nameFor = (event) => (identifier(event) || 'click').replace(/_/g, ' ');

// `names`: of the triggers and tags that the container has.
export const ruleFor = ({ element, kind, selector, event, names }) => {
  const title = nameFor(event);
  const trigger = free(title, names.triggers);
  const settings = { click: { selector }, link: { selector, kind: 'any' }, form: { selector }, field: { selector, on: 'change' }, visible: { selector } }[kind];
  const tag = { name: free(title[0].toUpperCase() + title.slice(1), names.tags), on: [trigger], event: identifier(event) || 'click' };
  if (kind === 'click') tag.with = { text: '{{element.text}}' };
  if (kind === 'link') tag.with = { url: '{{link.url}}' };
  if (kind === 'visible') {
    tag.with = { item: '{{element.selector}}' };
    tag.once_per = 'element';
  }
  return JSON.stringify({ triggers: { [trigger]: { [kind]: settings } }, tags: [tag] }, null, 2);
};
