// Runs the page's pure modules on cases from standard input and prints what they say, for the tests to compare
// with the guard's core. The first argument is the folder of the modules.
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const folder = pathToFileURL(`${process.argv[2]}/`);
const load = (name) => import(new URL(name, folder));
const [address, amount, answers, decide, keccak, text] = await Promise.all(
  ["address.js", "amount.js", "answers.js", "decide.js", "keccak.js", "text.js"].map(load),
);

const orNull = (read) => {
  try {
    return read();
  } catch (error) {
    if (error.constructor.name !== "FieldError") throw error;
    return null;
  }
};
const run = {
  keccak: (hex) => Buffer.from(keccak.keccak256(Buffer.from(hex, "hex"))).toString("hex"),
  address: (given) => orNull(() => address.readAddress(given)),
  amount: ([given, decimals]) => orNull(() => amount.readAmount(given, decimals).toString()),
  plain: ([wei, decimals]) => amount.plain(BigInt(wei), decimals),
  nearest: ([wei, decimals]) => amount.nearest(BigInt(wei), decimals),
  escaped: ([given, limit]) => text.escaped(given, limit),
  escapedOnce: (given) => text.escapedOnce(given),
  decide: ({ answer, payment, chains }) => {
    const { findings, ...decided } = decide.decide([
      ...decide.modelFindings("silent" in answer ? answer : answers.readPrediction(JSON.stringify(answer))),
      ...decide.recipientFindings({ ...payment, value: BigInt(payment.value) }),
      ...decide.chainFindings(BigInt(chains[0]), BigInt(chains[1])),
    ]);
    return { ...decided, findings: findings.map((one) => [one.rule, one.severity, one.message, one.advice]) };
  },
};

const cases = JSON.parse(readFileSync(0, "utf8"));
process.stdout.write(JSON.stringify(cases.map(([name, given]) => run[name](given))));
