// The page put together: what is typed, chosen and told goes to its part, and what a part says is shown. What
// belongs here: wiring. What must not: any judgement.

import { Checker, fullCheck, smallerCheck } from "./check.js";
import { leaveQuestion } from "./dialog.js";
import { address, element, find, fill, outside } from "./dom.js";
import { DecisionLog, readSettings, TrustList } from "./kept.js";
import { showLog } from "./log_view.js";
import { carriedOut, forgetStopped, logEntry } from "./outcome.js";
import { readPayment, transactionOf } from "./payment.js";
import { spoken, verdictParts } from "./screen.js";
import { send } from "./send.js";
import { Service } from "./service.js";
import { showSettings } from "./settings_view.js";
import { showTrust } from "./trust_view.js";
import { takeToken } from "./token.js";
import { watchQuestions } from "./waiting_view.js";
import { WalletPicker } from "./wallet_view.js";

const FIELDS = ["recipient", "amount", "gasPrice", "maxFee", "tip"];

const secrets = { token: takeToken(), key: "" };
const settings = readSettings();
const service = new Service(secrets);
const trust = new TrustList();
const log = new DecisionLog(settings);
/** What the guard on this machine can do; null where there is none. */
let desk = null;
/** Until the guard on this machine has said what it can do, nothing less than it is asked. */
let isOpening = secrets.token !== "";
let isSending = false;
/** What stood in the form when it was looked at last. */
let looked = "";

const checker = new Checker(showVerdict);
const picker = new WalletPicker(() => {
  if (isSending) {
    // What is on its way to the wallet was checked for what it was before.
    checker.drop({ kind: "asking" });
    leaveQuestion();
  }
  look();
});

function isFull() {
  return desk?.review === true && settings.check === "full";
}

function known() {
  const own = picker.wallet?.account;
  return own ? [...trust.parties, { address: own, name: "own account" }] : trust.parties;
}

function written() {
  return { ...Object.fromEntries(FIELDS.map((name) => [name, find(name).value])), feeKind: find("fee").value };
}

/** Whether the form shows what was looked at: whatever fills forms in does not always tell of it. */
function isAsLooked() {
  return JSON.stringify(written()) === looked;
}

/** Read the form, say what is wrong with it, and ask about what stands in it. */
function look(pauseMs) {
  if (isSending) {
    return;
  }
  looked = JSON.stringify(written());
  const { payment, problems, isUnchecked } = readPayment(written());
  for (const name of FIELDS) {
    const problem = problems[name] ?? "";
    fill(find(`${name}-problem`), problem);
    find(name).setAttribute("aria-invalid", String(problem !== ""));
  }
  showRecipient(problems.recipient === undefined, isUnchecked);
  const { wallet } = picker;
  if (payment === null || wallet === null || wallet.account === null || wallet.chainId === null) {
    const isWrong = Object.keys(problems).length > 0;
    checker.drop({ kind: isWrong ? "wrong" : wallet === null ? "no-wallet" : "nothing" });
    return;
  }
  if (isOpening) {
    checker.drop({ kind: "opening" });
    return;
  }
  const transaction = transactionOf(payment, wallet.account, wallet.chainId);
  const make = isFull() ? fullCheck : smallerCheck;
  checker.plan((signal) => make({ transaction, wallet, known: known(), service, signal }), pauseMs);
}

/** Show the whole address where the field is too narrow for it, and say where there is no checksum. */
function showRecipient(isRead, isUnchecked) {
  const field = find("recipient");
  const text = field.value.trim();
  const isCut = isRead && text !== "" && field.scrollWidth > field.clientWidth;
  const unsure = "It has no checksum: compare every character with its source.";
  fill(find("recipient-hint"), isCut ? address(text) : null, isCut && isUnchecked ? " " : null, isRead && isUnchecked ? unsure : null);
}

const STATES = {
  "no-wallet": "Connect a wallet: the check needs to know who pays, and on which chain.",
  nothing: "Fill in whom you pay and how much. The check begins by itself.",
  opening: "Asking the guard on this machine what it can do…",
  wrong: "Mend what is marked. Nothing is asked about it before.",
};

