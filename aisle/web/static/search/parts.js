// The parts of the query as chips: each with a weight, a minus and a way out; a photo with the box around what is meant.

import { element } from "../page.js";
import { startIntake } from "./intake.js";
import { onSwap, submit, takeAddress } from "./navigate.js";
import * as photos from "./photos.js";
import { Stage } from "./stage.js";

const list = () => document.getElementById("parts");
const field = (chip) => chip.querySelector("input[type=hidden]");
const round = (value) => String(Math.round(value * 1000) / 1000);

let stage = null;

/** A part field's value as [kind, weight, value, region]; words and ids may hold colons, photos' tokens can't. */
function read(value) {
  const [, kind, weight, rest] = /^(\w+):([^:]*):(.*)$/s.exec(value);
  if (kind !== "photo") return { kind, weight: Number(weight), rest, region: null };
  const [token, region] = rest.split(":");
  return { kind, weight: Number(weight), rest: token, region: region ? region.split(",").map(Number) : null };
}

function write({ kind, weight, rest, region }) {
  return `${kind}:${round(weight)}:${rest}${region ? `:${region.map(round).join(",")}` : ""}`;
}

function setWeight(chip, weight) {
  const hidden = field(chip);
  hidden.value = hidden.name === "w" ? round(weight) : write({ ...read(hidden.value), weight });
  submit();
}

function addField(value) {
  list().append(element("input", { type: "hidden", form: "search", name: "part", value }));
}

function photoFields() {
  return [...document.querySelectorAll("input[name=part]")].filter((input) => input.value.startsWith("photo:") && !input.disabled);
}

/** Shows the photo that is being looked at: the one chosen on its chip, else the newest. */
function showStage(preferred = stage.token) {
  const known = photoFields().map((input) => read(input.value));
  const shown = known.find((part) => part.rest === preferred) ?? known.at(-1);
  stage.show(shown?.rest ?? null, shown?.region ?? null);
  for (const image of document.querySelectorAll("img[data-photo]")) {
    const url = photos.urlOf(image.dataset.photo);
    if (url) image.src = url;
    else image.closest(".part-thumb").hidden = true;
  }
}

/** Search with a photo, instead of those that are there unless it is to come beside them. */
async function usePhoto(token, beside) {
  const before = beside ? [] : photoFields();
  for (const old of before) old.disabled = true;
  addField(`photo:1:${token}`);
  showStage(token);
  const refused = await submit({ scroll: 0 });
  if (!refused) return;
  // Nothing else would be found either while the photo stays.
  photoFields().find((input) => read(input.value).rest === token)?.remove();
  for (const old of before) old.disabled = false;
  showStage();
  takeAddress();
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
    addField(`text:-1:${words}`);
    submit();
  });
}

export function startParts() {
  stage = new Stage(document.getElementById("stage"), (token, region) => {
    const hidden = photoFields().find((input) => read(input.value).rest === token);
    if (!hidden) return;
    hidden.value = write({ ...read(hidden.value), region });
    submit({ history: "replace" });
  });
  document.addEventListener("search:start", (event) => event.detail.uploads && stage.uploading(0));
  document.addEventListener("search:progress", (event) => stage.uploading(event.detail));
  document.addEventListener("search:end", () => stage.uploading(null));
  onSwap(() => showStage());
  startIntake(usePhoto);
  startChips();
  showStage();
}
