// The tea picker: a single-page application. Its screens have addresses of their own, changed by `history.pushState`;
// the server answers every address below /demo/app/ with the same page.

import { element } from "./elements.js";
import { say } from "./language.js";
import { bySlug, money, nameOf, pageOf, pictureOf } from "./products.js";

const BASE = "/demo/app/";
const place = document.querySelector("#quiz");

const questions = [
  {
    step: "taste",
    title: say("What do you reach for?", "К чему тянется рука?"),
    answers: [
      { answer: "smoke", name: say("Smoke", "К дыму"), words: say("Bonfire, rye bread, leather", "Костёр, ржаной хлеб, кожа") },
      { answer: "flowers", name: say("Flowers", "К цветам"), words: say("A garden after the rain", "Сад после дождя") },
      { answer: "honey", name: say("Honey", "К мёду"), words: say("Dried apples, hay, July", "Сушёные яблоки, сено, июль") },
    ],
  },
  {
    step: "strength",
    title: say("How strong?", "Насколько крепкий?"),
    answers: [
      { answer: "strong", name: say("The spoon stands", "Чтобы ложка стояла"), words: say("I have work to do", "У меня дела") },
      { answer: "mild", name: say("Mild", "Мягкий"), words: say("I have time", "У меня есть время") },
    ],
  },
  {
    step: "evening",
    title: say("Tea after nine in the evening?", "Чай после девяти вечера?"),
    answers: [
      { answer: "yes", name: say("Of course", "Конечно"), words: say("And then straight to bed", "И сразу спать") },
      { answer: "no", name: say("Never", "Никогда"), words: say("Or I count camels till morning", "Иначе до утра считаю верблюдов") },
    ],
  },
];

let answers = {};

function advise() {
  if (answers.evening === "yes" && answers.taste !== "flowers") return "ivan-tea";
  if (answers.taste === "flowers") return "jasmine-tea";
  return answers.taste === "smoke" || answers.strength === "strong" ? "caravan-tea" : "ivan-tea";
}

const reasons = {
  "ivan-tea": say("No caffeine, a lot of July.", "Ни капли кофеина и много июля."),
  "caravan-tea": say("Strong, smoky, for people with a road ahead.", "Крепкий, дымный, для тех, у кого впереди дорога."),
  "jasmine-tea": say("Light and clear, a garden in a cup.", "Лёгкий и ясный, сад в чашке."),
};

/** Each screen: title, and what it shows. */
function start() {
  const link = element("a", { class: "button start", href: `${BASE}taste` }, say("Begin", "Начать"));
  link.addEventListener("click", follow);
  return [say("Which tea are you?", "Какой чай ваш?"), "start", [
    element("p", { class: "lead-text" }, say("Three questions, one tea.", "Три вопроса, один чай.")),
    element("p", {}, link),
  ]];
}

function question(index) {
  const { step, title, answers: choices } = questions[index];
  const next = questions[index + 1]?.step;
  const buttons = choices.map(({ answer, name, words }) => {
    const button = element("button", { type: "button", "data-answer": answer }, element("strong", {}, name), words);
    button.addEventListener("click", () => {
      answers[step] = answer;
      go(next ? `${BASE}${next}` : `${BASE}result/${advise()}`);
    });
    return button;
  });
  return [title, step, [
    element("div", { class: "answers" }, ...buttons),
    element("p", { class: "note" }, say(`Question ${index + 1} of ${questions.length}`, `Вопрос ${index + 1} из ${questions.length}`)),
  ]];
}

function result(product) {
  const again = element("a", { href: BASE }, say("Once more", "Ещё раз"));
  again.addEventListener("click", follow);
  return [say(`Yours is ${nameOf(product)}`, `Ваш чай: ${nameOf(product)}`), "result", [
    element("p", { class: "lead-text" }, reasons[product.slug]),
    element("article", { class: "card product", "data-sku": product.sku },
      element("a", { href: pageOf(product), tabindex: "-1", "aria-hidden": "true" },
        element("img", { class: "picture", src: pictureOf(product), alt: "", width: 400, height: 320 })),
      element("div", { class: "body" },
        element("h2", {}, element("a", { href: pageOf(product) }, nameOf(product))),
        element("div", { class: "buy-row" },
          element("span", { class: "price" }, money(product.price)),
          element("button", { type: "button", class: "buy" }, say("Add to cart", "В корзину"))))),
    element("p", { class: "note" }, again),
  ]];
}

function screen(path) {
  const route = path.slice(BASE.length).replace(/\/$/, "");
  const index = questions.findIndex(({ step }) => step === route);
  if (index >= 0) return question(index);
  const product = route.startsWith("result/") ? bySlug(route.slice("result/".length)) : undefined;
  return product && product.slug in reasons ? result(product) : start();
}

function draw(focus) {
  const [title, step, parts] = screen(location.pathname);
  const index = questions.findIndex((one) => one.step === step);
  const done = step === "result" ? questions.length : Math.max(index, 0);
  const heading = element("h1", { tabindex: "-1" }, title);
  document.title = `${title} – ${say("Samovar", "Самовар")}`;
  place.dataset.step = step;
  place.replaceChildren(
    element("progress", { max: questions.length, value: done, "aria-label": say("Questions answered", "Отвечено вопросов") }),
    heading, ...parts);
  if (focus) heading.focus();
}

function go(path) {
  if (path === BASE) answers = {};
  history.pushState(null, "", path);
  draw(true);
}

function follow(event) {
  if (event.metaKey || event.ctrlKey || event.shiftKey || event.button !== 0) return;
  event.preventDefault();
  go(new URL(event.currentTarget.href).pathname);
}

window.addEventListener("popstate", () => draw(true));
draw(false);
