// One payment from a verdict to a block. What belongs here: the order of its steps. What must not: judgement,
// and anything but exactly what was reviewed on its way to the wallet.
//
// Rule 1: the wallet is asked to send only after the verdict, and after the answer that it calls for.
// Rule 2: where this machine's guard reviewed it, its journal is told of each step first.
// Rule 3: what is not known is told as not known: an error of the wallet does not say that nothing was sent.

import { readQuantity } from "./amount.js";
import { ask } from "./dialog.js";
import { Refused, Silence, WalletError } from "./errors.js";
import { transactionParts } from "./screen.js";

const PERSON_SAID_NO = 4001;
const WAIT_S = 15 * 60;
const HASH = /^0x[0-9a-f]{64}$/;

/** Why a payment went no further, in a sentence that is told as it is. */
class Stopped extends Error {
  constructor(message, outcome) {
    super(message);
    this.outcome = outcome;
  }
}

/** Carry one check out until the wallet has sent it, or it ended before that; the block is waited for beside.
 *
 * `tell(text, kind, more)` shows where it stands, `noted(changes)` goes into the log. Returns whether it was sent.
 */
export async function send({ check, wallet, service, isCurrent, tell, noted }) {
  const journal = check.isFull && check.review !== null ? new Journal(service, check.review) : null;
  try {
    await journal?.begin();
    await answered(check, journal);
    unchanged(isCurrent);
    await stillThere(check, wallet);
    unchanged(isCurrent);
  } catch (error) {
    await journal?.end(error.outcome === "declined" ? "decline" : "leave");
    noted({ outcome: error.outcome ?? "stopped" });
    tell(stoppedWords(error), "stopped");
    return false;
  }
  return handOver({ check, wallet, journal, isCurrent, tell, noted });
}

function unchanged(isCurrent) {
  if (!isCurrent()) {
    throw new Stopped("Something changed meanwhile: nothing was sent. Look at it again.", "left");
  }
}

async function answered(check, journal) {
  const { verdict, transaction, digest } = check;
  if (verdict.decision === "ALLOW" && verdict.confirmation === "ORDINARY" && !check.problem) {
    return;
  }
  const answer = await ask({
    verdict,
    digest,
    subject: transactionParts(transaction),
    problem: check.problem ?? null,
    accept: verdict.decision === null ? "Send without a verdict" : "Accept and send",
  });
  if (verdict.decision === "BLOCK") {
    throw new Stopped("Refused: nothing was sent.", "blocked");
  }
  if (check.problem) {
    throw new Stopped("It cannot be given to the wallet: nothing was sent.", "stopped");
  }
  if (answer.kind === "left") {
    throw new Stopped("Something changed meanwhile: nothing was sent. Look at it again.", "left");
  }
  if (answer.kind !== "accept") {
    throw new Stopped("You declined: nothing was sent.", "declined");
  }
  journal?.answeredWith(answer.typed);
}

async function stillThere(check, wallet) {
  const { account, chainId } = await wallet.now();
  if (account !== check.transaction.from) {
    throw new Stopped("The wallet has another account now: nothing was sent. Look at it again.", "left");
  }
  if (chainId !== readQuantity(check.transaction.chainId)) {
    throw new Stopped("The wallet is on another chain now: nothing was sent. Look at it again.", "left");
  }
}

async function handOver({ check, wallet, journal, isCurrent, tell, noted }) {
  try {
    await journal?.accept(check.transaction);
    // It may have waited there for another payment's turn.
    unchanged(isCurrent);
  } catch (error) {
    await journal?.end("leave");
    noted({ outcome: error.outcome ?? "stopped" });
    tell(stoppedWords(error), "stopped");
    return false;
  }
  tell("Waiting for your wallet: compare what it shows with what was checked.", "waiting");
  let hash;
  try {
    hash = await wallet.request("eth_sendTransaction", [check.transaction]);
  } catch (error) {
    await refused(error, { journal, tell, noted });
    return false;
  }
  if (typeof hash !== "string" || !HASH.test(hash.toLowerCase())) {
    noted({ outcome: "unknown" });
    tell("The wallet answered with no transaction hash. Whether it was sent is not known: look in the wallet.", "unknown");
    return false;
  }
  hash = hash.toLowerCase();
  noted({ outcome: "sent", hash });
  tell("Sent. Waiting for a block.", "sent", { hash });
  void settled({ hash, wallet, journal, tell, noted });
  return true;
}

async function refused(error, { journal, tell, noted }) {
  const { code, message } = error instanceof WalletError ? error : { code: 0, message: "no reason" };
  await journal?.refused(code, message);
  if (code === PERSON_SAID_NO) {
    noted({ outcome: "rejected in the wallet" });
    tell("You said no in the wallet: nothing was sent.", "stopped");
    return;
  }
  noted({ outcome: "unknown", words: message });
  tell(
    "The wallet reported an error. Whether it was sent is not known: look in the wallet before you try again.",
    "unknown",
    { words: `${message} (${code})` },
  );
}

