// The exchanges of this page, all with the server that it came from. What belongs here: time limits, size
// limits, headers. What must not: what an answer means.

import { readProblem, readObject, readPrediction, readReview, readWaiting } from "./answers.js";
import { Refused, Silence } from "./errors.js";

const PREDICT_S = 65;
const REVIEW_S = 120;
const STEP_S = 45;
const MOST_BYTES = 1024 * 1024;

/** Asks the server; `secrets` holds the route's key and this machine's token, in memory alone. */
export class Service {
  constructor(secrets) {
    this.secrets = secrets;
  }

  /** Return what the route says of a payment; throws Silence. */
  async predict(question, signal) {
    const headers = this.secrets.key === "" ? {} : { "X-API-Key": this.secrets.key };
    const answer = await this.#ask("the route", "/api/predict", { body: question, headers, signal, seconds: PREDICT_S });
    return named("the route", () => readPrediction(wanted(answer)));
  }

  /** Return the full review of a transaction; throws Silence. */
  async review(transaction, signal) {
    const who = "the guard on this machine";
    const answer = await this.#desk(who, "/api/review", { body: transaction, signal, seconds: REVIEW_S });
    return named(who, () => readReview(wanted(answer)));
  }

  /** Tell a step of a review, and return where its send stands; throws Refused, or Silence. */
  async step(review, told) {
    const who = "the guard on this machine";
    const answer = await this.#desk(who, `/api/review/${review}`, { body: told, seconds: STEP_S });
    return named(who, () => readObject(accepted(answer)));
  }

  /** Return what this machine's guard can do, or null where there is none; throws Refused for a wrong token. */
  async desk() {
    const answer = await this.#desk("the guard on this machine", "/api/desk", { seconds: 15 });
    return answer.status === 404 ? null : readObject(accepted(answer));
  }

  /** Return the questions that wait for a person; throws Silence or Refused. */
  async waiting() {
    return readWaiting(accepted(await this.#desk("the guard on this machine", "/api/approvals", { seconds: 15 })));
  }

  /** Keep a person's answer to one of them; throws Refused or Silence. */
  async answer(digest, told) {
    const who = "the guard on this machine";
    return readObject(accepted(await this.#desk(who, `/api/approvals/${digest}`, { body: told, seconds: 15 })));
  }

  #desk(who, path, options) {
    return this.#ask(who, path, { ...options, headers: { "X-Txguard-Token": this.secrets.token } });
  }

  async #ask(who, path, { body, headers = {}, signal, seconds }) {
    const controller = new AbortController();
    const stop = () => controller.abort();
    signal?.addEventListener("abort", stop);
    const timer = setTimeout(stop, seconds * 1000);
    try {
      const response = await fetch(path, {
        method: body === undefined ? "GET" : "POST",
        headers: body === undefined ? headers : { ...headers, "Content-Type": "application/json" },
        body: body === undefined ? undefined : JSON.stringify(body),
        signal: controller.signal,
        mode: "same-origin",
        credentials: "omit",
        redirect: "error",
        cache: "no-store",
        referrerPolicy: "no-referrer",
      });
      const text = await limited(response);
      return { who, status: response.status, text, retryAfter: response.headers.get("Retry-After") };
    } catch (error) {
      if (error instanceof Silence) {
        throw error;
      }
      const isLate = controller.signal.aborted && !signal?.aborted;
      throw new Silence(isLate ? `${who} did not answer in ${seconds} s` : `${who} could not be reached`);
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener("abort", stop);
    }
  }
}

async function limited(response) {
  const reader = response.body?.getReader();
  if (reader === undefined) {
    return "";
  }
  const decoder = new TextDecoder("utf-8", { fatal: true });
  let text = "";
  let size = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) {
      break;
    }
    size += value.byteLength;
    if (size > MOST_BYTES) {
      await reader.cancel();
      throw new Silence("the answer is too large");
    }
    text += decoder.decode(value, { stream: true });
  }
  return text + decoder.decode();
}

function wanted({ status, text, retryAfter }) {
  if (status !== 200) {
    throw new Silence(readProblem(status, text, retryAfter));
  }
  return text;
}

function accepted({ who, status, text, retryAfter }) {
  if (status !== 200) {
    throw new Refused(`${who}: ${readProblem(status, text, retryAfter)}`, status);
  }
  return text;
}

function named(who, read) {
  try {
    return read();
  } catch (error) {
    throw error instanceof Silence ? new Silence(`${who}: ${error.message}`) : error;
  }
}
