// The smaller check: what an answer of POST /api/predict and a look at the fields come to, under the guard's
// default policy. What belongs here: that one table, in the guard's own words. What must not: asking anybody.
//
// Rule 1: the worst finding decides. Rule 2: what could not be learned leaves no verdict, unless another blocks.
// Rule 3: a witness can raise a decision, never lower one.
// The tests compare every line of it with the guard's own policy and rules.

import { ETHER_DECIMALS, plain } from "./amount.js";
import { imitated, ZERO_ADDRESS } from "./address.js";

export const STRANGER_LIMIT_WEI = 5n * 10n ** 16n;

const WEIGHT = { info: 0, warn: 1, block: 2 };
const CONTRACT_BASIS = "; the answer is the service's own and does not come from the recipient's history";
const ACCOUNT_BASIS = ", judging by the recipient's history";

function finding(rule, severity, message, advice, isUnknown = false) {
  return Object.freeze({ rule, severity, message, advice, isUnknown });
}

/** Return the findings about what the witness said: `answer` as `answers.js` reads it, or `{silent: reason}`. */
export function modelFindings(answer) {
  const name = answer.source === "embedded" ? "embedded" : "external";
  if (answer.silent !== undefined) {
    const message = `the external model gave no answer: ${answer.silent}`;
    return [finding("model.unknown", "warn", message, "try again in a minute", true)];
  }
  const basis = answer.features === "contract" ? CONTRACT_BASIS : ACCOUNT_BASIS;
  const odds = answer.probability === null ? "" : ` (probability of fraud ${percent(answer.probability)})`;
  switch (answer.prediction) {
    case "Fraud":
      return [
        finding(
          "model.fraud",
          "block",
          `the ${name} model says Fraud${odds}${basis}`,
          "do not send; if you are sure of the recipient, first find out why the model is not",
        ),
      ];
    case "Suspicious":
      return [
        finding(
          "model.suspicious",
          // Of a contract vector a suspicion says nothing about this recipient or payment.
          answer.features === "account" ? "warn" : "info",
          `the ${name} model leans to fraud${odds}${basis}`,
          "ask the recipient by another way, or send a small amount first",
        ),
      ];
    case "Abstained":
      return [
        finding(
          "model.abstained",
          "info",
          `the ${name} model abstains: ${answer.text === "" ? "it gave no reason" : answer.text}`,
          "judge the recipient by what you know of it",
        ),
      ];
    default:
      return [];
  }
}

// As Python's `:.0%` rounds: to even where two are as near.
function percent(probability) {
  const exact = probability * 100;
  const below = Math.floor(exact);
  const rest = exact - below;
  const rounded = rest > 0.5 || (rest === 0.5 && below % 2 === 1) ? below + 1 : below;
  return `${rounded}%`;
}

/** Return the findings about the recipient: `known` are `{address, name}`, those that one trusts and one's own. */
export function recipientFindings({ sender, recipient, value, known }) {
  const found = [];
  if (recipient === ZERO_ADDRESS) {
    const message = `the recipient is the zero address, ${recipient}: nobody holds its key`;
    found.push(finding("recipient.zero-address", "block", message, "give the address that was meant"));
  }
  for (const one of imitated(recipient, known)) {
    found.push(
      finding(
        "recipient.lookalike",
        one.both ? "block" : "warn",
        `${recipient} imitates ${one.known.address} (${one.known.name}): ` +
          `same first ${one.prefix} and last ${one.suffix} digits`,
        "take the address from your contacts; if it is someone else, add it there under its own name",
      ),
    );
  }
  if (recipient !== sender && !known.some((party) => party.address === recipient)) {
    found.push(
      finding(
        "recipient.first-time",
        value > STRANGER_LIMIT_WEI ? "warn" : "info",
        `${plain(value, ETHER_DECIMALS)} ether would be the first payment to ${recipient}; ` +
          `the limit for strangers is ${plain(STRANGER_LIMIT_WEI, ETHER_DECIMALS)} ether`,
        "compare the whole address with its source, or send a small amount first",
      ),
    );
  }
  return found;
}

/** Return the finding that the wallet is on another chain than the payment is for. */
export function chainFindings(requested, reported) {
  if (requested === reported) {
    return [];
  }
  const message = `the transaction is for chain ${requested}, and the node is on chain ${reported}`;
  const advice = "use a node of the chain that is meant, or correct the chain id";
  return [finding("chain.mismatch", "block", message, advice)];
}

/** Return findings with the worst first, then by rule. */
export function inOrder(findings) {
  return [...findings].sort(
    (one, other) =>
      WEIGHT[other.severity] - WEIGHT[one.severity] ||
      compare(one.rule, other.rule) ||
      compare(one.message, other.message),
  );
}

function compare(one, other) {
  return one < other ? -1 : Number(one > other);
}

/** Return `{decision, confirmation, findings}`; a decision of null is no verdict. */
export function decide(found) {
  const findings = Object.freeze(inOrder(found));
  if (findings.some((one) => one.severity === "block")) {
    return Object.freeze({ decision: "BLOCK", confirmation: "NONE", findings });
  }
  const asked = findings.filter((one) => one.severity === "warn" || one.isUnknown);
  const confirmation = asked.length === 0 ? "ORDINARY" : "WARNING";
  const isUnknown = asked.some((one) => one.isUnknown);
  const decision = isUnknown ? null : asked.length === 0 ? "ALLOW" : "WARN";
  return Object.freeze({ decision, confirmation, findings });
}

/** Return a full review's verdict with what this page sees besides: it can raise the decision, never lower it. */
export function raised(verdict, findings) {
  if (findings.length === 0 || verdict.decision === "BLOCK") {
    return verdict;
  }
  const own = decide(findings);
  const together = Object.freeze(inOrder([...verdict.findings, ...findings]));
  if (own.decision === "BLOCK") {
    return Object.freeze({ ...verdict, decision: "BLOCK", confirmation: "NONE", findings: together });
  }
  if (own.decision === "WARN" && verdict.decision === "ALLOW") {
    return Object.freeze({ ...verdict, decision: "WARN", confirmation: "WARNING", findings: together });
  }
  return Object.freeze({ ...verdict, findings: together });
}
