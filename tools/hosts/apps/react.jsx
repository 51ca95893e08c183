import { useState } from 'react';
import { createRoot } from 'react-dom/client';
import { BrowserRouter, NavLink, Route, Routes, useNavigate } from 'react-router';

const Home = () => {
  const [count, setCount] = useState(0);
  const [items, setItems] = useState([]);
  const [text, setText] = useState('');
  const [there, setThere] = useState(true);
  const add = (event) => {
    event.preventDefault();
    setItems([...items, text || 'item ' + items.length]);
    setText('');
  };
  return (
    <>
      <h1>Home</h1>
      <button id="count" onClick={() => setCount(count + 1)}>clicked {count}</button>
      {there && <button id="gone" onClick={() => setThere(false)}>remove me</button>}
      <form id="todo" onSubmit={add}>
        <input value={text} onChange={(event) => setText(event.target.value)} /> <button>Add</button>
      </form>
      <ul>{items.map((item, at) => <li key={at} onClick={() => setItems(items.filter((_, other) => other !== at))}><button>{item} ×</button></li>)}</ul>
    </>
  );
};

const About = () => {
  const go = useNavigate();
  return (
    <>
      <h1>About</h1>
      <button id="back" onClick={(event) => { event.stopPropagation(); go('/?from=about', { replace: true }); }}>Back home</button>
      <form id="native" action="/sent" method="post"><input name="id" defaultValue="1" /><button>Send</button></form>
    </>
  );
};

createRoot(document.querySelector('#app')).render(
  <BrowserRouter basename="/react">
    <nav><NavLink to="/">Home</NavLink> <NavLink to="/about">About</NavLink></nav>
    <Routes><Route path="/" element={<Home />} /><Route path="/about" element={<About />} /></Routes>
  </BrowserRouter>,
);
