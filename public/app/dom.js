// Making parts of the page. What belongs here: elements, whose texts are texts. What must not: markup from a
// string, in any form; the page's policy forbids it too.

/** Return an element with attributes and children; a text child is a text, and null is left out. */
export function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [attribute, value] of Object.entries(attributes)) {
    if (attribute.startsWith("on")) {
      made.addEventListener(attribute.slice(2), value);
    } else if (value === true) {
      made.setAttribute(attribute, "");
    } else if (value !== false && value !== null && value !== undefined) {
      made.setAttribute(attribute, String(value));
    }
  }
  made.append(...present(children));
  return made;
}

/** Return outside text, kept from turning what stands around it. */
export function outside(text, className = "") {
  return element("bdi", className === "" ? {} : { class: className }, text);
}

/** Return an address, whole, in groups that an eye can compare. */
export function address(text) {
  return element("bdi", { class: "address" }, text);
}

/** Return the element with an id. */
export function find(id) {
  return document.getElementById(id);
}

/** Put these children into an element, in place of what was there. */
export function fill(parent, ...children) {
  parent.replaceChildren(...present(children));
}

function present(children) {
  return children.flat(Infinity).filter((child) => child !== null && child !== undefined);
}
