// The question before a payment that is not plainly allowed. What belongs here: showing every finding and taking
// an answer. What must not: any way to change what is asked about, and any way through a BLOCK.

import { element, fill, find, outside } from "./dom.js";
import { findingList, headline } from "./screen.js";

let close = null;
let latest = Promise.resolve();

/** Ask, and return `{kind: "accept", typed}`, `{kind: "decline"}` or `{kind: "left"}`.
 *
 * `subject` are elements that say what it is about; with a `problem`, as with a BLOCK, there is nothing to accept.
 * `escape` is what the Escape key answers.
 */
export function ask(question) {
  // One after another: none takes the place of the one under somebody's hand.
  const answer = latest.then(() => put(question));
  latest = answer.catch(() => {});
  return answer;
}

function put({ verdict, digest, subject, problem, accept, decline = "Do not send", escape = "decline" }) {
  const dialog = find("question");
  const isClosed = verdict.decision === "BLOCK" || problem !== null;
  const isTyped = verdict.confirmation === "TYPED" && !isClosed;
  const wanted = isTyped ? digest.slice(2, 10) : "";
  const { word, say } = headline(verdict);
  fill(find("question-title"), word);
  fill(find("question-text"), isClosed ? "There is no way through here. Nothing is sent." : say);
  fill(find("question-problem"), problem === null ? [] : outside(problem));
  fill(find("question-subject"), subject);
  fill(find("question-findings"), findingList(verdict.findings));
  dialog.dataset.decision = verdict.decision ?? "NONE";
  return new Promise((resolve) => {
    const input = typedInput(wanted);
    const yes = element("button", { type: "button", class: "danger", disabled: isTyped }, accept);
    const no = element("button", { type: "button", class: "plain" }, isClosed ? "Close" : decline);
    const finish = (answer) => {
      close = null;
      dialog.close();
      resolve(answer);
    };
    close = () => finish({ kind: "left" });
    input?.addEventListener("input", () => {
      yes.disabled = input.value.trim().toLowerCase() !== wanted;
    });
    yes.addEventListener("click", (event) => {
      // The second press of a double click was meant for what was in this place before.
      if (event.detail < 2) {
        finish({ kind: "accept", typed: input?.value.trim().toLowerCase() ?? "" });
      }
    });
    no.addEventListener("click", () => finish({ kind: "decline" }));
    dialog.oncancel = (event) => {
      event.preventDefault();
      finish({ kind: escape });
    };
    dialog.onclose = () => {
      // Closed by something else than an answer. One that is open by now is the question after it.
      if (!dialog.open) {
        close?.();
      }
    };
    fill(find("question-typed"), input === null ? [] : typedField(input, wanted));
    fill(find("question-answers"), no, isClosed ? null : yes);
    dialog.showModal();
    // The way back is what Enter does first.
    no.focus();
    dialog.scrollTop = 0;
  });
}

/** Close an open question, because what it was about is no longer so; its answer is "left". */
export function leaveQuestion() {
  close?.();
}

function typedInput(wanted) {
  if (wanted === "") {
    return null;
  }
  return element("input", {
    id: "typed",
    type: "text",
    autocomplete: "off",
    autocapitalize: "none",
    spellcheck: "false",
    maxlength: "8",
    "aria-describedby": "typed-hint",
  });
}

function typedField(input, wanted) {
  return element(
    "p",
    { class: "field" },
    element("label", { for: "typed" }, "To accept it, type these digits"),
    input,
    element("span", { id: "typed-hint", class: "hint" }, outside(wanted, "mono"), ", the beginning of its digest"),
  );
}
