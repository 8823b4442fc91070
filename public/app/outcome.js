// Where a payment stands after the verdict, below the form and in the log. What belongs here: showing. What must
// not: finding out.

import { ETHER_DECIMALS, plain, readQuantity } from "./amount.js";
import { element, fill, find, outside } from "./dom.js";

let latest = null;

/** Return `{tell, focus}` for one payment. */
export function carriedOut() {
  const place = find("outcome");
  const telling = {
    tell(text, kind, { hash, words, note } = {}) {
      // A payment that still waits for its block gives way to the one after it; the log tells of both.
      if (latest !== telling) {
        return;
      }
      place.hidden = false;
      place.dataset.kind = kind;
      fill(
        place,
        element("p", { class: "word" }, text),
        hash === undefined ? null : element("p", {}, "Hash ", outside(hash, "address")),
        words === undefined ? null : element("p", {}, "Its words: ", outside(words)),
        note === undefined || note === null ? null : element("p", { class: "hint" }, outside(note)),
      );
    },
    focus() {
      // The button that was pressed may be out of use by now; what was told is the next thing to read.
      place.tabIndex = -1;
      if (!place.hidden) {
        place.focus();
      }
    },
  };
  latest = telling;
  place.hidden = true;
  fill(place);
  return telling;
}

/** Take away what was told of a payment that went no further: what is typed now is another one. */
export function forgetStopped() {
  const place = find("outcome");
  if (place.dataset.kind === "stopped") {
    place.hidden = true;
    fill(place);
  }
}

/** Return what the log keeps of a check that somebody acts on. */
export function logEntry(check) {
  const { transaction, verdict } = check;
  return {
    check: check.isFull ? "full" : "smaller",
    decision: verdict.decision,
    reasons: verdict.findings.map(({ rule, severity, message }) => ({ rule, severity, message })),
    from: transaction.from,
    to: transaction.to,
    amount: `${plain(readQuantity(transaction.value), ETHER_DECIMALS)} ether`,
    chain: readQuantity(transaction.chainId).toString(),
    digest: check.digest ?? null,
    outcome: "asked",
    hash: null,
  };
}
