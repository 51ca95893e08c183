// Clicks, in an order that depends only on the page, what can be clicked, and sends its forms.
const rest = (ms) => new Promise((done) => setTimeout(done, ms));
// Applications draw in the next frame what a click changed (Alpine shows its menu then): on a busy machine that is later than any
// short rest, and the next click would find another page.
const frame = () => new Promise((done) => requestAnimationFrame(done));
const STEPS = 30;
return (async () => {
  if (document.readyState !== 'complete') await new Promise((done) => addEventListener('load', done));
  await rest(150);
  const steps = [];
  const all = (root) => [...root.querySelectorAll('*')].flatMap((one) => [one, ...(one.shadowRoot ? all(one.shadowRoot) : [])]);
  const act = async (element, how) => {
    let prevented = null;
    const note = (event) => (prevented = event.defaultPrevented);
    addEventListener('click', note, { once: true });
    addEventListener('submit', note, { once: true });
    const before = seen.moves.length;
    window.acting = true;
    how(element);
    window.acting = false;
    await frame();
    await rest(15);
    // htmx says while it waits for an answer.
    while (document.querySelector('.htmx-request')) await rest(10);
    if (document.title === 'htmx') await rest(150);
    const moves = seen.moves.slice(before);
    steps.push([element.localName + '#' + element.id + ' ' + element.textContent.trim().slice(0, 40), prevented, moves]);
  };
  for (let step = 0; step < STEPS; step++) {
    const list = all(document).filter((one) => one.matches('a[href]:not([href^="mailto:"], [href^="tel:"]), button, input[type=submit], [role=button], label'));
    if (!list.length) break;
    const element = list[(step * 7) % list.length];
    // Another tab would take the test with it.
    element.removeAttribute('target');
    await act(element, (one) => one.click());
  }
  for (const form of all(document).filter((one) => one.localName === 'form')) {
    for (const field of form.querySelectorAll('input:not([type=submit]), textarea')) {
      if (field.type === 'text' || field.localName === 'textarea') field.value = field.value || 'text';
    }
    form.noValidate = true;
    form.removeAttribute('target');
    await act(form, (one) => one.requestSubmit());
  }
  await rest(100);
  return { ...seen, errors: seen.errors.sort(), moves: undefined, steps, text: document.body.innerText, count: document.body.querySelectorAll('*').length };
})();
