// Choosing a wallet, and what it says of itself. What belongs here: the wallet part of the form. What must not:
// asking it to send.

import { address, element, fill, find, outside } from "./dom.js";
import { WalletError } from "./errors.js";
import { chainName } from "./screen.js";
import { discover, Wallet } from "./wallet.js";

function failed(error) {
  if (!(error instanceof WalletError)) {
    // A provider can throw anything, and only what went through the wallet's own door is escaped.
    return "The wallet failed.";
  }
  return error.code === 4001 ? "You said no in the wallet." : `The wallet said: ${error.message}`;
}

/** Shows the wallets that there are, and holds the one that was chosen. */
export class WalletPicker {
  #choices = null;
  #asked = null;

  constructor(changed) {
    this.wallet = null;
    this.changed = changed;
    this.#show("");
    discover((choices) => {
      this.#choices = choices;
      if (this.wallet === null) {
        // What was said of one wallet stays when another announces itself.
        this.#showWallets();
      }
    });
  }

  async #choose(choice) {
    const wallet = new Wallet(choice, () => this.#follow());
    this.#asked = wallet;
    this.#show(`Waiting for ${choice.name}…`);
    try {
      await wallet.connect();
    } catch (error) {
      if (this.#asked !== wallet) {
        return;
      }
      this.#show(failed(error));
      return;
    }
    if (this.#asked !== wallet) {
      // Another was chosen meanwhile, and no answer that comes late takes its place.
      wallet.forget();
      return;
    }
    if (wallet.account === null) {
      wallet.forget();
      this.#show("The wallet shows no account.");
      return;
    }
    this.wallet = wallet;
    this.#show("");
    find("disconnect")?.focus();
    this.changed();
  }

  #follow() {
    if (this.wallet?.account === null) {
      this.#forget("The wallet disconnected.");
      return;
    }
    this.#show(this.wallet === null ? "" : "Account or chain changed: the payment is looked at again.");
    this.changed();
  }

  #forget(told) {
    this.wallet?.forget();
    this.wallet = null;
    this.#show(told);
    this.changed();
  }

  #show(told) {
    fill(find("wallet-state"), told);
    this.#showWallets();
  }

  #showWallets() {
    fill(find("wallets"), this.wallet === null ? this.#offers() : this.#connected());
  }

  #offers() {
    if (this.#choices === null) {
      return [element("p", { class: "quiet" }, "Looking for wallets…")];
    }
    if (this.#choices.length === 0) {
      return [element("p", { class: "quiet" }, "No wallet was found in this browser.")];
    }
    return this.#choices.map((choice) =>
      element(
        "button",
        { type: "button", class: "plain", onclick: () => this.#choose(choice) },
        element("span", {}, "Connect ", outside(choice.name)),
        choice.rdns === "" ? null : outside(choice.rdns, "hint"),
      ),
    );
  }

  #connected() {
    const { wallet } = this;
    const forget = () => this.#forget("");
    return [
      element(
        "dl",
        { class: "terms" },
        [
          ["Wallet", outside(wallet.name)],
          ["Account", address(wallet.account)],
          ["Chain", chainName(wallet.chainId)],
        ].map(([term, said]) => [element("dt", {}, term), element("dd", {}, said)]),
      ),
      element("button", { type: "button", id: "disconnect", class: "link", onclick: forget }, "Use another wallet"),
    ];
  }
}
