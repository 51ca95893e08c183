import { render } from 'preact';
import { useEffect, useState } from 'preact/hooks';

const base = '/preact';
const here = () => location.pathname.replace(base, '') || '/';

const App = () => {
  const [path, setPath] = useState(here());
  const [count, setCount] = useState(0);
  const [items, setItems] = useState([]);
  useEffect(() => {
    const heard = () => setPath(here());
    addEventListener('popstate', heard);
    return () => removeEventListener('popstate', heard);
  }, []);
  const go = (event) => {
    event.preventDefault();
    history.pushState({}, '', event.currentTarget.getAttribute('href'));
    setPath(here());
  };
  const add = (event) => {
    event.preventDefault();
    const { text } = event.currentTarget.elements;
    setItems([...items, text.value || 'item ' + items.length]);
    text.value = '';
  };
  return (
    <>
      <nav><a href={base + '/'} onClick={go}>Home</a> <a href={base + '/about'} onClick={go}>About</a></nav>
      {path === '/' ? (
        <>
          <h1>Home</h1>
          <button id="count" onClick={() => setCount(count + 1)}>clicked {count}</button>
          <form id="todo" onSubmit={add}><input name="text" /> <button>Add</button></form>
          <ul>{items.map((item) => <li>{item}</li>)}</ul>
        </>
      ) : (
        <><h1>About</h1><form id="native" action="/sent" method="post"><input name="id" value="1" /><button>Send</button></form></>
      )}
    </>
  );
};

render(<App />, document.querySelector('#app'));
