// The log of decisions. What belongs here: its rows, its export, its end. What must not: where it is kept.

import { address, element, fill, find, outside } from "./dom.js";
import { escapedOnce } from "./text.js";

const NAMES = { ALLOW: "No objection", WARN: "Warning", BLOCK: "Blocked" };
let isWired = false;

/** Show the log as it is now. */
export function showLog(log, settings) {
  if (!isWired) {
    isWired = true;
    find("log-export").addEventListener("click", () => exported(log));
    find("log-clear").addEventListener("click", () => {
      log.clear();
      showLog(log, settings);
    });
  }
  const where = settings.keepLog ? "It is kept in this browser until you clear it." : "It is forgotten when this page closes, unless you ask for it to be kept (Settings).";
  fill(find("log-where"), `What you acted on, and why it was decided so. ${where}`);
  const isEmpty = log.entries.length === 0;
  find("log-export").disabled = isEmpty;
  find("log-clear").disabled = isEmpty;
  fill(
    find("log-list"),
    isEmpty ? element("p", { class: "quiet" }, "Nothing yet.") : element("ul", { class: "rows" }, log.entries.map(row)),
  );
}

function row(entry) {
  const told = (text) => outside(escapedOnce(text ?? ""));
  const reasons = Array.isArray(entry.reasons) ? entry.reasons : [];
  return element(
    "li",
    {},
    element(
      "div",
      {},
      element("p", { class: "word" }, NAMES[entry.decision] ?? "No verdict", ", then ", told(entry.outcome)),
      element("p", {}, told(entry.amount), " to ", address(escapedOnce(entry.to ?? ""))),
      element("p", { class: "hint" }, told(entry.at), `, ${entry.check === "full" ? "full review" : "smaller check"}`),
      entry.hash ? element("p", { class: "hint" }, "Hash ", address(escapedOnce(entry.hash))) : null,
      element("ul", { class: "reasons" }, reasons.map((one) => element("li", {}, told(one?.message), " ", outside(escapedOnce(one?.rule ?? ""), "mono")))),
    ),
  );
}

function exported(log) {
  const blob = new Blob([`${JSON.stringify(log.entries, null, 2)}\n`], { type: "application/json" });
  const url = URL.createObjectURL(blob);
  element("a", { href: url, download: "txguard-log.json" }).click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
