// The panel: each event as it happens, the tags that it fires with what they send, and why the others do not fire. Loaded by
// a preview alone.

import { box, h } from './box.js';
import { pick } from './picker.js';
import { eventFor, formFor, formOf, kindsOf, meant, ruleFor } from './rule.js';
import { countOf, selectorsOf } from './selector.js';
import { WORDS, isRussian } from './words.js';

const REDRAW_AFTER_MS = 50;
// What is shown of the page before: a form that is sent often opens another page, and what it fired would be gone with the first.
const MAX_BEFORE = 10;
const MAX_BEFORE_CHARS = 50000;
const BEFORE = '_weir_p.before';

const pageBefore = () => {
  try {
    return JSON.parse(sessionStorage.getItem(BEFORE));
  } catch (error) {
    return null;
  }
};

const keepForNext = (events) => {
  try {
    const text = JSON.stringify({ page: location.pathname, events: events.slice(0, MAX_BEFORE).map(({ no, report, told }) => ({ no: 'before ' + no, report, told, isBefore: true })) });
    // Not when the preview has just been ended: then nothing of it stays.
    if (text.length <= MAX_BEFORE_CHARS && sessionStorage.getItem('_weir_p')) sessionStorage.setItem(BEFORE, text);
    else sessionStorage.removeItem(BEFORE);
  } catch (error) {
    // No room, or none allowed: the next page shows its own.
  }
};