function showVerdict(state) {
  const body = find("verdict-body");
  const button = find("send");
  button.disabled = state.kind !== "verdict";
  fill(button, "Send");
  if (state.kind === "verdict") {
    const { check } = state;
    const isRefused = check.verdict.decision === "BLOCK" || Boolean(check.problem);
    fill(button, isRefused ? "Why it is refused" : check.verdict.decision === "ALLOW" ? "Send" : "Send…");
    fill(body, verdictParts(check));
    const isPlain = check.verdict.decision === "ALLOW";
    fill(find(isPlain ? "spoken" : "alarm"), spoken(check));
    fill(find(isPlain ? "alarm" : "spoken"), "");
    return;
  }
  fill(find("alarm"), "");
  if (state.kind === "asking") {
    fill(find("spoken"), "Looking at it.");
    fill(body, element("p", { class: "asking" }, "Looking at it…"));
  } else if (state.kind === "expired") {
    fill(find("spoken"), "The verdict is too old.");
    const again = element("button", { type: "button", class: "plain", onclick: () => look(0) }, "Look again");
    fill(body, element("p", {}, "The verdict is too old to act on. "), element("p", {}, again));
  } else {
    fill(find("spoken"), "");
    fill(body, element("p", { class: "quiet" }, STATES[state.kind]));
  }
}

async function submit(event) {
  event.preventDefault();
  if (isSending) {
    return;
  }
  if (!isAsLooked()) {
    look(0);
    return;
  }
  const check = checker.current;
  if (check === null) {
    checker.drop({ kind: "expired" });
    return;
  }
  isSending = true;
  const entry = log.add(logEntry(check));
  const outcome = carriedOut();
  const fields = [find("fields"), find("wallet"), find("send")];
  fields.forEach((part) => {
    part.disabled = true;
  });
  let isSent = false;
  try {
    isSent = await send({
      check,
      wallet: picker.wallet,
      service,
      isCurrent: () => checker.current === check && isAsLooked(),
      tell: outcome.tell,
      noted: (changes) => {
        log.amend(entry, changes);
        showLog(log, settings);
      },
    });
  } finally {
    isSending = false;
    fields.forEach((part) => {
      part.disabled = false;
    });
    showLog(log, settings);
    if (isSent) {
      // What was paid is not to be paid twice by one more press.
      find("recipient").value = "";
      find("amount").value = "";
    }
    // Whatever comes next is another payment, and is looked at by itself.
    look(0);
    outcome.focus();
  }
}

function showFee() {
  const kind = find("fee").value;
  for (const field of document.querySelectorAll("[data-fee]")) {
    field.hidden = field.dataset.fee !== kind;
  }
  const filled = isFull() ? "The guard on this machine fills it in from its node." : "Your wallet chooses it.";
  fill(find("fee-hint"), kind === "automatic" ? filled : "");
}

function showMode() {
  const words = isFull() ? "Full review on this machine" : "Smaller check";
  fill(find("mode"), element("span", { class: "dot", "data-full": String(isFull()), "aria-hidden": "true" }), words);
  find("trust-separate").hidden = desk === null;
  showFee();
}

function showView(name) {
  for (const button of document.querySelectorAll("[data-view]")) {
    const isShown = button.dataset.view === name;
    button.toggleAttribute("aria-current", isShown);
    if (isShown) {
      button.setAttribute("aria-current", "page");
    }
    find(`view-${button.dataset.view}`).hidden = !isShown;
  }
}

async function openDesk() {
  if (secrets.token === "") {
    return;
  }
  try {
    desk = await service.desk();
  } catch (error) {
    const notice = find("notice");
    notice.hidden = false;
    fill(notice, "There is no full review: ", outside(error.message));
  }
  if (desk !== null) {
    find("notice").hidden = true;
    document.querySelector("[data-view=waiting]").hidden = false;
    watchQuestions(service);
  }
}

// The address of `guard serve`, opened in this very tab, loads nothing by itself and would leave the token in sight.
window.addEventListener("hashchange", () => (isSending ? takeToken() : window.location.reload()));
for (const button of document.querySelectorAll("[data-view]")) {
  button.addEventListener("click", () => showView(button.dataset.view));
}
for (const name of FIELDS) {
  find(name).addEventListener("input", () => {
    forgetStopped();
    look();
  });
}
find("fee").addEventListener("change", () => {
  showFee();
  look();
});
find("payment").addEventListener("submit", submit);
showTrust(trust, () => look());
showLog(log, settings);
look();
await openDesk();
isOpening = false;
showSettings({
  settings,
  secrets,
  log,
  desk,
  changed: () => {
    showMode();
    showLog(log, settings);
    look();
  },
});
showMode();
look();
