// What goes wrong, split by who must act. What belongs here: kinds of errors. What must not: words for a screen
// beyond what is given to them.

/** What stands in a field cannot be used; the message says why, and what to give. */
export class FieldError extends Error {}

/** No answer, or none that can be read; the message is the reason, and it leaves no verdict. */
export class Silence extends Error {}

/** The guard on this machine refused a step; the message is its own. */
export class Refused extends Error {
  constructor(message, status) {
    super(message);
    this.status = status;
  }
}

/** The wallet did not do what it was asked; `code` is its own (EIP-1193), 4001 for a person's no. */
export class WalletError extends Error {
  constructor(message, code) {
    super(message);
    this.code = code;
  }
}
