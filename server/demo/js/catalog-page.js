// The catalogue's filter: `?kind=tea` shows the cards of one kind. Without script every card is there.

const kind = new URLSearchParams(location.search).get("kind") ?? "all";

for (const card of document.querySelectorAll(".product[data-kind]")) {
  card.hidden = kind !== "all" && card.dataset.kind !== kind;
}
for (const link of document.querySelectorAll(".filters a")) {
  if (link.dataset.kind === kind) link.setAttribute("aria-current", "page");
  else link.removeAttribute("aria-current");
}
