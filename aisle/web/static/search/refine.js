// What is said after the words: the line under the chips, the turns of the dialogue, and the result that a turn points at.

import { forget } from "./box.js";
import { config, element } from "../page.js";
import { onSwap, submit } from "./navigate.js";
import { remember } from "./suggest.js";

const words = document.getElementById("q");
const line = () => document.getElementById("refine");
const place = () => document.getElementById("dialogue");

function hidden(name, value) {
  place().append(element("input", { type: "hidden", form: "search", name, value }));
}

/** Whether something is searched for that more can be said of. */
export function hasSubject() {
  return Boolean(line());
}

/** Say `text` of what is being searched for. */
export function addTurn(text) {
  hidden("turn", text);
  if (line()) line().value = "";
  return submit({ scroll: 0 });
}

/** Search for what was heard, with what else may have been said; from another page by going to the search. */
export async function ask({ text, transcripts }) {
  const said = transcripts.map((one) => `${Math.round(one.confidence * 1000) / 1000}:${one.text}`);
  remember(text);
  if (!place()) {
    const state = new URLSearchParams([["q", text], ...said.map((one) => ["said", one])]);
    location.assign(`${config.prefix}/?${state}`);
    return new Promise(() => {}); // this page is being left
  }
  forget();
  if (line()) line().value = "";
  words.value = text;
  for (const one of said) hidden("said", one);
  return submit({ scroll: 0 });
}

/**
 * Whether an utterance is said of what is on the page ("no, blue", "cheaper", "undo") rather than a search of its own: it
 * points, takes back, or says only things that need something to be said of.
 */
export async function isTurn(text) {
  if (!hasSubject()) return false;
  try {
    const answer = await fetch(`${config.prefix}/v1/understand`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ text, locale: config.language }),
    });
    if (!answer.ok) return false;
    const { compound, history } = await answer.json();
    if (!history.length || compound.reference) return true;
    const named = compound.slots.some((slot) => slot.kind === "type" && !slot.negated);
    const says = compound.slots.length || compound.ranges.length || compound.sort;
    return Boolean(says) && !named && !compound.leftover.trim();
  } catch {
    return false;
  }
}

/** The card that the latest turn points at, or null. */
export function pointedCard() {
  return document.querySelector(".card.is-pointed");
}

export function startRefining() {
  let shown = null;
  onSwap(() => {
    const card = pointedCard();
    if (card && card !== shown) card.querySelector(".card-link").focus({ preventScroll: true });
    card?.scrollIntoView({ block: "nearest" });
    shown = card;
  });
}
