// Building elements. Everything that comes from the API passes through here as text, never as HTML.

const SVG = "http://www.w3.org/2000/svg";

function fill(made, attributes, children) {
  for (const [key, value] of Object.entries(attributes)) {
    if (value === true) made.setAttribute(key, "");
    else if (value !== null && value !== undefined && value !== false) made.setAttribute(key, String(value));
  }
  made.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return made;
}

/** `h("p", { class: "soft" }, "text", …)`; empty attributes and children are left out. */
export const h = (name, attributes = {}, ...children) => fill(document.createElement(name), attributes, children);

/** The same for SVG. */
export const svg = (name, attributes = {}, ...children) => fill(document.createElementNS(SVG, name), attributes, children);

/** Splits "a `b` c" into text and code elements. */
export function withCode(text) {
  return String(text).split("`").map((part, index) => (index % 2 ? h("code", {}, part) : part));
}
