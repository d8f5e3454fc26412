// The parts of the query as chips: each with a weight, a minus and a way out; photos and clips with the box around what is meant.

import { element } from "../page.js";
import { clipOf } from "./clips.js";
import { startIntake } from "./intake.js";
import { onSwap, submit, takeAddress } from "./navigate.js";
import { objectsOf } from "./objects.js";
import * as photos from "./photos.js";
import { ask } from "./refine.js";
import { Stage } from "./stage.js";
import { Strip } from "./strip.js";

const MOST_FRAMES = 6;
const list = () => document.getElementById("parts");
const field = (chip) => chip.querySelector("input[type=hidden]");
const round = (value) => String(Math.round(value * 1000) / 1000);
const box = (region) => region.map(round).join(",");
const numbers = (text) => (text ? text.split(",").map(Number) : null);

let stage = null;
let strip = null;
let looked = { part: null, frame: null };

/** A part field's value as {kind, weight, rest, region, frames}; words and ids may hold colons, tokens can't. */
function read(value) {
  const [, kind, weight, tail] = /^(\w+):([^:]*):(.*)$/s.exec(value);
  const part = { kind, weight: Number(weight), rest: tail, region: null, frames: [] };
  if (kind !== "photo" && kind !== "clip") return part;
  const [token, more = ""] = tail.split(":");
  if (kind === "photo") return { ...part, rest: token, region: numbers(more) };
  const frames = more.split(";").map((frame) => frame.split("@"));
  return { ...part, rest: token, frames: frames.map(([one, region]) => ({ token: one, region: numbers(region) })) };
}

function write({ kind, weight, rest, region, frames }) {
  const shown = region ? box(region) : frames.map((frame) => (frame.region ? `${frame.token}@${box(frame.region)}` : frame.token)).join(";");
  return `${kind}:${round(weight)}:${rest}${shown ? `:${shown}` : ""}`;
}

function setWeight(chip, weight) {
  const hidden = field(chip);
  hidden.value = hidden.name === "w" ? round(weight) : write({ ...read(hidden.value), weight });
  submit();
}

function addField(value) {
  list().append(element("input", { type: "hidden", form: "search", name: "part", value }));
}

/** The fields of photos and clips. */
function shownFields() {
  return [...document.querySelectorAll("input[name=part]")].filter((input) => /^(photo|clip):/.test(input.value) && !input.disabled);
}

/** Shows the photo or frame that is being looked at: the one chosen on its chip, else the newest. */
function showStage(preferred = looked.part) {
  const known = shownFields().map((input) => read(input.value));
  const part = known.find((one) => one.rest === preferred) ?? known.at(-1);
  const frame = part?.frames.find((one) => one.token === looked.frame) ?? part?.frames[0] ?? null;
  looked = { part: part?.rest ?? null, frame: frame?.token ?? null };
  const picture = frame ?? (part ? { token: part.rest, region: part.region } : { token: null, region: null });
  stage.show(picture.token, picture.region);
  const clip = frame && clipOf(part.rest);
  if (clip) strip.show(clip, part.frames.map((one) => one.token), frame.token);
  else strip.hide();
  showDots(picture, clip);
  for (const image of document.querySelectorAll("img[data-photo]")) {
    const url = photos.urlOf(image.dataset.photo);
    if (url) image.src = url;
    else image.closest(".part-thumb").hidden = true;
  }
}

async function showDots({ token, region }, clip) {
  if (!region) return stage.offer([]); // before the server has boxed the main thing
  const objects = clip?.frames.find((frame) => frame.token === token)?.objects ?? (await objectsOf(token));
  if (stage.token === token) stage.offer(objects);
}

