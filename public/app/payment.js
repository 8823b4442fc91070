// The form: what stands in it, as a payment or as what is wrong with each field; and the transaction that it
// asks for. What belongs here: reading. What must not: asking anybody.

import { hasChecksum, readAddress } from "./address.js";
import { ETHER_DECIMALS, GWEI_DECIMALS, nearest, quantity, readAmount, readQuantity } from "./amount.js";
import { FieldError } from "./errors.js";

/** Return `{payment, problems, empty}`: the payment is null while a field is empty or wrong. */
export function readPayment(fields) {
  const problems = {};
  const empty = [];
  const read = (name, reader) => {
    const text = fields[name].trim();
    if (text === "") {
      empty.push(name);
      return null;
    }
    try {
      return reader(text);
    } catch (error) {
      if (!(error instanceof FieldError)) {
        throw error;
      }
      problems[name] = error.message;
      return null;
    }
  };
  const recipient = read("recipient", readAddress);
  const value = read("amount", (text) => readAmount(text, ETHER_DECIMALS));
  const fee = readFee(fields.feeKind, read, problems);
  const isWhole = Object.keys(problems).length === 0 && empty.length === 0;
  const isUnchecked = recipient !== null && !hasChecksum(fields.recipient.trim());
  const payment = isWhole ? Object.freeze({ recipient, value, fee }) : null;
  return { payment, problems, empty, isUnchecked };
}

function readFee(kind, read, problems) {
  const gwei = (text) => readAmount(text, GWEI_DECIMALS);
  if (kind === "price") {
    return Object.freeze({ gasPrice: read("gasPrice", gwei) });
  }
  if (kind === "market") {
    const [most, tip] = [read("maxFee", gwei), read("tip", gwei)];
    if (most !== null && tip !== null && tip > most) {
      problems.tip = "The tip is above the maximum fee.";
    }
    return Object.freeze({ maxFeePerGas: most, maxPriorityFeePerGas: tip });
  }
  return Object.freeze({});
}

/** Return the transaction that a payment asks for, as `eth_sendTransaction` takes it. */
export function transactionOf(payment, account, chainId) {
  const fees = Object.entries(payment.fee).map(([name, wei]) => [name, quantity(wei)]);
  return Object.freeze({
    from: account,
    to: payment.recipient,
    value: quantity(payment.value),
    chainId: quantity(chainId),
    ...Object.fromEntries(fees),
  });
}

/** Return what the route is asked about a transaction; `gasPrice` in wei counts where it names no fee. */
export function questionOf(transaction, gasPrice) {
  const price = readQuantity(transaction.gasPrice ?? transaction.maxFeePerGas) ?? gasPrice;
  return {
    from_address: transaction.from,
    to_address: transaction.to,
    transaction_value: nearest(readQuantity(transaction.value), ETHER_DECIMALS),
    gas_price: nearest(price, GWEI_DECIMALS),
  };
}

// What a guard fills in. More than that, such as data, would be something that nobody asked for and no page shows.
const COMPLETED = ["nonce", "gas", "gasPrice", "maxFeePerGas", "maxPriorityFeePerGas"];

/** Whether `made` carries out everything that `asked` says, and adds no more than a nonce, gas and fees. */
export function carries(made, asked) {
  const { data = "0x", ...others } = made;
  const isAdded = (name) => COMPLETED.includes(name) && readQuantity(others[name]) !== null;
  return (
    data === "0x" &&
    Object.entries(asked).every(([name, value]) => others[name] === value) &&
    Object.keys(others).every((name) => Object.hasOwn(asked, name) || isAdded(name))
  );
}
