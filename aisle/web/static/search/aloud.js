// Results read aloud by the browser, one sentence after the other.

import { config, text } from "../page.js";

const SILENT_MS = 4000;
const READ = 3;

export const canSpeak = Boolean(window.speechSynthesis);

/** Speaks a sentence; resolves when it has been spoken, was cut off, or no voice began within a while. */
function speak(sentence, onWord) {
  return new Promise((resolve) => {
    const utterance = new SpeechSynthesisUtterance(sentence);
    utterance.lang = config.language === "zh" ? "zh-CN" : config.language;
    const mute = setTimeout(resolve, SILENT_MS);
    utterance.addEventListener("start", () => clearTimeout(mute));
    for (const name of ["end", "error"]) {
      utterance.addEventListener(name, () => {
        clearTimeout(mute);
        resolve();
      });
    }
    onWord(sentence);
    speechSynthesis.speak(utterance);
  });
}

export function hush() {
  if (canSpeak) speechSynthesis.cancel();
}

function said(card, key, n) {
  const title = card.querySelector(".title").textContent.trim();
  const price = card.querySelector(".price")?.textContent.trim() ?? "";
  return text(key, { n, title, price }).replace(/[,，]\s*$/, "");
}

/** What there is to read: the card that was pointed at alone, else the first ones. */
export function sentences(pointed) {
  if (pointed) return [said(pointed, "voiceResult")];
  const cards = [...document.querySelectorAll("#grid .card:not(.skeleton)")].slice(0, READ);
  return cards.length ? cards.map((card, i) => said(card, "voiceResults", i + 1)) : [text("voiceNoResults")];
}

/** Reads sentences aloud; `onSentence` is told each as it begins. Stops early once `signal` is aborted. */
export async function readAloud(lines, onSentence, signal) {
  if (!canSpeak) return;
  signal.addEventListener("abort", hush, { once: true });
  for (const sentence of lines) {
    if (signal.aborted) return;
    await speak(sentence, onSentence);
  }
}
