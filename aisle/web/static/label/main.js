// Grading: a pair at a time, by keyboard or touch. The next pairs wait in memory, so that a grade never waits for them;
// a grade goes to the server at once, in order, and what isn't there yet is said.

import { hideNotice, showNotice } from "../notice.js";
import { startPage, text } from "../page.js";
import { showAgreement } from "./agreement.js";
import { judge, nextPairs, pairNodes, Refused, setKey, undo } from "./api.js";

const RATER = "label-rater";
const AHEAD = 4;
const WHY = {
  uncertainty: "labelWhy.uncertainty",
  disagreement: "labelWhy.disagreement",
  margin: "labelWhy.margin",
  diversity: "labelWhy.diversity",
  random: "labelWhy.random",
};
const round = new URLSearchParams(location.search).get("round");
const part = (id) => document.getElementById(id);
const buttons = [...document.querySelectorAll(".grade")];

let rater = localStorage.getItem(RATER) ?? "";
/** Seen pairs and those that wait: { id, why, nodes (a promise), grade (undefined until said, null for a skip), saved }. */
let pairs = [];
let place = 0;
let saving = Promise.resolve();
/** The pair on the page: what isn't seen yet can't be graded, however fast the keys. */
let shown;

const current = () => pairs[place];

function only(name) {
  for (const id of ["door-name", "door-key", "done", "desk"]) part(id).hidden = id !== name;
}

function say(words) {
  part("said").textContent = words;
}

function fail(error, again) {
  if (!(error instanceof Refused)) throw error;
  if (error.status === 401 || error.status === 403) {
    if (!part("door-key").hidden) showNotice(text("labelBadKey"));
    only("door-key");
    part("key").focus();
  } else showNotice(error.status ? error.message : text("offline"), again);
}

function showProgress({ pairs: all, done, graded, left }) {
  part("progress").hidden = false;
  part("progress-bar").max = Math.max(all, 1);
  part("progress-bar").value = done;
  part("progress-text").textContent = text("labelProgress", { done, pairs: all, graded });
  part("progress-left").textContent = text("labelLeft", { n: left });
}

function add({ id, why }) {
  const pair = { id, why, nodes: pairNodes(id), grade: undefined, saved: false };
  pair.nodes.catch(() => {}); // told when the pair is shown
  pairs.push(pair);
  return pair;
}

async function refill() {
  const waiting = pairs.length - place;
  if (waiting > AHEAD / 2) return;
  const found = await nextPairs(rater, round, AHEAD + 2);
  showProgress(found.progress);
  // A pair graded while the answer was on its way is in it still; one that was skipped and saved comes round again.
  for (const pair of found.pairs) {
    const here = current();
    if (pairs.some((known) => known.id === pair.id && (!known.saved || known === here))) continue;
    pairs = pairs.filter((known) => known.id !== pair.id);
    place = here ? pairs.indexOf(here) : pairs.length;
    add(pair);
  }
}

async function show() {
  const pair = current();
  if (!pair) {
    only("done");
    say(part("done").querySelector("h1").textContent);
    refreshAgreement();
    return;
  }
  only("desk");
  for (const button of buttons) button.setAttribute("aria-pressed", String(pair.grade === Number(button.dataset.grade)));
  part("skip").setAttribute("aria-pressed", String(pair.grade === null));
  part("back").disabled = place === 0;
  part("on").disabled = pair.grade === undefined;
  part("why").textContent = WHY[pair.why.strategy] ? text(WHY[pair.why.strategy]) : "";
  try {
    const nodes = await pair.nodes;
    if (pair === current()) {
      part("pair").replaceChildren(...nodes);
      shown = pair;
    }
  } catch (error) {
    pair.nodes = pairNodes(pair.id);
    pair.nodes.catch(() => {});
    fail(error, () => { hideNotice(); show(); });
  }
}

/** Sends one after the other; a refused one is offered again, and those behind it wait for it. */
function send(act) {
  saving = saving.then(async function attempt() {
    try {
      return await act();
    } catch (error) {
      return new Promise((resolve) => fail(error, () => { hideNotice(); resolve(attempt()); }));
    }
  });
  return saving;
}

function move(step) {
  const there = place + step;
  if (there < 0 || (step > 0 && current()?.grade === undefined)) return;
  place = Math.min(there, pairs.length);
  show();
}

