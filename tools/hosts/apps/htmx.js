import htmx from 'htmx.org';

document.querySelector('#app').innerHTML = `<h1>htmx</h1>
  <nav hx-boost="true"><a href="/htmx/" hx-target="#part" hx-select="#none">Home</a>
    <a href="/htmx/part.html" hx-get="/htmx/part.html" hx-target="#part" hx-push-url="/htmx/?part">Part</a></nav>
  <button id="load" hx-get="/htmx/part.html" hx-target="#part">Load</button>
  <button id="swap" hx-get="/htmx/part.html" hx-swap="outerHTML">Swap me</button>
  <form id="todo" hx-get="/htmx/part.html" hx-target="#part"><input name="text"><button>Add</button></form>
  <form id="native" action="/sent" method="post"><input name="id" value="1"><button>Send</button></form>
  <div id="part"></div>`;
htmx.process(document.body);
