// A browser wallet for the tests: it announces itself, and hands every request to the test.
(() => {
  // The pause after typing is short here: its length is not what most tests are about, and they have many.
  const wait = window.setTimeout;
  window.setTimeout = (act, ms, ...given) => wait(act, ms === 400 ? 40 : ms, ...given);
  const listeners = {};
  const info = __WALLETS__;
  const provider = (name) => ({
    async request({ method, params }) {
      const told = JSON.parse(await window.askWallet(JSON.stringify({ name, method, params: params ?? [] })));
      if (told.error) {
        throw Object.assign(new Error(told.error.message), { code: told.error.code });
      }
      return told.result;
    },
    on(event, listener) {
      (listeners[event] ??= []).push(listener);
    },
    removeListener(event, listener) {
      listeners[event] = (listeners[event] ?? []).filter((one) => one !== listener);
    },
  });
  window.walletSays = (event, value) => (listeners[event] ?? []).forEach((listener) => listener(value));
  window.violations = [];
  document.addEventListener("securitypolicyviolation", (event) => {
    window.violations.push(`${event.violatedDirective} ${event.blockedURI}`);
  });
  if (info === "legacy") {
    window.ethereum = provider("legacy");
    return;
  }
  const announce = () => {
    for (const one of info) {
      const detail = Object.freeze({ info: Object.freeze(one), provider: provider(one.name) });
      window.dispatchEvent(new CustomEvent("eip6963:announceProvider", { detail }));
    }
  };
  window.addEventListener("eip6963:requestProvider", announce);
  announce();
})();
