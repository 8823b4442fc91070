// The verdict of what stands in the form now. What belongs here: asking once the typing pauses, and dropping
// every answer that belongs to something else. What must not: showing, and acting on a verdict.

import { chainFindings, decide, modelFindings, raised, recipientFindings } from "./decide.js";
import { Silence, WalletError } from "./errors.js";
import { readQuantity } from "./amount.js";
import { carries, questionOf } from "./payment.js";

const PAUSE_MS = 400;
const LIFETIME_S = 600;

/** Holds the current check, if there is one; `shown` is called with what is to be seen at each change. */
export class Checker {
  #sequence = 0;
  #controller = null;
  #timers = [];
  #check = null;
  #askedAt = 0;

  constructor(shown) {
    this.shown = shown;
  }

  /** The check that may be acted on now, or null. The clock is asked too: timers stand still in a machine's sleep. */
  get current() {
    const ageMs = Date.now() - this.#askedAt;
    return this.#check !== null && ageMs >= 0 && ageMs <= this.#check.lifetimeS * 1000 ? this.#check : null;
  }

  /** Forget the verdict, and every answer that is still on its way. */
  drop(state) {
    this.#sequence += 1;
    this.#controller?.abort();
    this.#timers.forEach(clearTimeout);
    this.#timers = [];
    this.#check = null;
    this.shown(state);
  }

  /** Ask `make(signal)` for a check, after a pause in which nothing is changed. */
  plan(make, pauseMs = PAUSE_MS) {
    this.drop({ kind: "asking" });
    const sequence = this.#sequence;
    this.#timers.push(setTimeout(() => this.#run(sequence, make), pauseMs));
  }

  async #run(sequence, make) {
    const controller = new AbortController();
    this.#controller = controller;
    const askedAt = Date.now();
    const check = await make(controller.signal);
    // Whatever arrives for something that was changed meanwhile is no answer to what is there now.
    if (sequence !== this.#sequence) {
      return;
    }
    this.#check = check;
    this.#askedAt = askedAt;
    this.#timers.push(setTimeout(() => this.drop({ kind: "expired" }), check.lifetimeS * 1000));
    this.shown({ kind: "verdict", check });
  }
}

/** Return the smaller check of a transaction: the route's answer and this page's own look. It never throws. */
export async function smallerCheck({ transaction, wallet, known, service, signal }) {
  const { answer, question } = await asked({ transaction, wallet, service, signal });
  const findings = [...modelFindings(answer), ...ownFindings({ transaction, wallet, known })];
  return Object.freeze({
    isFull: false,
    transaction,
    verdict: decide(findings),
    lifetimeS: LIFETIME_S,
    review: null,
    answer,
    question,
  });
}

async function asked({ transaction, wallet, service, signal }) {
  try {
    const gasPrice = "gasPrice" in transaction || "maxFeePerGas" in transaction ? null : await priceOf(wallet);
    const question = questionOf(transaction, gasPrice);
    return { answer: await service.predict(question, signal), question };
  } catch (error) {
    return { answer: { silent: reasonOf(error) }, question: null };
  }
}

async function priceOf(wallet) {
  const price = readQuantity(await wallet.read("eth_gasPrice", []));
  if (price === null) {
    throw new Silence("the wallet does not say what gas costs, which is part of the question");
  }
  return price;
}

/** Return the full review of a transaction by this machine's guard, with this page's own look. It never throws. */
export async function fullCheck({ transaction, wallet, known, service, signal }) {
  const own = ownFindings({ transaction, wallet, known }).filter((one) => one.rule !== "recipient.first-time");
  try {
    const told = await service.review(transaction, signal);
    if (!carries(told.transaction, transaction)) {
      throw new Silence("the guard on this machine reviewed something else");
    }
    return Object.freeze({
      isFull: true,
      transaction: told.transaction,
      verdict: raised(told, own),
      lifetimeS: Math.min(told.lifetimeS, LIFETIME_S),
      review: told.review,
      problem: told.problem,
      digest: told.digest,
      rests: told.rests,
    });
  } catch (error) {
    const findings = [...modelFindings({ silent: reasonOf(error) })].map((one) => ({
      ...one,
      rule: "review.silent",
      message: `there is no review: ${reasonOf(error)}`,
    }));
    return Object.freeze({
      isFull: true,
      transaction,
      verdict: decide([...findings, ...own]),
      lifetimeS: LIFETIME_S,
      review: null,
      // Without a review there is nothing in the journal, and nothing is handed over.
      problem: "there is no review of it: look again, or choose the smaller check in Settings",
      rests: null,
    });
  }
}

function ownFindings({ transaction, wallet, known }) {
  const recipient = {
    sender: transaction.from,
    recipient: transaction.to,
    value: readQuantity(transaction.value),
    known,
  };
  return [...recipientFindings(recipient), ...chainFindings(readQuantity(transaction.chainId), wallet.chainId)];
}

function reasonOf(error) {
  if (error instanceof Silence || error instanceof WalletError) {
    return error.message;
  }
  return `the page failed (${error?.constructor?.name ?? "unknown"})`;
}
