// Amounts: what a person typed into whole wei, and wei into digits, exactly. What belongs here: numbers. What
// must not: floats, except the one number that the route is asked about, which is the nearest double.

import { FieldError } from "./errors.js";

export const ETHER_DECIMALS = 18;
export const GWEI_DECIMALS = 9;
export const MAX_UINT256 = (1n << 256n) - 1n;

const MOST_DIGITS = 80;

/** Return the wei in a plain decimal number; throws FieldError for signs, commas, exponents and what is too much. */
export function readAmount(text, decimals) {
  const match = /^([0-9]+)(?:\.([0-9]+))?$/.exec(text);
  if (match === null) {
    throw new FieldError("Not an amount: give digits, with a point before decimals, such as 0.1.");
  }
  const [, whole, fraction = ""] = match;
  if (fraction.length > decimals) {
    throw new FieldError(`Too many decimals: there are ${decimals} at most.`);
  }
  const wei = whole.length > MOST_DIGITS ? MAX_UINT256 + 1n : BigInt(whole + fraction.padEnd(decimals, "0"));
  if (wei > MAX_UINT256) {
    throw new FieldError("Too much: no amount is above 2^256-1 wei.");
  }
  return wei;
}

/** Return wei in plain digits of a unit, exactly. */
export function plain(wei, decimals) {
  const digits = wei.toString().padStart(decimals + 1, "0");
  const whole = digits.slice(0, digits.length - decimals);
  const fraction = digits.slice(digits.length - decimals).replace(/0+$/, "");
  return fraction === "" ? whole : `${whole}.${fraction}`;
}

/** Return the double that is nearest to an amount in a unit. */
export function nearest(wei, decimals) {
  return Number(plain(wei, decimals));
}

/** Return a number as JSON-RPC writes quantities. */
export function quantity(number) {
  return `0x${number.toString(16)}`;
}

/** Return the number in a quantity of JSON-RPC, or null for anything else. */
export function readQuantity(told) {
  return typeof told === "string" && /^0x[0-9a-fA-F]{1,64}$/.test(told) ? BigInt(told) : null;
}
