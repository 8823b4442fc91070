// The list of trusted addresses. What belongs here: its form and its rows. What must not: where it is kept.

import { readAddress } from "./address.js";
import { address, element, fill, find, outside } from "./dom.js";
import { FieldError } from "./errors.js";
import { escaped } from "./text.js";

/** Show the list, and add to it what its form is given; `changed` is called after each change. */
export function showTrust(trust, changed) {
  const form = find("trust-form");
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (added(trust)) {
      form.reset();
      rows(trust, changed);
      changed();
      find("trust-name").focus();
    }
  });
  rows(trust, changed);
}

function added(trust) {
  const name = find("trust-name").value.trim();
  fill(find("trust-name-problem"), name === "" ? "Give a name, by which you will know them." : "");
  let read = null;
  try {
    read = readAddress(find("trust-address").value.trim());
    fill(find("trust-address-problem"), "");
  } catch (error) {
    if (!(error instanceof FieldError)) {
      throw error;
    }
    fill(find("trust-address-problem"), error.message);
  }
  if (name === "" || read === null) {
    return false;
  }
  trust.add(read, escaped(name, 60));
  return true;
}

function rows(trust, changed) {
  if (trust.parties.length === 0) {
    fill(find("trust-list"), element("p", { class: "quiet" }, "Nobody yet."));
    return;
  }
  const remove = (party) => {
    trust.remove(party.address);
    rows(trust, changed);
    changed();
    find("trust-name").focus();
  };
  const row = (party) =>
    element(
      "li",
      {},
      element("div", {}, element("p", { class: "word" }, outside(party.name)), element("p", {}, address(party.address))),
      element(
        "button",
        { type: "button", class: "plain", "aria-label": `Remove ${party.name}`, onclick: () => remove(party) },
        "Remove",
      ),
    );
  fill(find("trust-list"), element("ul", { class: "rows" }, trust.parties.map(row)));
}
