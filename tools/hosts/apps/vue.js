import { createApp, h } from 'vue';
import { RouterLink, RouterView, createRouter, createWebHistory } from 'vue-router';
import Home from './Vue.vue';

const About = {
  render: () => [
    h('h1', 'About'),
    h('form', { id: 'native', action: '/sent', method: 'post' }, [h('input', { name: 'id', value: 1 }), h('button', 'Send')]),
  ],
};

const routes = [{ path: '/', component: Home }, { path: '/about', component: About }];
const App = {
  render: () => [
    h('nav', [h(RouterLink, { to: '/' }, () => 'Home'), ' ', h(RouterLink, { to: '/about' }, () => 'About')]),
    h(RouterView),
  ],
};

createApp(App).use(createRouter({ history: createWebHistory('/vue/'), routes })).mount('#app');