async function settled({ hash, wallet, journal, tell, noted }) {
  let seen = await journal?.sent(hash);
  const until = Date.now() + WAIT_S * 1000;
  for (let pauseMs = 500; Date.now() < until; pauseMs = Math.min(pauseMs * 1.5, 5000)) {
    const receipt = await receiptOf(hash, wallet);
    if (receipt !== null) {
      // The guard's own node may have heard of it only now.
      await journal?.sent(hash);
      seen = (await journal?.look()) ?? seen;
      ended({ receipt, hash, seen, tell, noted });
      return;
    }
    tell("Sent. Waiting for a block.", "sent", { hash, note: seen?.note });
    await new Promise((resume) => {
      setTimeout(resume, pauseMs);
    });
  }
  tell("Sent, and in no block yet: it is pending. Look in your wallet later.", "pending", { hash, note: seen?.note });
}

function ended({ receipt, hash, seen, tell, noted }) {
  const block = receipt.block.toString();
  if (seen?.state === "handed") {
    // The wallet's word for a hash; this machine's guard has not seen that what was checked is behind it.
    noted({ outcome: "not known to be what was checked", block });
    tell(
      `Your wallet says that it is in block ${block}. That it is what was checked was not seen: look in the wallet.`,
      "unknown",
      { hash, note: seen.note },
    );
    return;
  }
  const isMined = receipt.status === 1n;
  noted({ outcome: isMined ? "mined" : "reverted", block });
  const words = isMined
    ? `Mined in block ${block}.`
    : `In block ${block}, but reverted: the fee is spent and nothing else happened.`;
  tell(words, isMined ? "mined" : "reverted", { hash, note: seen?.note });
}

/** Return the receipt, or null while there is none, or what came is plainly no receipt of this payment. */
async function receiptOf(hash, wallet) {
  try {
    const told = await wallet.read("eth_getTransactionReceipt", [hash]);
    const [status, block] = [readQuantity(told?.status), readQuantity(told?.blockNumber)];
    const isWhole = String(told?.transactionHash).toLowerCase() === hash && block !== null && (status === 0n || status === 1n);
    return isWhole ? { status, block } : null;
  } catch {
    // One look that fails, or what cannot even be read, ends nothing; the next look follows.
    return null;
  }
}

function stoppedWords(error) {
  if (error instanceof Stopped) {
    return error.message;
  }
  if (error instanceof Refused || error instanceof Silence) {
    return `Nothing was sent: ${error.message}`;
  }
  return error instanceof WalletError ? `Nothing was sent: the wallet said: ${error.message}` : "Nothing was sent: the page failed.";
}

/** The journal of this machine's guard, told of each step of one review. */
class Journal {
  #typed = "";
  #isOpen = false;

  constructor(service, review) {
    this.service = service;
    this.review = review;
  }

  async begin() {
    await this.service.step(this.review, { step: "begin" });
    this.#isOpen = true;
  }

  answeredWith(typed) {
    this.#typed = typed;
  }

  /** Take what the wallet is to be given; it must be what was reviewed. */
  async accept(reviewed) {
    const told = await this.service.step(this.review, { step: "accept", typed: this.#typed });
    if (told.state !== "handed" || !isSame(told.transaction, reviewed)) {
      throw new Stopped("The guard on this machine handed over something else: nothing was sent.", "stopped");
    }
  }

  /** Write down an end before the wallet was asked; what fails then is told by the journal's own state. */
  async end(step) {
    if (this.#isOpen) {
      this.#isOpen = false;
      await this.#quietly({ step });
    }
  }

  refused(code, message) {
    return this.#quietly({ step: "refused", code, message });
  }

  sent(hash) {
    return this.#quietly({ step: "sent", hash });
  }

  look() {
    return this.#quietly({ step: "look" });
  }

  /** Tell what happened already, and return the journal's `{state, note}` then; a failure undoes nothing. */
  async #quietly(told) {
    try {
      const { send, state, note } = await this.service.step(this.review, told);
      return { state, note: `In the journal of this machine: ${send}, ${state}${note === "" ? "" : `: ${note}`}` };
    } catch (error) {
      return { state: null, note: `The journal of this machine could not be told: ${error.message}` };
    }
  }
}

function isSame(one, other) {
  const names = Object.keys(other);
  return (
    typeof one === "object" &&
    one !== null &&
    Object.keys(one).length === names.length &&
    names.every((name) => JSON.stringify(one[name]) === JSON.stringify(other[name]))
  );
}
