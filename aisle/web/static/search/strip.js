// The frames of a clip under the stage: pressing one searches with it, a tick beside another takes it along.

import { element, icon, text } from "../page.js";
import * as photos from "./photos.js";

const clock = (seconds) => `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, "0")}`;

export class Strip {
  /** `onOnly(token)`: search with this frame alone; `onAlso(token, wanted)`: with or without it; `onSaid(words)`: with what is said. */
  constructor(root, { onOnly, onAlso, onSaid }) {
    Object.assign(this, { root, onOnly, onAlso, onSaid, key: "" });
  }

  hide() {
    this.key = "";
    this.root.replaceChildren();
  }

  /** `chosen` are the tokens that are searched with, `shown` the one on the stage. */
  show(clip, chosen, shown) {
    const key = [clip.token, shown, ...chosen].join();
    if (key === this.key) return;
    this.key = key;
    const focused = this.root.contains(document.activeElement) ? document.activeElement.dataset : null;
    const list = element("ol", { class: "strip", "aria-label": text("clipFrames") });
    list.append(...clip.frames.map((frame) => this.item(frame, chosen, shown)));
    this.root.replaceChildren(element("p", { class: "stage-hint" }, text("clipHint")), list);
    if (clip.said) this.root.append(this.said(clip.said));
    if (focused) this.root.querySelector(`[data-${focused.also ? "also" : "only"}="${focused.also ?? focused.only}"]`)?.focus({ preventScroll: true });
  }

  item(frame, chosen, shown) {
    const time = clock(frame.time);
    const isChosen = chosen.includes(frame.token);
    const picture = element("img", { src: photos.urlOf(frame.token), alt: "", draggable: "false" });
    const only = element("button", { type: "button", class: "strip-frame", "aria-label": text("clipFrame", { time }), "aria-pressed": String(isChosen), "data-only": frame.token, ...(shown === frame.token && { "aria-current": "true" }) }, picture);
    const also = element("button", { type: "button", class: "strip-also", role: "checkbox", "aria-checked": String(isChosen), "aria-label": text("clipAlso", { time }), title: text("clipAlso", { time }), "data-also": frame.token }, icon("check"));
    only.addEventListener("click", () => this.onOnly(frame.token));
    also.addEventListener("click", () => this.onAlso(frame.token, !isChosen));
    return element("li", {}, only, also, element("span", { class: "strip-time", "aria-hidden": "true" }, time));
  }

  said(words) {
    const button = element("button", { type: "button", class: "chip chip-heard" }, words);
    button.addEventListener("click", () => this.onSaid(words));
    return element("p", { class: "heard" }, element("span", {}, text("clipSaid")), button);
  }
}
