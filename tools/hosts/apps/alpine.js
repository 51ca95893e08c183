import Alpine from 'alpinejs';

document.querySelector('#app').innerHTML = `<div x-data="{ count: 0, open: false, items: [], text: '' }">
  <h1>Alpine</h1>
  <button id="count" @click.stop="count++">clicked <span x-text="count"></span></button>
  <button id="menu" @click="open = !open" :aria-expanded="open">Menu</button>
  <nav x-show="open" @click.outside="open = false"><a href="#one">One</a> <a href="/alpine/?two">Two</a></nav>
  <form id="todo" @submit.prevent="items.push(text || 'item ' + items.length); text = ''"><input x-model="text"> <button>Add</button></form>
  <ul><template x-for="(item, at) in items" :key="at"><li x-text="item"></li></template></ul>
  <form id="native" action="/sent" method="post"><input name="id" value="1"><button>Send</button></form></div>`;
Alpine.start();
