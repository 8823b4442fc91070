// What a person asked this browser to keep, and nothing else: trusted addresses, the log, settings. What belongs
// here: localStorage. What must not: anything that nobody asked to keep; keys, tokens and payments least of all.

import { readAddress } from "./address.js";
import { escapedOnce } from "./text.js";

const TRUST = "txguard.trust";
const LOG = "txguard.log";
const SETTINGS = "txguard.settings";
const MOST_TRUSTED = 500;
const MOST_LOGGED = 500;

export const DEFAULTS = Object.freeze({ check: "full", keepLog: false, keepSettings: false });

/** The addresses that a person trusts, with their names. They are kept, because adding one asks for that. */
export class TrustList {
  constructor() {
    const kept = read(TRUST, []);
    this.parties = (Array.isArray(kept) ? kept : [])
      .filter((one) => typeof one?.address === "string" && typeof one?.name === "string")
      .flatMap(({ address, name }) => {
        try {
          return [Object.freeze({ address: readAddress(address), name: escapedOnce(name, 60) })];
        } catch {
          return [];
        }
      })
      .slice(0, MOST_TRUSTED);
  }

  add(address, name) {
    const others = this.parties.filter((party) => party.address !== address);
    this.parties = [...others, Object.freeze({ address, name })].slice(-MOST_TRUSTED);
    this.#write();
  }

  remove(address) {
    this.parties = this.parties.filter((party) => party.address !== address);
    this.#write();
  }

  #write() {
    write(TRUST, this.parties.length === 0 ? null : this.parties);
  }
}

/** What was decided and why, newest first; in memory, unless a person asks to keep it. */
export class DecisionLog {
  constructor(settings) {
    this.settings = settings;
    const kept = read(LOG, []);
    this.entries = Array.isArray(kept) ? kept.filter((one) => typeof one?.outcome === "string") : [];
  }

  add(entry) {
    const added = { at: new Date().toISOString(), ...entry };
    this.entries = [added, ...this.entries].slice(0, MOST_LOGGED);
    this.save();
    return added;
  }

  /** Say how an entry went on. */
  amend(entry, changes) {
    Object.assign(entry, changes);
    this.save();
  }

  clear() {
    this.entries = [];
    this.save();
  }

  save() {
    write(LOG, this.settings.keepLog && this.entries.length > 0 ? this.entries : null);
  }
}

/** Return the settings that were kept, or the defaults. */
export function readSettings() {
  const kept = read(SETTINGS, {});
  return {
    check: kept.check === "smaller" ? "smaller" : DEFAULTS.check,
    keepLog: kept.keepLog === true,
    keepSettings: kept.keepSettings === true,
  };
}

/** Keep the settings, if that is one of them. */
export function writeSettings(settings) {
  write(SETTINGS, settings.keepSettings || settings.keepLog ? settings : null);
}

function read(name, absent) {
  try {
    const told = JSON.parse(localStorage.getItem(name) ?? "null");
    return typeof told === "object" && told !== null ? told : absent;
  } catch {
    return absent;
  }
}

function write(name, value) {
  try {
    if (value === null) {
      localStorage.removeItem(name);
    } else {
      localStorage.setItem(name, JSON.stringify(value));
    }
  } catch {
    // A browser that keeps nothing, in a private window say: what was asked for is here until the page closes.
    document.documentElement.dataset.keeps = "nothing";
  }
}
