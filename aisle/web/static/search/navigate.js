// From one state of the search to the next: asks the server for the parts of the page that change and puts them in.
//
// The form is the state: every input, filter and setting is a control of it, so its data is the URL's query string.
// An older answer never overwrites a newer one, and old results stay until new ones come, dimmed after a moment.

import { hideNotice, showNotice } from "../notice.js";
import { config, formatPrices, text, visit } from "../page.js";
import * as photos from "./photos.js";

const DIM_AFTER_MS = 150;
const form = document.getElementById("search");
const words = document.getElementById("q");
const afterSwap = new Set();

let latest = 0;
let running = null;

/** `listener()` is called whenever parts of the page were replaced. */
export function onSwap(listener) {
  afterSwap.add(listener);
}

/** The query string of what the form holds, without what is as by default. */
export function formState() {
  const state = new URLSearchParams();
  for (const [name, value] of new FormData(form)) {
    const trimmed = name === "q" ? value.trim().replace(/\s+/g, " ") : value;
    const isDefault = (name === "sort" && value === "relevance") || (name === "w" && (Number(value) === 1 || !words.value.trim()));
    if (trimmed !== "" && !isDefault) state.append(name, trimmed);
  }
  return state;
}

function pageUrl(state) {
  const query = state.toString();
  return `${config.prefix}/${query ? `?${query}` : ""}`;
}

/** The query string in the address bar, without the language, which a cookie keeps. */
export function currentState() {
  const state = new URLSearchParams(location.search);
  state.delete("lang");
  return state;
}

/** The tokens of the pictures that a state searches with: photos, and frames of clips. */
function photoTokens(state) {
  return state.getAll("part").flatMap((part) => {
    const [kind, , token, frames = ""] = part.split(":");
    if (kind === "photo") return [token];
    return kind === "clip" ? frames.split(";").map((frame) => frame.split("@")[0]) : [];
  });
}

/** Sends photos along when the state names some; resolves to the answer's status and HTML. */
async function request(state, signal, onProgress) {
  const tokens = photoTokens(state);
  const language = new URLSearchParams(location.search).get("lang");
  if (!tokens.length) {
    const query = new URLSearchParams(state);
    if (language) query.set("lang", language);
    const answer = await fetch(`${config.prefix}/results?${query}`, { signal, headers: { Accept: "text/html", "Aisle-Session": visit() } });
    return { status: answer.status, html: await answer.text() };
  }
  const body = new FormData();
  body.append("query", state.toString());
  for (const token of tokens) {
    const blob = photos.blobOf(token);
    if (blob) body.append(token, blob, "photo");
  }
  return upload(`${config.prefix}/results${language ? `?lang=${language}` : ""}`, body, signal, onProgress);
}

/** A POST whose progress can be seen, which fetch doesn't offer. */
function upload(url, body, signal, onProgress) {
  return new Promise((resolve, reject) => {
    const call = new XMLHttpRequest();
    call.open("POST", url);
    call.setRequestHeader("Accept", "text/html");
    call.setRequestHeader("Aisle-Session", visit());
    call.upload.addEventListener("progress", (event) => event.lengthComputable && onProgress(event.loaded / event.total));
    call.addEventListener("load", () => resolve({ status: call.status, html: call.responseText }));
    call.addEventListener("error", () => reject(new TypeError("network")));
    call.addEventListener("abort", () => reject(new DOMException("aborted", "AbortError")));
    signal.addEventListener("abort", () => call.abort());
    call.send(body);
  });
}

/**
 * Show the results of `state`.
 *
 * history: "push" | "replace" | "none" (the URL is there already); typing: the entry is of words being typed, to be
 * replaced by what follows; scroll: where to scroll to; focusResults: move the focus to the heading of the results.
 * Resolves to whether the shop refused the search (a photo it can't read, say); the results stay as they were then.
 */
export async function go(state, { history: how = "push", typing = false, scroll = null, focusResults = false } = {}) {
  const turn = ++latest;
  running?.abort();
  running = new AbortController();
  if (how !== "none") {
    rememberScroll();
    const replace = how === "replace" || history.state?.typing || sameState(state);
    history[replace ? "replaceState" : "pushState"]({ y: 0, typing }, "", pageUrl(state));
  }
  const found = document.getElementById("found");
  const dimmer = setTimeout(() => found.classList.add("is-old"), DIM_AFTER_MS);
  found.setAttribute("aria-busy", "true");
  document.dispatchEvent(new CustomEvent("search:start", { detail: { uploads: photoTokens(state).length > 0 } }));
  const progress = (share) => turn === latest && document.dispatchEvent(new CustomEvent("search:progress", { detail: share }));
  try {
    const { status, html } = await request(state, running.signal, progress);
    if (turn !== latest) return false;
    if (status >= 400 && status < 500) {
      showNotice(errorText(html));
      return true;
    }
    if (status >= 500) {
      showNotice(errorText(html), () => go(state, { history: "none" }));
    } else {
      hideNotice();
      swap(html);
      settle(scroll, focusResults);
    }
  } catch (error) {
    if (error.name === "AbortError" || turn !== latest) return false;
    showNotice(text("offline"), () => go(state, { history: "none" }));
  } finally {
    clearTimeout(dimmer);
    if (turn === latest) {
      found.classList.remove("is-old");
      found.removeAttribute("aria-busy");
      document.dispatchEvent(new CustomEvent("search:end"));
    }
  }
  return false;
}