/** Search with a photo or clip, instead of those that are there unless it is to come beside them. */
async function use(part, beside) {
  const before = beside ? [] : shownFields();
  for (const old of before) old.disabled = true;
  addField(write(part));
  showStage(part.rest);
  const refused = await submit({ scroll: 0 });
  if (!refused) return;
  // Nothing else would be found either while the photo stays.
  shownFields().find((input) => read(input.value).rest === part.rest)?.remove();
  for (const old of before) old.disabled = false;
  showStage();
  takeAddress();
}

function usePhoto(token, beside) {
  return use({ kind: "photo", weight: 1, rest: token, region: null, frames: [] }, beside);
}

function useClip(clip, beside) {
  const best = clip.frames[clip.best];
  return use({ kind: "clip", weight: 1, rest: clip.token, region: null, frames: [{ token: best.token, region: best.first }] }, beside);
}

/** Search with other frames of the clip that is looked at. */
function setFrames(change) {
  const hidden = shownFields().find((input) => read(input.value).rest === looked.part);
  const part = read(hidden.value);
  const region = (token) => clipOf(part.rest)?.frames.find((frame) => frame.token === token)?.first ?? null;
  hidden.value = write({ ...part, frames: change(part.frames, (token) => part.frames.find((one) => one.token === token) ?? { token, region: region(token) }) });
  showStage();
  submit({ history: "replace" });
}

function setRegion(token, region) {
  for (const hidden of shownFields()) {
    const part = read(hidden.value);
    if (part.kind === "photo" ? part.rest !== token : !part.frames.some((frame) => frame.token === token)) continue;
    const frames = part.frames.map((frame) => (frame.token === token ? { token, region } : frame));
    hidden.value = write({ ...part, region: part.kind === "photo" ? region : null, frames });
    submit({ history: "replace" });
  }
}

function startChips() {
  document.addEventListener("change", (event) => {
    if (!event.target.matches(".weight")) return;
    const chip = event.target.closest(".part");
    const sign = Number(chip.dataset.weight) < 0 ? -1 : 1;
    setWeight(chip, sign * Number(event.target.value));
  });
  document.addEventListener("click", (event) => {
    const chip = event.target.closest(".part");
    if (event.target.closest(".minus")) setWeight(chip, -Number(chip.dataset.weight));
    const shown = event.target.closest("[data-stage]");
    if (shown) showStage(shown.dataset.stage);
    if (event.target.closest("#leave-out")) {
      const editor = document.querySelector(".leave-out");
      editor.hidden = !editor.hidden;
      event.target.closest("#leave-out").setAttribute("aria-expanded", String(!editor.hidden));
      if (!editor.hidden) editor.querySelector("input").focus();
    }
  });
  document.addEventListener("keydown", (event) => {
    if (event.target.id !== "leave-out-words" || event.isComposing) return;
    if (event.key === "Escape") {
      event.target.closest(".leave-out").hidden = true;
      document.getElementById("leave-out").focus();
    }
    if (event.key !== "Enter") return;
    event.preventDefault();
    const words = event.target.value.trim();
    if (!words) return;
    event.target.value = "";
    addField(`text:-1:${words}`);
    submit();
  });
}

export function startParts() {
  stage = new Stage(document.getElementById("stage"), setRegion);
  strip = new Strip(stage.more, {
    onOnly: (token) => {
      looked.frame = token;
      setFrames((_, frame) => [frame(token)]);
    },
    onAlso: (token, wanted) =>
      setFrames((frames, frame) => {
        const others = frames.filter((one) => one.token !== token);
        if (!wanted) return others.length ? others : frames;
        return [...others, frame(token)].slice(-MOST_FRAMES);
      }),
    onSaid: (words) => ask({ text: words, transcripts: [] }),
  });
  document.addEventListener("search:start", (event) => event.detail.uploads && stage.uploading(0));
  document.addEventListener("search:progress", (event) => stage.uploading(event.detail));
  document.addEventListener("search:end", () => stage.uploading(null));
  onSwap(() => showStage());
  startIntake({ usePhoto, useClip });
  startChips();
  showStage();
}
