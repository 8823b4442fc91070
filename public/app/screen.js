// A verdict told on the page. What belongs here: words and elements. What must not: any judgement. No word of
// this file calls a payment harmless: the most that can be said is that nothing stands against it.

import { ETHER_DECIMALS, GWEI_DECIMALS, plain, readQuantity } from "./amount.js";
import { address, element, outside } from "./dom.js";
import { escaped } from "./text.js";

const GLYPHS = { ALLOW: "✓", WARN: "!", BLOCK: "✕", NONE: "?" };
const LEVELS = { info: "Note", warn: "Warning", block: "Refusal" };
const CHAINS = { 1: "Ethereum", 11155111: "Sepolia", 17000: "Holesky", 560048: "Hoodi", 31337: "a development chain" };

/** Return how a verdict is called, and what it means in one sentence. */
export function headline({ decision }) {
  switch (decision) {
    case "ALLOW":
      return { word: "No objection", say: "Nothing that was looked at stands against it." };
    case "WARN":
      return { word: "Warning", say: "Read this before you go on. It needs your answer." };
    case "BLOCK":
      return { word: "Blocked", say: "This payment is refused. Nothing is sent." };
    default:
      return { word: "No verdict", say: "It could not be judged. That is no approval." };
  }
}

/** Return the verdict as elements. */
export function verdictParts(check) {
  const { verdict } = check;
  const { word, say } = headline(verdict);
  const name = verdict.decision ?? "NONE";
  return [
    element(
      "div",
      { class: "banner", "data-decision": name },
      element("span", { class: "glyph", "aria-hidden": "true" }, GLYPHS[name]),
      element("div", {}, element("p", { class: "word" }, word), element("p", {}, say)),
    ),
    findingList(verdict.findings),
    element("div", { class: "basis" }, basis(check).map((text) => element("p", {}, text))),
  ];
}

/** Return every finding as a list: what was seen, why, what to do, and which rule says so. */
export function findingList(findings) {
  if (findings.length === 0) {
    return element("p", { class: "quiet" }, "No finding was made.");
  }
  return element(
    "ul",
    { class: "findings" },
    findings.map((one) =>
      element(
        "li",
        { "data-severity": one.severity },
        element("p", { class: "level" }, one.isUnknown && one.severity !== "info" ? "Not known" : LEVELS[one.severity]),
        element("p", { class: "message" }, outside(one.message)),
        element("p", { class: "advice" }, "What to do: ", outside(one.advice)),
        element("p", { class: "rule" }, "Rule ", outside(one.rule, "mono")),
      ),
    ),
  );
}

/** Return what the answer rests on, in sentences. */
function basis(check) {
  return check.isFull ? fullBasis(check) : smallerBasis(check);
}

function smallerBasis({ answer, question }) {
  const said = [];
  if (answer.silent === undefined) {
    const kept = answer.source === "cache" ? ", from its memory of minutes ago" : "";
    const witness = answer.source === "embedded" ? "model shipped with txguard" : "service behind the route";
    said.push(
      answer.features === "contract"
        ? `The ${witness} was asked about the amount and the gas price alone${kept}. Its answer is its own, and does not come from the recipient's history.`
        : `The ${witness} was asked about an account's history${kept}.`,
    );
    if (!["Safe Transaction", "Safe transaction", "Unsafe Transaction"].includes(answer.text)) {
      said.push(["Its own words: ", outside(answer.text)]);
    }
    said.push(`Asked with a gas price of ${question.gas_price} gwei.`);
  }
  said.push(
    "This is the smaller check: that answer, the recipient's checksum, the zero address, look-alikes of addresses you trust, and first payments. Balances, fees, contracts, lists and a trial run are not looked at.",
  );
  return said;
}

function fullBasis({ rests, problem }) {
  const said = [];
  if (problem !== null) {
    said.push(["It cannot be given to the wallet: ", outside(problem)]);
  }
  if (rests !== null) {
    const bases = {
      contract: "The model's answer is the service's own: it was asked about the amount and the gas price alone, and does not come from the recipient's history.",
      account: "The model was asked about the history of the account that is paid.",
      none: "The model was asked about no figures.",
    };
    said.push(rests.said === "UNKNOWN" ? "The model gave no answer." : bases[rests.vector]);
    said.push("Reviewed in full by the guard on this machine: its rules, your policy, its node, lists and contacts.");
  }
  return said;
}

/** Return a transaction as a list of terms, every amount exact and every address whole. */
export function transactionParts(transaction) {
  const rows = [
    ["From", address(transaction.from)],
    ["To", address(transaction.to)],
    ["Amount", `${plain(readQuantity(transaction.value), ETHER_DECIMALS)} ether`],
    ["Chain", chainName(readQuantity(transaction.chainId))],
    ["Fee", feeWords(transaction)],
  ];
  return element("dl", { class: "terms" }, rows.map(([term, told]) => [element("dt", {}, term), element("dd", {}, told)]));
}

/** Return a chain's name and number. */
export function chainName(chainId) {
  if (chainId === null) {
    return "unknown";
  }
  const name = CHAINS[Number(chainId)];
  return name === undefined ? `chain ${chainId}` : `${name} (chain ${chainId})`;
}

function feeWords(transaction) {
  const gwei = (text) => `${plain(readQuantity(text), GWEI_DECIMALS)} gwei`;
  if (transaction.gasPrice !== undefined) {
    return `${gwei(transaction.gasPrice)} for each unit of gas`;
  }
  if (transaction.maxFeePerGas !== undefined) {
    return `at most ${gwei(transaction.maxFeePerGas)}, tip ${gwei(transaction.maxPriorityFeePerGas)}`;
  }
  return "the wallet chooses it";
}

/** Return one sentence for a screen reader about a verdict. */
export function spoken({ verdict }) {
  const { word, say } = headline(verdict);
  const first = verdict.findings.find((one) => one.severity !== "info" || one.isUnknown);
  return first === undefined ? `${word}. ${say}` : `${word}. ${say} ${escaped(first.message, 200)}`;
}