/** Replace one part of the page, by its id, with what the server makes of `state`; nothing else changes. */
export async function fill(id, state) {
  const old = document.getElementById(id);
  try {
    const { status, html } = await request(state, new AbortController().signal, () => {});
    if (!old.isConnected) return;
    if (status >= 400) return void showNotice(errorText(html));
    const inside = old.contains(document.activeElement);
    const fresh = new DOMParser().parseFromString(html, "text/html").getElementById(id);
    old.replaceWith(document.adoptNode(fresh));
    if (inside) fresh.querySelector("summary")?.focus({ preventScroll: true });
    for (const listener of afterSwap) listener();
  } catch {
    if (old.isConnected) showNotice(text("offline"), () => fill(id, state));
  }
}

/** Search for what the form holds. */
export function submit(options) {
  return go(formState(), options);
}

/** The address says what the form holds; nothing is searched. */
export function takeAddress() {
  history.replaceState(history.state, "", pageUrl(formState()));
}

function sameState(state) {
  return state.toString() === currentState().toString();
}

function swap(html) {
  const fresh = new DOMParser().parseFromString(html, "text/html");
  const focus = describeFocus();
  const open = [...document.querySelectorAll("details[open][id]")].map((details) => details.id);
  for (const part of fresh.querySelectorAll("[data-swap]")) {
    const old = document.getElementById(part.id);
    if (!old) continue;
    if (part.id === "status") {
      // The live region itself has to stay for its change to be announced.
      if (old.textContent !== part.textContent) old.textContent = part.textContent;
    } else {
      old.replaceWith(document.adoptNode(part));
    }
  }
  for (const id of open) document.getElementById(id)?.setAttribute("open", "");
  const parts = document.getElementById("parts").dataset;
  document.title = parts.title;
  // The server may have boxed a photo's main object or dropped what it doesn't know: its address is the true one.
  const state = new URLSearchParams(parts.address);
  if (!history.state?.typing) history.replaceState(history.state, "", pageUrl(state));
  if (document.activeElement !== words) words.value = state.get("q") ?? "";
  formatPrices();
  for (const listener of afterSwap) listener();
  restoreFocus(focus);
}

function describeFocus() {
  const { id, name, value, tagName, type } = document.activeElement ?? {};
  return document.activeElement === document.body ? null : { id, name, value, tagName, typed: ["text", "number"].includes(type) ? value : "" };
}

/** Replaced controls get the focus back; when the focused one is gone, the results heading takes it. */
function restoreFocus(focus) {
  if (!focus || document.activeElement !== document.body) return;
  const same = [...document.querySelectorAll(focus.tagName)].find((e) => focus.name && e.type !== "hidden" && e.name === focus.name && e.value === focus.value);
  const target = same ?? (focus.id && document.getElementById(focus.id)) ?? document.getElementById("results-heading");
  (target || document.getElementById("results-heading")).focus({ preventScroll: true });
  if (focus.typed && target?.id === focus.id) target.value = focus.typed; // what is being typed stays
}

function settle(scroll, focusResults) {
  if (focusResults) {
    const heading = document.getElementById("results-heading");
    heading.focus({ preventScroll: true });
    heading.scrollIntoView({ block: "start" });
  } else if (scroll !== null) {
    scrollTo(0, scroll);
  }
}

function errorText(html) {
  const page = new DOMParser().parseFromString(html, "text/html");
  return page.getElementById("error-text")?.textContent ?? text("offline");
}

function rememberScroll() {
  history.replaceState({ ...history.state, y: scrollY }, "");
}

/** Links that lead to another search, the Back button, and the scroll position of each entry. */
export function startNavigation() {
  history.scrollRestoration = "manual";
  let timer = 0;
  addEventListener("scroll", () => {
    clearTimeout(timer);
    timer = setTimeout(rememberScroll, 100);
  });
  addEventListener("pagehide", rememberScroll);
  addEventListener("popstate", (event) => {
    const state = currentState();
    words.value = state.get("q") ?? "";
    go(state, { history: "none", scroll: event.state?.y ?? 0 });
  });
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-go]");
    if (!link || event.defaultPrevented || event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    const state = new URL(link.href).searchParams;
    words.value = state.get("q") ?? "";
    const paging = link.dataset.go === "page";
    const top = paging || link.closest("#found, #parts") ? null : 0;
    go(state, { focusResults: paging, scroll: link.closest(".card") ? 0 : top });
  });
  if (photoTokens(currentState()).length) go(currentState(), { history: "none", scroll: history.state?.y ?? 0 });
  else if (history.state?.y) scrollTo(0, history.state.y);
}
