// The token of the guard on this machine. What belongs here: taking it out of the address, where it would be
// seen, kept and shared. What must not: any place but memory.

/** Return the token in the fragment, or an empty text; the address bar and the history lose it at once. */
export function takeToken() {
  const match = /^#token=([\w-]{32,100})$/.exec(window.location.hash);
  if (window.location.hash !== "") {
    window.history.replaceState(null, "", window.location.pathname);
  }
  return match === null ? "" : match[1];
}