async function grade(value) {
  const pair = current();
  if (!pair || pair !== shown) return;
  Object.assign(pair, { grade: value, saved: false });
  const name = value === null ? text("labelSkipped") : buttons[value].querySelector(".grade-name").textContent;
  const asked = () => part("pair").querySelector(".asked-words")?.textContent ?? "";
  place += 1;
  const sent = send(async () => {
    const answer = await judge(rater, round, pair.id, value);
    pair.saved = true;
    showProgress(answer.progress);
    await refill();
  });
  if (!current()) await sent; // there may be more than were fetched
  await show();
  say(text("labelSaid", { grade: name, next: asked() }));
  if (!(place % 5)) refreshAgreement();
}

async function takeBack() {
  shown = null; // nothing is graded beside it
  await saving;
  try {
    const viewed = current();
    const answer = await undo(rater, round, viewed?.grade === undefined ? null : viewed.id);
    showProgress(answer.progress);
    let at = pairs.findIndex((pair) => pair.id === answer.pair.id);
    if (at < 0) {
      add(answer.pair);
      pairs.splice(place, 0, pairs.pop());
      at = place;
    }
    Object.assign(pairs[at], { grade: undefined, saved: false });
    place = at;
    await show();
    say(text("labelUndone"));
  } catch (error) {
    show();
    if (error.status === 404) say(text("labelNoUndo"));
    else fail(error, takeBack);
  }
}

async function lookAgain(id) {
  let at = pairs.findIndex((pair) => pair.id === id);
  if (at < 0) {
    add({ id, why: {} });
    pairs.splice(place, 0, pairs.pop());
    at = place;
  }
  place = at;
  await show();
  scrollTo({ top: 0 });
  buttons[0].focus({ preventScroll: true });
}

function refreshAgreement() {
  saving.then(() => showAgreement(round, lookAgain)).catch(() => {}); // it comes with the next grades
}

async function start() {
  if (!rater) {
    only("door-name");
    part("rater").focus();
    return;
  }
  part("who-name").textContent = rater;
  pairs = [];
  place = 0;
  try {
    await refill();
    hideNotice();
    await show();
    refreshAgreement();
  } catch (error) {
    fail(error, start);
  }
}

part("door-name").addEventListener("submit", (event) => {
  event.preventDefault();
  rater = part("rater").value.trim().replace(/\s+/g, " ");
  if (!rater) return;
  localStorage.setItem(RATER, rater);
  start();
});
part("door-key").addEventListener("submit", (event) => {
  event.preventDefault();
  setKey(part("key").value.trim());
  start();
});
part("who").addEventListener("click", () => {
  part("rater").value = rater;
  only("door-name");
  part("rater").select();
});
part("again").addEventListener("click", start);
part("back").addEventListener("click", () => move(-1));
part("on").addEventListener("click", () => move(1));
part("skip").addEventListener("click", () => grade(null));
for (const id of ["undo", "done-undo"]) part(id).addEventListener("click", takeBack);
for (const button of buttons) button.addEventListener("click", () => grade(Number(button.dataset.grade)));
part("pair").addEventListener("click", (event) => {
  const thumb = event.target.closest(".thumb");
  if (!thumb) return;
  part("pair").querySelector(".thumb[aria-current]")?.removeAttribute("aria-current");
  thumb.setAttribute("aria-current", "true");
  part("pair").querySelector(".picture-main").src = thumb.querySelector("img").src;
});

const rightToLeft = document.documentElement.dir === "rtl";
const KEYS = {
  0: () => grade(0), 1: () => grade(1), 2: () => grade(2), 3: () => grade(3), s: () => grade(null), u: takeBack,
  ArrowLeft: () => move(rightToLeft ? 1 : -1), ArrowRight: () => move(rightToLeft ? -1 : 1),
};
document.addEventListener("keydown", (event) => {
  const act = KEYS[event.key.length === 1 ? event.key.toLowerCase() : event.key];
  const elsewhere = event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, textarea, select");
  const ready = !part("desk").hidden || (!part("done").hidden && (act === takeBack || event.key === "ArrowLeft"));
  if (!act || elsewhere || event.repeat || !ready) return;
  event.preventDefault();
  act();
});

startPage();
await start();
document.documentElement.dataset.ready = "";
