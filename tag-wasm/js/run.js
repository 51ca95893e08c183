// Other files of the tag, as scripts of the page. Some pages take the addresses of scripts only from a policy; then the tag makes
// one of its own name, which the page may allow.

import { address, config, script } from './config.js';
import { guard } from './guard.js';

let policy;
const trusted = guard((url) => {
  policy = policy || window.trustedTypes.createPolicy('weir', { createScriptURL: (url) => url });
  return policy.createScriptURL(url);
});

// Runs the file that stands beside the module under another name.
export const run = (rest, name) =>
  new Promise((done, fail) => {
    const url = address(config.wasm).replace(rest, name);
    const element = document.createElement('script');
    element.src = trusted(url) || url;
    element.nonce = script && script.nonce;
    element.onerror = fail;
    element.onload = () => {
      element.remove();
      done();
    };
    document.documentElement.append(element);
  });
