// Browser wallets: found by EIP-6963, or where none announces itself at window.ethereum, and asked by EIP-1193.
// What belongs here: the wallet's account, chain and events. What must not: any decision whether to ask it.
//
// Sources: https://eips.ethereum.org/EIPS/eip-6963, https://eips.ethereum.org/EIPS/eip-1193

import { readAddress } from "./address.js";
import { readQuantity } from "./amount.js";
import { WalletError } from "./errors.js";
import { escaped } from "./text.js";

const MOST_WALLETS = 20;
const READ_S = 15;

/** Watches for wallets and calls `changed` with each new one: `{id, name, provider}`. */
export function discover(changed) {
  const found = [];
  const known = new Set();
  window.addEventListener("eip6963:announceProvider", (event) => {
    const info = event.detail?.info;
    const provider = event.detail?.provider;
    const isWallet = typeof provider?.request === "function" && typeof info?.uuid === "string";
    if (!isWallet || known.has(info.uuid) || found.length >= MOST_WALLETS) {
      return;
    }
    known.add(info.uuid);
    // Its icon is not shown: an image is the one thing of it that could not be escaped.
    const name = escaped(typeof info.name === "string" ? info.name.trim() : "", 60) || "a wallet without a name";
    const rdns = escaped(typeof info.rdns === "string" ? info.rdns : "", 80);
    found.push(Object.freeze({ name, rdns, provider }));
    changed([...found]);
  });
  window.dispatchEvent(new Event("eip6963:requestProvider"));
  setTimeout(() => {
    if (found.length > 0) {
      return;
    }
    const provider = window.ethereum;
    if (typeof provider?.request === "function") {
      found.push(Object.freeze({ name: "the wallet of this browser", rdns: "", provider }));
    }
    changed([...found]);
  }, 300);
}

/** One wallet that a person chose. Its `changed` is called whenever account or chain are others. */
export class Wallet {
  #provider;
  #listeners = [];

  constructor(choice, changed) {
    this.#provider = choice.provider;
    this.name = choice.name;
    this.account = null;
    this.chainId = null;
    this.changed = changed;
  }

  /** Ask the wallet's person to show an account, and learn the chain; throws WalletError. */
  async connect() {
    this.account = readAccount(await this.request("eth_requestAccounts", []));
    this.chainId = await this.#chain();
    this.#on("accountsChanged", (accounts) => this.#told({ account: readAccount(accounts) }));
    this.#on("chainChanged", (told) => this.#told({ chainId: readQuantity(told) }));
    this.#on("disconnect", () => this.#told({ account: null }));
  }

  /** Forget the wallet: what it says from now on is not listened to. */
  forget() {
    for (const [event, listener] of this.#listeners) {
      this.#provider.removeListener?.(event, listener);
    }
    this.#listeners = [];
    this.changed = () => {};
  }

  /** Return account and chain as the wallet says at this moment; throws WalletError. */
  async now() {
    const account = readAccount(await this.read("eth_accounts", []));
    return { account, chainId: await this.#chain() };
  }

  /** Ask the wallet what needs no person, for at most 15 s; throws WalletError. */
  async read(method, params) {
    let timer;
    const late = new Promise((_, reject) => {
      const error = new WalletError(`the wallet did not answer ${method} in ${READ_S} s`, 0);
      timer = setTimeout(() => reject(error), READ_S * 1000);
    });
    try {
      return await Promise.race([this.request(method, params), late]);
    } finally {
      clearTimeout(timer);
    }
  }

  /** Ask the wallet, however long a person takes; throws WalletError with its code and escaped words. */
  async request(method, params) {
    try {
      return await this.#provider.request({ method, params });
    } catch (error) {
      // Read once each: what a wallet throws may say something else the next time.
      const { code, message } = Object(error);
      const words = typeof message === "string" ? message : "no reason";
      throw new WalletError(escaped(words, 300), Number.isSafeInteger(code) ? code : 0);
    }
  }

  async #chain() {
    const chainId = readQuantity(await this.read("eth_chainId", []));
    if (chainId === null) {
      throw new WalletError("the wallet does not say on which chain it is", 0);
    }
    return chainId;
  }

  #on(event, listener) {
    this.#provider.on?.(event, listener);
    this.#listeners.push([event, listener]);
  }

  #told(state) {
    Object.assign(this, state);
    this.changed();
  }
}

function readAccount(accounts) {
  const first = Array.isArray(accounts) ? accounts[0] : undefined;
  if (typeof first !== "string") {
    return null;
  }
  try {
    return readAddress(first);
  } catch {
    return null;
  }
}