const start = ({ config, panel, stream, end, restart }) => {
  const { preview, site } = config;
  let lang = isRussian() ? 'ru' : 'en';
  let from = 0;
  let before = pageBefore();
  let stop;
  let chosen;
  const opened = new Set();

  const wordFor = (report) => preview.words[lang][report.kind] || '' + report.kind;
  const valueOf = (value) => (Array.isArray(value) ? value.join(', ') : '' + value);
  const time = (at) => new Date(at).toLocaleTimeString(lang, { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' });

  box((root, close, host) => {
    panel.host = host;
    const words = () => WORDS[lang];
    const list = h('main', {});
    const bar = h('div', {});
    const work = h('div', { class: 'work' });
    const header = h('header', {});
    const section = h('section', { class: 'panel', 'aria-label': words().title }, [header, bar, work, list]);
    root.append(section);

    const told = (event) => (event.told ? event.told[lang] : null);

    const table = (values) =>
      h('table', {}, [h('tbody', {}, Object.entries(values).map(([name, value]) => h('tr', {}, [h('td', {}, [name]), h('td', {}, [h('code', {}, [valueOf(value)])])])))]);

    const firedOf = (event) => {
      const explained = told(event);
      return event.report.fired.map((fired, at) => {
        const line = explained && explained.fires[at] && explained.fires[at].message;
        const values = fired.with || {};
        return h('div', { class: 'fired' }, [
          h('b', {}, [fired.tag || words().without]),
          ': ',
          line || fired.event || fired.kind,
          Object.keys(values).length ? table(values) : null,
        ]);
      });
    };

    const stillOf = (event) => {
      const explained = told(event);
      if (!event.report.steps) return [];
      if (!explained) return !event.isBefore && stream.state === 'open' ? [h('p', { class: 'quiet' }, [words().asking])] : [];
      const isOther = (still) => still.reasons.every(({ code }) => code === 'waits_for_other');
      const line = (still) =>
        h('li', { class: 'still' }, [h('b', {}, [still.tag]), ': ', still.reasons.map(({ message }) => message).join('; ')]);
      const near = explained.does_not_fire.filter((still) => !isOther(still));
      const others = explained.does_not_fire.filter(isOther);
      return [
        near.length ? h('h4', {}, [words().still]) : null,
        near.length ? h('ul', {}, near.map(line)) : null,
        others.length ? h('details', { class: 'more' }, [h('summary', {}, [words().others(others.length)]), h('ul', {}, others.map(line))]) : null,
      ];
    };

    const chips = (event) => {
      const { fired } = event.report;
      if (!fired.length) return event.report.steps ? [h('span', { class: 'quiet' }, [words().nothing])] : [];
      return fired.map((one) => h('span', { class: one.waits ? 'chip wait' : one.tag ? 'chip' : 'chip plain' }, [(one.tag || one.event) + (one.waits ? ' · ' + words().waits : '')]));
    };

    const one = (event) => {
      const { report } = event;
      const about = [report.name, report.element].filter(Boolean).join(' ');
      const inside = h('div', { class: 'inside' }, []);
      const fill = () =>
        inside.replaceChildren(
          ...[
            report.fired.length ? h('h4', {}, [words().fires]) : null,
            ...firedOf(event),
            ...stillOf(event),
            report.url ? h('p', { class: 'quiet' }, [words().page + ': ', report.url]) : null,
            report.consent ? h('p', { class: 'quiet' }, [words().consent + ': ', words().given(report.consent)]) : null,
          ].filter(Boolean),
        );
      const details = h('details', { open: opened.has(event.no), 'data-no': event.no }, [
        h('summary', {}, [h('time', {}, [time(report.at)]), h('b', {}, [wordFor(report)]), about ? h('code', {}, [about]) : null, ...chips(event)]),
        inside,
      ]);
      if (details.open) fill();
      details.addEventListener('toggle', () => {
        if (details.open) {
          opened.add(event.no);
          fill();
        } else opened.delete(event.no);
      });
      return details;
    };

    const button = (text, click, about = {}) => h('button', { type: 'button', onclick: click, ...about }, [text]);

    const drawHeader = () => {
      const isSmall = section.hasAttribute('data-small');
      header.replaceChildren(
        h('b', {}, [h('span', { class: 'mark', 'data-state': stream.state }), words().title + ' · ' + site, h('span', { class: 'quiet wide' }, [' ' + words().until + ' ' + time(preview.expires).slice(0, 5)])]),
        button(words().pick, () => (stop ? stop() : startPicking()), { class: 'wide pick', 'aria-pressed': '' + !!stop }),
        button(words().clear, () => {
          from = stream.events.length ? stream.events[stream.events.length - 1].no : 0;
          before = null;
          draw();
        }, { class: 'wide' }),
        button(words().restart, restart, { class: 'wide' }),
        button(words().language, () => {
          lang = lang === 'ru' ? 'en' : 'ru';
          draw();
        }, { class: 'wide' }),
        button(host.hasAttribute('data-left') ? '→' : '←', () => {
          host.toggleAttribute('data-left');
          draw();
        }, { class: 'wide', title: host.hasAttribute('data-left') ? words().right : words().left }),
        button(isSmall ? '▢' : '–', () => {
          section.toggleAttribute('data-small');
          draw();
        }, { title: isSmall ? words().large : words().small }),
        button(words().end, end, { class: 'wide end' }),
      );
    };

    const drawBar = () => {
      bar.className = 'bar';
      if (stop) bar.textContent = words().picking;
      else if (stream.refusal) {
        const { message, hint } = stream.refusal[lang] || stream.refusal;
        bar.className = 'bar bad';
        bar.textContent = message + (hint ? ' — ' + hint : '');
      } else if (stream.state === 'away') {
        bar.className = 'bar bad';
        bar.textContent = words().away;
      } else bar.textContent = words().published;
    };

    const ofThisPage = () => stream.events.filter(({ no }) => no > from).reverse();
    window.addEventListener('pagehide', () => keepForNext(ofThisPage()));

    const draw = () => {
      drawHeader();
      drawBar();
      const shown = ofThisPage();
      list.replaceChildren(...(shown.length ? shown.map(one) : [h('p', { class: 'empty' }, [words().empty])]));
      if (before && before.events.length) list.append(h('section', { class: 'before' }, [h('h4', {}, [words().before + ' ', h('code', {}, [before.page])]), ...before.events.map(one)]));
      if (chosen) chosen();
    };

    // `picked`: what was clicked, if that is something in the form that the rule begins with.
    const showRule = (element, picked) => {
      const found = selectorsOf(element);
      const kinds = kindsOf(element);
      const state = { kind: kinds[0], selector: found[0] ? found[0].selector : element.localName };
      state.event = eventFor(element, state.kind);
      chosen = () => {
        const text = h('textarea', { readonly: true, 'aria-label': words().rule, spellcheck: 'false' });
        const note = h('span', { class: 'quiet' });
        const write = () => {
          const fits = countOf(element, state.selector);
          note.textContent = !fits ? words().bad : fits.count ? words().count(fits.count) : words().none;
          text.value = ruleFor({ element, ...state, names: preview.names });
          if (fits) put.href = formFor({ preview, ...state });
          else put.removeAttribute('href');
        };
        const selector = h('input', { class: 'selector', value: state.selector, list: 'found', spellcheck: 'false', oninput: () => {
          state.selector = selector.value;
          write();
        } });
        const choice = h('select', { class: 'choice', 'aria-label': words().about, onchange: () => {
          selector.value = state.selector = choice.value;
          write();
        } }, found.map((one) => h('option', { value: one.selector, selected: one.selector === state.selector }, [one.selector + ' — ' + words().count(one.count)])));
        const event = h('input', { class: 'event', value: state.event, spellcheck: 'false', oninput: () => {
          state.event = event.value;
          write();
        } });
        const when = h('select', { class: 'when', onchange: () => {
          state.kind = when.value;
          event.value = state.event = eventFor(element, state.kind);
          write();
        } }, kinds.map((kind) => h('option', { value: kind, selected: kind === state.kind }, [words().kinds[kind]])));
        const form = picked && formOf(picked);
        const what = picked && h('select', { class: 'what', onchange: () => showRule(what.value === 'form' ? form : picked, picked) }, ['form', 'picked'].map((one) => h('option', { value: one, selected: (one === 'form') === (element === form) }, [words().whats[one]])));
        // Where this page came from is nobody's business; nor can that page reach back.
        const put = h('a', { class: 'put', target: '_blank', rel: 'noopener noreferrer' }, [words().put]);
        const copy = button(words().copy, () => {
          const copied = () => (copy.textContent = words().copied);
          const byHand = () => {
            text.select();
            if (document.execCommand('copy')) copied();
          };
          if (navigator.clipboard) navigator.clipboard.writeText(text.value).then(copied, byHand);
          else byHand();
        });
        work.replaceChildren(
          h('form', { onsubmit: (submit) => submit.preventDefault() }, [
            ...(picked ? [h('label', {}, [words().what, what])] : []),
            h('label', {}, [words().about, choice, selector, note]),
            h('label', {}, [words().when, when]),
            h('label', {}, [words().event, event]),
            h('div', { class: 'row' }, [
              put,
              button(words().close, () => {
                chosen = null;
                work.replaceChildren();
              }),
            ]),
            h('p', { class: 'quiet' }, [words().putHint]),
            h('details', { class: 'more' }, [h('summary', {}, [words().json]), h('label', {}, [words().rule, text]), h('div', { class: 'row' }, [copy])]),
          ]),
        );
        write();
      };
      chosen();
    };

    const startPicking = () => {
      chosen = null;
      work.replaceChildren();
      stop = pick(root, panel, (element) => {
        stop = null;
        draw();
        if (!element) return;
        const picked = meant(element);
        const form = formOf(picked);
        if (form) showRule(form, picked);
        else showRule(picked);
      });
      draw();
    };

    // A redraw takes away what has the focus: not while somebody types a rule.
    let timer;
    stream.changed = () => {
      if (!timer)
        timer = setTimeout(() => {
          timer = 0;
          const rule = chosen;
          chosen = null;
          draw();
          chosen = rule;
        }, REDRAW_AFTER_MS);
    };
    draw();
  });
};

const api = window.__weir_preview;
delete window.__weir_preview;
if (api) start(api);
