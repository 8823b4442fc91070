// One payment by viem, as its documentation writes it; the result or the error's text on standard output.
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const [folder, url, how, account, to, value] = process.argv.slice(2);
const require = createRequire(pathToFileURL(`${folder}/package.json`));
const { createPublicClient, createWalletClient, defineChain, http } = require("viem");
const { privateKeyToAccount } = require("viem/accounts");

const chain = defineChain({
  id: 31337,
  name: "test",
  nativeCurrency: { name: "Ether", symbol: "ETH", decimals: 18 },
  rpcUrls: { default: { http: [url] } },
});
const transport = http(url, { timeout: 30_000 });
const payer = how === "key" ? privateKeyToAccount(account) : account;
const wallet = createWalletClient({ account: payer, chain, transport });
try {
  const hash = await wallet.sendTransaction({ to, value: BigInt(value) });
  const receipt = await createPublicClient({ chain, transport }).waitForTransactionReceipt({ hash });
  console.log(JSON.stringify({ hash, status: receipt.status }));
} catch (error) {
  const answer = error.walk((cause) => cause.data !== undefined);
  const { code, data } = answer ?? {};
  console.log(JSON.stringify({ error: error.message, code, decision: data?.decision ?? null }));
}
