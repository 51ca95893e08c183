// Starts the web application.

import { mount } from "svelte";
import App from "./App.svelte";
import "./app.css";
import { tellInOurWords } from "./parts/validity";

tellInOurWords();
const target = document.querySelector("#app");
if (target) mount(App, { target });
