// The settings. What belongs here: its fields. What must not: what any setting does.

import { element, fill, find, outside } from "./dom.js";
import { writeSettings } from "./kept.js";

/** Show the settings, and call `changed` with each change; `desk` is what this machine's guard can do. */
export function showSettings({ settings, secrets, log, desk, changed }) {
  const isFullPossible = desk?.review === true;
  find("check-full").disabled = !isFullPossible;
  find("check-full").checked = isFullPossible && settings.check === "full";
  find("check-smaller").checked = !find("check-full").checked;
  find("keep-log").checked = settings.keepLog;
  find("keep-settings").checked = settings.keepSettings;
  fill(find("check-full-hint"), hint(desk, secrets));
  const kept = () => {
    writeSettings(settings);
    changed();
  };
  find("settings").addEventListener("submit", (event) => event.preventDefault());
  for (const name of ["full", "smaller"]) {
    find(`check-${name}`).addEventListener("change", () => {
      settings.check = name;
      kept();
    });
  }
  find("keep-log").addEventListener("change", () => {
    settings.keepLog = find("keep-log").checked;
    log.save();
    kept();
  });
  find("keep-settings").addEventListener("change", () => {
    settings.keepSettings = find("keep-settings").checked;
    kept();
  });
  find("key").addEventListener("input", () => {
    secrets.key = find("key").value.trim();
    changed();
  });
}

function hint(desk, secrets) {
  if (desk?.review === true) {
    return "With its node, rules, policy, lists and contacts, and its journal.";
  }
  if (desk !== null) {
    return ["Not possible: ", outside(desk.reason ?? "it says no reason"), "."];
  }
  return secrets.token === ""
    ? ["Not possible: run ", element("code", {}, "guard serve"), ", and open the address that it prints."]
    : "Not possible: the guard on this machine did not answer.";
}
