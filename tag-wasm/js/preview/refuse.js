// The page without the preview that was asked for: says why, and lets the published tag start.

import { box, h } from './box.js';
import { guard } from './guard.js';
import { isRussian } from './words.js';
import { drop } from './token.js';

// `why`: {en, ru}, each with `message` and `hint`. `script`: the address of the published script.
export const refuse = guard((why, script) => {
  drop();
  const current = document.currentScript || {};
  const element = document.createElement('script');
  element.src = new URL(script, current.src || location.href).href;
  element.nonce = current.nonce || '';
  element.onload = () => element.remove();
  document.documentElement.append(element);
  const { message, hint } = why[isRussian() ? 'ru' : 'en'];
  box((root, close) => {
    root.append(
      h('section', { class: 'note', role: 'alert' }, [
        h('b', {}, [isRussian() ? 'Предпросмотр Weir не открыт' : 'The Weir preview did not open']),
        h('p', {}, [message]),
        h('p', { class: 'quiet' }, [hint]),
        h('button', { type: 'button', onclick: close }, [isRussian() ? 'Закрыть' : 'Close']),
      ]),
    );
  });
});
