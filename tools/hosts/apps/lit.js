import { LitElement, css, html } from 'lit';

// Everything in shadow roots, forms included.
class ShopForm extends LitElement {
  static properties = { items: { state: true } };
  static styles = css`li { color: teal }`;
  constructor() {
    super();
    this.items = [];
  }
  add(event) {
    event.preventDefault();
    const { text } = event.target.elements;
    this.items = [...this.items, text.value || 'item ' + this.items.length];
    text.value = '';
  }
  render() {
    return html`<form id="todo" @submit=${this.add}><input name="text" /> <button>Add</button></form>
      <ul>${this.items.map((item) => html`<li>${item}</li>`)}</ul>`;
  }
}

class ShopApp extends LitElement {
  static properties = { count: { state: true }, path: { state: true } };
  constructor() {
    super();
    this.count = 0;
    this.heard();
    addEventListener('popstate', () => this.heard());
  }
  heard() {
    this.path = location.pathname.replace('/lit', '') || '/';
  }
  go(event) {
    event.preventDefault();
    history.pushState({}, '', event.currentTarget.getAttribute('href'));
    this.heard();
  }
  render() {
    return html`<nav><a href="/lit/" @click=${this.go}>Home</a> <a href="/lit/about" @click=${this.go}>About</a></nav>
      ${this.path === '/'
        ? html`<h1>Home</h1><button id="count" @click=${() => this.count++}>clicked ${this.count}</button><shop-form></shop-form>`
        : html`<h1>About</h1><form id="native" action="/sent" method="post"><input name="id" value="1" /><button>Send</button></form>`}`;
  }
}

customElements.define('shop-form', ShopForm);
customElements.define('shop-app', ShopApp);
document.querySelector('#app').append(document.createElement('shop-app'));
