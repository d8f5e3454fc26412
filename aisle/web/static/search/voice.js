// The voice panel: one utterance into words and a search; hands-free, the results are read aloud and the next turn is heard.
//
// A visit of the panel is one loop: listen → search → (read aloud → listen …). Whatever ends it, the box is as it was or
// holds what was heard, and the focus is back on the button that began it.

import { text } from "../page.js";
import { canSpeak, hush, readAloud, sentences } from "./aloud.js";
import { hasOwnRecogniser, OwnUtterance, transcribe, Utterance, VoiceError } from "./listen.js";
import { addTurn, ask, isTurn, pointedCard } from "./refine.js";

const OWN_KEY = "aisle.own-recogniser";
const LARGEST_BYTES = 25 * 1024 * 1024;
const part = (name) => document.getElementById(`voice-${name}`);
const panel = document.getElementById("voice");
const field = document.getElementById("q");
const handsFree = document.getElementById("hands-free");
const own = document.getElementById("own-recogniser");
const speaker = document.getElementById("speak");
const bars = [...part("meter").children];
const calm = matchMedia("(prefers-reduced-motion: reduce)");

let visit = null;

/** What the panel says and offers: "asking", "recording", "working", "reading", or "trouble" with the message of `key`. */
function show(state, key) {
  const titles = { asking: "voiceAsking", recording: visit?.asTurn ? "voiceTurn" : "voiceListening", working: "voiceWorking", reading: "voiceReading" };
  panel.dataset.state = state;
  part("title").textContent = text(key ?? titles[state]);
  part("stop").hidden = !["recording", "reading"].includes(state);
  part("stop").querySelector("span").textContent = text(state === "reading" ? "voiceStopReading" : "voiceStopListening");
  part("again").hidden = state !== "trouble";
  part("cancel").textContent = text(state === "trouble" ? "voiceClose" : "voiceCancel");
  part("meter").hidden = state !== "recording";
  part("time").hidden = state !== "recording";
  if (state !== "recording") level(0, 0);
  const target = state === "trouble" ? part("again") : part("stop").hidden ? part("cancel") : part("stop");
  if (!document.activeElement?.closest(".voice-more")) target.focus({ preventScroll: true });
}

let drawn = 0;

function level(now, milliseconds) {
  const seconds = Math.floor(milliseconds / 1000);
  part("time").textContent = `0:${String(seconds).padStart(2, "0")}`;
  if (calm.matches && milliseconds && milliseconds - drawn < 400) return;
  drawn = milliseconds;
  const heights = calm.matches ? bars.map(() => now) : [...bars.slice(1).map((bar) => Number(bar.dataset.level ?? 0)), now];
  bars.forEach((bar, i) => {
    bar.dataset.level = heights[i];
    bar.style.transform = `scaleY(${0.08 + 0.92 * heights[i]})`; // by property: the page's policy allows no style attributes
  });
}

/** Words as they are heard, in the box and, large, in the panel. */
function partial(heard) {
  part("text").textContent = heard;
  if (!visit.asTurn) field.value = heard;
}

function listenOnce() {
  const mine = visit;
  const still = (tell) => (...said) => mine === visit && tell(...said);
  const on = { level: still(level), partial: still((heard) => heard && partial(heard)), stage: still(show) };
  visit.utterance = own.checked && hasOwnRecogniser ? new OwnUtterance(on) : new Utterance(on);
  return visit.utterance.heard;
}

function isStop(heard) {
  const plain = heard.toLowerCase().replace(/[\s.,!?。，！？]+$/u, "").trim();
  return text("voiceStopWords").split("|").includes(plain);
}

/** Search for what was heard: by itself, or as another turn of what is on the page. */
async function search(heard) {
  const mine = visit;
  partial(heard.text);
  const turns = mine.asTurn || (await isTurn(heard.text));
  if (mine !== visit) return; // cancelled, or typed, meanwhile
  if (turns) {
    field.value = mine.before;
    await addTurn(heard.text);
  } else {
    await ask(heard);
  }
}

