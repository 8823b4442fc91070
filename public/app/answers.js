// What comes from the route and from the guard on this machine, read strictly: whatever is not exactly its
// contract is silence. What belongs here: shapes. What must not: fetching, and what an answer means.

import { Silence } from "./errors.js";
import { escaped, escapedOnce } from "./text.js";

const PREDICTIONS = ["Fraud", "Suspicious", "Safe", "Abstained"];
const SOURCES = ["external", "embedded", "cache"];
const PREDICT_KEYS = ["prediction", "Type", "probability", "source", "model", "features", "request_id"];
const DECISIONS = ["ALLOW", "WARN", "BLOCK", null];
const CONFIRMATIONS = ["NONE", "ORDINARY", "WARNING", "TYPED"];
const SEVERITIES = ["info", "warn", "block"];
// What stands for something that could not be learned.
const UNKNOWN_RULES = ["evidence.missing", "model.unknown"];
// Characters of a service's own words, as the route cuts them.
const MOST_WORDS = 512;
// The digests of 32 bytes, and nothing else.
const DIGEST = /^0x[0-9a-f]{64}$/;

/** Return what the route said in a 200; throws Silence for anything that is not its contract. */
export function readPrediction(text) {
  const told = readObject(text);
  const isWhole =
    hasExactly(told, PREDICT_KEYS) &&
    PREDICTIONS.includes(told.prediction) &&
    typeof told.Type === "string" &&
    isProbability(told.probability) &&
    SOURCES.includes(told.source) &&
    (told.model === null || typeof told.model === "string") &&
    ["contract", "account"].includes(told.features) &&
    typeof told.request_id === "string";
  if (!isWhole) {
    throw notItsContract();
  }
  return Object.freeze({
    prediction: told.prediction,
    text: escapedOnce(told.Type, MOST_WORDS),
    probability: told.probability,
    source: told.source,
    model: told.model === null ? null : escapedOnce(told.model, 80),
    features: told.features,
  });
}

/** Return a full review; throws Silence for anything that is not its contract. */
export function readReview(text) {
  const told = readObject(text);
  const isWhole =
    DECISIONS.includes(told.decision) &&
    CONFIRMATIONS.includes(told.confirmation) &&
    DIGEST.test(told.digest) &&
    typeof told.review === "string" &&
    /^[0-9a-f]{32}$/.test(told.review) &&
    Number.isSafeInteger(told.reviewed_at) &&
    Number.isSafeInteger(told.expires_at) &&
    (told.problem === null || typeof told.problem === "string") &&
    isObject(told.transaction) &&
    isObject(told.prediction) &&
    Array.isArray(told.findings) &&
    (told.decision === "BLOCK") === (told.confirmation === "NONE");
  if (!isWhole) {
    throw notItsContract();
  }
  return Object.freeze({
    decision: told.decision,
    confirmation: told.confirmation,
    findings: Object.freeze(told.findings.map(readFinding)),
    digest: told.digest,
    review: told.review,
    lifetimeS: told.expires_at - told.reviewed_at,
    transaction: Object.freeze({ ...told.transaction }),
    problem: told.problem === null ? null : escapedOnce(told.problem),
    rests: restsOn(told),
  });
}

/** Return a finding as the screen shows it; throws Silence for anything else. */
export function readFinding(told) {
  const isWhole =
    isObject(told) &&
    typeof told.rule === "string" &&
    SEVERITIES.includes(told.severity) &&
    typeof told.message === "string" &&
    typeof told.advice === "string";
  if (!isWhole) {
    throw notItsContract();
  }
  const [rule, message, advice] = [told.rule, told.message, told.advice].map((text) => escapedOnce(text));
  return Object.freeze({ rule, severity: told.severity, message, advice, isUnknown: UNKNOWN_RULES.includes(rule) });
}

/** Return the questions that wait; throws Silence for anything that is not the contract. */
export function readWaiting(text) {
  const told = readObject(text);
  if (!Array.isArray(told.waiting)) {
    throw notItsContract();
  }
  return told.waiting.map((one) => {
    const isWhole =
      isObject(one) &&
      DIGEST.test(one.digest) &&
      ["WARNING", "TYPED"].includes(one.confirmation) &&
      typeof one.scope === "string" &&
      Number.isSafeInteger(one.asked_at) &&
      Number.isSafeInteger(one.expires_at) &&
      typeof one.screen === "string" &&
      isObject(one.verdict) &&
      Array.isArray(one.verdict.findings) &&
      ["WARN", null].includes(one.verdict.decision);
    if (!isWhole) {
      throw notItsContract();
    }
    return Object.freeze({
      digest: one.digest,
      confirmation: one.confirmation,
      scope: one.scope,
      askedAt: one.asked_at,
      expiresAt: one.expires_at,
      decision: one.verdict.decision,
      findings: one.verdict.findings.map(readFinding),
      // Lines of our own making; each is looked at by itself, for a line's end is no fault here.
      screen: one.screen.split("\n", 200).map((line) => escapedOnce(line)),
    });
  });
}

/** Return one JSON object; throws Silence for anything else. */
export function readObject(text) {
  let told;
  try {
    told = JSON.parse(text);
  } catch {
    throw new Silence("it answered what is not JSON");
  }
  if (!isObject(told)) {
    throw notItsContract();
  }
  return told;
}

/** Return what an answer other than 200 says, as one line; its body may be anything. */
export function readProblem(status, text, retryAfter) {
  let line = `it answered ${status}`;
  try {
    const told = readObject(text);
    if (typeof told.code === "string" && /^[a-z_]{1,40}$/.test(told.code)) {
      line += ` (${told.code})`;
    }
    if (typeof told.detail === "string" && told.detail !== "") {
      line += `: ${escaped(told.detail, 300)}`;
    }
  } catch {
    return line;
  }
  return /^[0-9]{1,5}$/.test(retryAfter ?? "") ? `${line} Ask again in ${retryAfter} s.` : line;
}

function restsOn(told) {
  const features = Array.isArray(told.features) ? told.features : [];
  const isContract =
    features.length === 18 && features.every((one, at) => [13, 14].includes(at) || one === 0 || one === "");
  return Object.freeze({
    said: escaped(told.prediction.class, 20),
    source: escaped(told.prediction.source, 20),
    vector: features.length === 0 ? "none" : isContract ? "contract" : "account",
  });
}

function hasExactly(object, keys) {
  return Object.keys(object).length === keys.length && keys.every((key) => Object.hasOwn(object, key));
}

function isProbability(told) {
  return told === null || (typeof told === "number" && told >= 0 && told <= 1);
}

function isObject(told) {
  return typeof told === "object" && told !== null && !Array.isArray(told);
}

function notItsContract() {
  return new Silence("it answered what is not its contract");
}
