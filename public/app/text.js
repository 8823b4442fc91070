// The one door for outside text on its way to the screen: what cannot be seen, or turns what is seen around, is
// written out. What belongs here: escaping, as the guard's core does it. What must not: markup of any kind.

const MOST = 512;
const UNSAFE = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}]/u;
const COMBINING = /[\p{Mn}\p{Me}]/u;
const SPACE = /\p{Zs}/u;
// Letters and marks that show nothing: joiner, Hangul and Khmer fillers, blank Braille, variation selectors.
const INVISIBLE = /[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0\u{e0100}-\u{e01ef}]/u;

function piece(character, run) {
  if (character === "\\") {
    return "\\\\";
  }
  if (character >= " " && character <= "~") {
    return character;
  }
  const isUnsafe = UNSAFE.test(character) || SPACE.test(character) || INVISIBLE.test(character) || run > 2;
  return isUnsafe ? sequence(character.codePointAt(0)) : character;
}

function sequence(point) {
  const digits = point.toString(16);
  if (point <= 0xff) {
    return `\\x${digits.padStart(2, "0")}`;
  }
  return point <= 0xffff ? `\\u${digits.padStart(4, "0")}` : `\\U${digits.padStart(8, "0")}`;
}

/** Return a text as one printable line of at most `limit` characters. */
export function escaped(text, limit = MOST) {
  let run = 0;
  const pieces = [];
  let length = 0;
  for (const character of String(text)) {
    run = COMBINING.test(character) ? run + 1 : 0;
    const next = piece(character, run);
    const size = [...next].length;
    if (length + size > limit) {
      return cut(pieces, length, limit);
    }
    pieces.push(next);
    length += size;
  }
  return pieces.join("");
}

/** Return a text that the guard has escaped already; escape it if it is not. */
export function escapedOnce(text, limit = 4 * MOST) {
  const told = String(text);
  const without = told.replaceAll("\\", "");
  return told.length <= limit && escaped(without, limit) === without ? told : escaped(told, limit);
}

function cut(pieces, length, limit) {
  while (pieces.length > 0 && length + 3 > limit) {
    length -= [...pieces.pop()].length;
  }
  return `${pieces.join("")}...`.slice(0, limit);
}
