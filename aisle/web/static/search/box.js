// The words of the box: results and suggestions as they are typed, never while an input method is composing.

import { onSwap } from "./navigate.js";
import { look, remember, Suggestions } from "./suggest.js";

const TYPING_PAUSE_MS = 120;
const form = document.getElementById("search");
const field = document.getElementById("q");
const clear = document.getElementById("clear");

const OF_THE_WORDS = ["exact", "drop", "said", "turn"].map((name) => `input[type=hidden][name=${name}]`).join();

/** Other words are a new question: of "exactly these words", what was taken off, heard or said after them nothing holds. */
export function forget() {
  for (const kept of document.querySelectorAll(OF_THE_WORDS)) kept.remove();
}

/** The filter of a suggestion "in Shoes": until the answer brings its own control, a hidden one stands for it. */
function narrow({ field: name, value }) {
  const known = [...document.getElementsByName(`f.${name}`)];
  const own = known.find((control) => control.value === value && control.type === "checkbox");
  for (const control of known) if (control.type === "checkbox") control.checked = control === own;
  if (own) return;
  const hidden = Object.assign(document.createElement("input"), { type: "hidden", name: `f.${name}`, value });
  form.append(hidden);
  const done = () => hidden.remove();
  document.addEventListener("search:end", done, { once: true });
}

/** `search(options)` searches for what the form holds; `live` says whether it may while words are being typed. */
export function startBox(search, live) {
  let timer = 0;
  let due = null;
  let composing = false;
  let sent = field.value.trim();

  /** What waits for a pause in typing; null for nothing. */
  const wait = (act) => {
    clearTimeout(timer);
    due = act;
    timer = act && setTimeout(hurry, TYPING_PAUSE_MS);
  };
  const hurry = () => {
    const act = due;
    wait(null);
    act?.();
  };
  const send = (options) => {
    wait(null);
    sent = field.value.trim();
    search(options);
  };
  const suggestions = new Suggestions((words, scope) => {
    field.value = words;
    forget();
    if (scope) narrow(scope);
    commit();
  }, hurry);
  const commit = () => {
    suggestions.close();
    remember(field.value);
    send({ scroll: 0 });
  };
  const paused = () => {
    if (suggestions.active >= 0) return; // one is being chosen: it stays
    suggestions.update();
    if (!live || field.value.trim() === sent) return;
    forget();
    send({ history: history.state?.typing ? "replace" : "push", typing: true, scroll: 0 });
  };
  const typed = () => {
    clear.hidden = !field.value;
    wait(composing ? null : paused);
  };

  field.addEventListener("compositionstart", () => {
    composing = true;
    wait(null);
  });
  field.addEventListener("compositionend", () => {
    composing = false;
    typed();
  });
  field.addEventListener("input", typed);
  field.addEventListener("blur", hurry); // an older answer would put its words back
  field.addEventListener("focus", () => !field.value && suggestions.update());
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (field.value.trim() !== sent) forget();
    commit();
    if (matchMedia("(pointer: coarse)").matches) field.blur();
  });
  clear.addEventListener("click", () => {
    field.value = "";
    forget();
    field.focus();
    clear.hidden = true;
    if (live) send({ scroll: 0 });
  });
  document.addEventListener("keydown", (event) => {
    const busy = event.target.closest("input, textarea, select, dialog, [contenteditable]");
    if (event.key !== "/" || busy || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    field.focus({ preventScroll: true });
    field.select();
  });
  // A result that is opened was worth searching for.
  document.addEventListener("click", (event) => {
    const card = event.target.closest(".card-link")?.closest(".card");
    if (!card) return;
    remember(field.value);
    if (card.dataset.id) look(card.dataset.id);
  });
  onSwap(() => {
    clear.hidden = !field.value;
    if (!composing && !due) sent = field.value.trim(); // what waits isn't sent yet
  });
  clear.hidden = !field.value;
}
