// What doors without a person have refused and a person may accept. What belongs here: the list, and putting
// each question. What must not: what a yes covers.

import { ask } from "./dialog.js";
import { element, fill, find, outside } from "./dom.js";
import { headline } from "./screen.js";

const EVERY_MS = 10_000;

/** Ask every few seconds what waits, while the page can be seen. */
export function watchQuestions(service) {
  let shown = "";
  const turn = async () => {
    if (document.visibilityState === "visible" && !find("question").open) {
      shown = await refreshed(service, shown);
    }
    setTimeout(turn, EVERY_MS);
  };
  turn();
}

async function refreshed(service, shown) {
  const problem = find("waiting-problem");
  try {
    const questions = await service.waiting();
    problem.hidden = true;
    const now = JSON.stringify(questions.map((one) => one.scope));
    // What did not change is left alone: a reader may be in it.
    if (now !== shown) {
      showQuestions(questions, service);
    }
    return now;
  } catch (error) {
    problem.hidden = false;
    fill(problem, outside(error.message));
    return shown;
  }
}

function showQuestions(questions, service) {
  const count = find("waiting-count");
  count.hidden = questions.length === 0;
  fill(count, String(questions.length));
  fill(
    find("waiting-list"),
    questions.length === 0
      ? element("p", { class: "quiet" }, "Nothing waits.")
      : element("ul", { class: "rows" }, questions.map((one) => row(one, service))),
  );
}

function row(question, service) {
  const told = element("p", { class: "hint", role: "status" });
  const answer = async (button) => {
    button.disabled = true;
    const given = await put(question);
    try {
      if (given.kind === "accept") {
        await service.answer(question.digest, { answer: "accept", scope: question.scope, typed: given.typed });
        fill(told, "Accepted, once: ask for it again where it was refused.");
      } else if (given.kind === "decline") {
        await service.answer(question.digest, { answer: "decline" });
        fill(told, "Declined.");
      } else {
        button.disabled = false;
      }
    } catch (error) {
      button.disabled = false;
      fill(told, outside(error.message));
    }
  };
  const { word } = headline({ decision: question.decision });
  const first = question.findings.find((one) => one.severity !== "info");
  return element(
    "li",
    {},
    element(
      "div",
      {},
      element("p", { class: "word" }, word),
      element("p", {}, first === undefined ? "" : outside(first.message)),
      element("p", { class: "hint" }, "Digest ", outside(question.digest, "address")),
      told,
    ),
    element("button", { type: "button", class: "plain", onclick: (event) => answer(event.currentTarget) }, "Look at it"),
  );
}

function put(question) {
  const lines = question.screen.flatMap((line) => [line, "\n"]);
  return ask({
    verdict: { decision: question.decision, confirmation: question.confirmation, findings: question.findings },
    digest: question.digest,
    subject: element("pre", { class: "screen", tabindex: "0" }, lines),
    problem: null,
    accept: "Accept it, once",
    decline: "Decline it",
    escape: "left",
  });
}
