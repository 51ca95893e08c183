// Angular without its build: templates are compiled in the page, and zone.js wraps every listener and timer there is.
import 'zone.js';
import '@angular/compiler';
import { APP_BASE_HREF } from '@angular/common';
import { Component, provideZoneChangeDetection } from '@angular/core';
import { bootstrapApplication } from '@angular/platform-browser';
import { RouterLink, RouterOutlet, provideRouter } from '@angular/router';

const Home = Component({
  selector: 'shop-home',
  template: `<h1>Home</h1>
    <button id="count" (click)="count = count + 1">clicked {{ count }}</button>
    @if (there) { <button id="gone" (click)="there = false">remove me</button> }
    <form id="todo" (submit)="add($event)"><input name="text" /> <button>Add</button></form>
    <ul>@for (item of items; track $index) { <li>{{ item }}</li> }</ul>`,
})(
  class {
    count = 0;
    there = true;
    items = [];
    add(event) {
      event.preventDefault();
      const { text } = event.target.elements;
      this.items.push(text.value || 'item ' + this.items.length);
      text.value = '';
    }
  },
);

const About = Component({
  selector: 'shop-about',
  template: `<h1>About</h1><form id="native" action="/sent" method="post"><input name="id" value="1" /><button>Send</button></form>`,
})(class {});

const App = Component({
  selector: 'shop-app',
  imports: [RouterLink, RouterOutlet],
  template: `<nav><a routerLink="/">Home</a> <a routerLink="/about">About</a></nav><router-outlet />`,
})(class {});

document.querySelector('#app').append(document.createElement('shop-app'));
bootstrapApplication(App, {
  providers: [
    provideZoneChangeDetection(),
    { provide: APP_BASE_HREF, useValue: '/angular/' },
    provideRouter([{ path: '', component: Home }, { path: 'about', component: About }]),
  ],
});
