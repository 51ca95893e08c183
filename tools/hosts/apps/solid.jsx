import { For, Show, createSignal } from 'solid-js';
import { render } from 'solid-js/web';

const base = '/solid';
const here = () => location.pathname.replace(base, '') || '/';
const [path, setPath] = createSignal(here());
const [count, setCount] = createSignal(0);
const [items, setItems] = createSignal([]);
addEventListener('popstate', () => setPath(here()));

const go = (event) => {
  event.preventDefault();
  history.pushState({}, '', event.currentTarget.getAttribute('href'));
  setPath(here());
};
const add = (event) => {
  event.preventDefault();
  const { text } = event.currentTarget.elements;
  setItems([...items(), text.value || 'item ' + items().length]);
  text.value = '';
};

const About = () => (
  <><h1>About</h1><form id="native" action="/sent" method="post"><input name="id" value="1" /><button>Send</button></form></>
);

render(
  () => (
    <>
      <nav><a href={base + '/'} onClick={go}>Home</a> <a href={base + '/about'} onClick={go}>About</a></nav>
      <Show when={path() === '/'} fallback={<About />}>
        <h1>Home</h1>
        <button id="count" onClick={() => setCount(count() + 1)}>clicked {count()}</button>
        <form id="todo" onSubmit={add}><input name="text" /> <button>Add</button></form>
        <ul><For each={items()}>{(item) => <li>{item}</li>}</For></ul>
      </Show>
    </>
  ),
  document.querySelector('#app'),
);
