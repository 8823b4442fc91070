// Addresses: reading one, its EIP-55 checksum, and which known one it imitates. What belongs here: what the
// guard's core says of an address, in the same words. What must not: any decision.
//
// Source: https://eips.ethereum.org/EIPS/eip-55

import { FieldError } from "./errors.js";
import { keccak256 } from "./keccak.js";

export const ZERO_ADDRESS = `0x${"0".repeat(40)}`;

/** How many hex digits a lookalike shares: at both ends, or at one alone. The guard's default policy. */
export const LOOKALIKE = Object.freeze({ prefix: 3, suffix: 4, alone: 8 });

/** Return an address with the checksum in its capitals; `digits` are its 40 hex digits in any case. */
export function checksummed(digits) {
  const small = digits.toLowerCase();
  const nibbles = [...keccak256(new TextEncoder().encode(small))].flatMap((byte) => [byte >> 4, byte & 15]);
  return `0x${[...small].map((digit, at) => (nibbles[at] > 7 ? digit.toUpperCase() : digit)).join("")}`;
}

/** Return the address in a text, with its checksum; throws FieldError where there is none, or a wrong checksum. */
export function readAddress(text) {
  if (!/^0x[0-9a-fA-F]{40}$/.test(text)) {
    throw new FieldError("Not an address: give 0x and 40 hex digits.");
  }
  const address = checksummed(text.slice(2));
  if (hasChecksum(text) && text !== address) {
    throw new FieldError("Its checksum is wrong: a character was changed. Copy it again from its source.");
  }
  return address;
}

/** Whether the case of an address says something: one in a single case has no checksum to be verified. */
export function hasChecksum(text) {
  const digits = text.slice(2);
  return digits !== digits.toLowerCase() && digits !== digits.toUpperCase();
}

/** Return each known address that an unknown one imitates: `{known, prefix, suffix, both}`. */
export function imitated(address, known) {
  if (known.some((party) => party.address === address)) {
    return [];
  }
  const digits = address.slice(2).toLowerCase();
  const found = [];
  for (const party of known) {
    const other = party.address.slice(2).toLowerCase();
    const prefix = agreeing(digits, other);
    const suffix = agreeing([...digits].reverse().join(""), [...other].reverse().join(""));
    const both = prefix >= LOOKALIKE.prefix && suffix >= LOOKALIKE.suffix;
    // Zeros in front are no sign: many well-known contracts begin with them.
    const counted = digits.slice(0, prefix).replace(/^0+/, "").length;
    if (both || Math.max(counted, suffix) >= LOOKALIKE.alone) {
      found.push({ known: party, prefix, suffix, both });
    }
  }
  return found;
}

function agreeing(one, other) {
  let count = 0;
  while (count < one.length && one[count] === other[count]) {
    count += 1;
  }
  return count;
}