async function begin(button, { asTurn = false, file = null } = {}) {
  if (visit) return close();
  visit = { button, asTurn, before: field.value, aborter: new AbortController() };
  const mine = visit;
  panel.hidden = false;
  button.setAttribute("aria-expanded", "true");
  part("text").textContent = "";
  try {
    let heard;
    if (file) {
      show("working");
      heard = await transcribe(file, mine.aborter.signal).catch((error) => {
        throw error.key === "nothingHeard" ? new VoiceError("nothingInFile") : error;
      });
    } else {
      heard = await listenOnce();
    }
    for (;;) {
      if (mine !== visit || isStop(heard.text)) break;
      await search(heard);
      if (mine !== visit || !handsFree.checked) break;
      mine.before = field.value;
      show("reading");
      await readAloud(sentences(pointedCard()), (sentence) => (part("text").textContent = sentence), mine.aborter.signal);
      if (mine !== visit) break;
      part("text").textContent = "";
      mine.asTurn = true;
      heard = await listenOnce();
    }
    if (mine === visit) close();
  } catch (error) {
    if (mine !== visit || error.name === "AbortError") return;
    if (!(error instanceof VoiceError)) throw error;
    field.value = mine.before;
    part("text").textContent = "";
    show("trouble", error.key);
  }
}

/** Ends the visit. What was not heard to its end leaves the box as it was. */
function close({ restore = false } = {}) {
  const ended = visit;
  if (!ended) return;
  visit = null;
  ended.aborter.abort();
  ended.utterance?.cancel();
  hush();
  if (restore) field.value = ended.before;
  const inside = panel.contains(document.activeElement);
  panel.hidden = true;
  ended.button.setAttribute("aria-expanded", "false");
  speaker.setAttribute("aria-expanded", "false");
  if (inside) (ended.button.isConnected ? ended.button : document.getElementById(ended.button.id) ?? speaker).focus({ preventScroll: true });
}

function again() {
  const { button, asTurn } = visit;
  close();
  begin(button, { asTurn });
}

/** Search by a recording that was chosen or dropped. */
export function useRecording(file) {
  close();
  if (file.size > LARGEST_BYTES) {
    visit = { button: speaker, before: field.value, aborter: new AbortController() };
    panel.hidden = false;
    return show("trouble", "voiceTooLarge");
  }
  begin(speaker, { file });
}

function remembered(set) {
  try {
    if (set === undefined) return localStorage.getItem(OWN_KEY) === "1";
    if (set) localStorage.setItem(OWN_KEY, "1");
    else localStorage.removeItem(OWN_KEY);
  } catch {
    // Private windows may keep nothing.
  }
  return false;
}

export function startVoice() {
  own.closest("label").hidden = !hasOwnRecogniser;
  own.checked = hasOwnRecogniser && remembered();
  handsFree.closest("label").hidden = !canSpeak;
  own.addEventListener("change", () => {
    remembered(own.checked);
    if (visit) again();
  });
  speaker.addEventListener("click", () => {
    if (!visit) begin(speaker);
    else if (panel.dataset.state === "recording") visit.utterance.stop();
    else if (panel.dataset.state === "trouble") again();
    else close();
  });
  document.addEventListener("click", (event) => {
    const more = event.target.closest("#refine-speak");
    if (more) begin(more, { asTurn: true });
  });
  part("stop").addEventListener("click", () => (panel.dataset.state === "reading" ? close() : visit?.utterance?.stop()));
  part("again").addEventListener("click", again);
  part("cancel").addEventListener("click", () => close({ restore: true }));
  part("choose").addEventListener("click", () => {
    part("file").value = "";
    part("file").click();
  });
  part("file").addEventListener("change", () => part("file").files[0] && useRecording(part("file").files[0]));
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !visit || document.querySelector("dialog[open]")) return;
    event.preventDefault();
    close({ restore: panel.dataset.state !== "reading" });
  });
  // Words that are typed while listening are the shopper's answer.
  field.addEventListener("input", () => visit && close());
}
