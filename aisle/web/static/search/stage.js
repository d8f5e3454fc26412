// The photo preview with the box around what is meant. The box moves by mouse, touch and keyboard; letting go searches.

import { element, text } from "../page.js";
import * as photos from "./photos.js";

const WHOLE = [0, 0, 1, 1];
const LEAST = 0.08;
const SAME = 0.5;
const STEP = 0.02;
const KEY_PAUSE_MS = 450;
const HANDLES = ["nw", "n", "ne", "e", "se", "s", "sw", "w"];

const clamp = (value, low, high) => Math.min(high, Math.max(low, value));
const inside = (start, size) => clamp(start, 0, 1 - size);

export class Stage {
  /** `onRegion(token, region)` is called when the box has come to rest. */
  constructor(root, onRegion) {
    this.root = root;
    this.onRegion = onRegion;
    this.token = null;
    this.region = WHOLE;
    this.build();
  }

  build() {
    this.image = element("img", { alt: text("preview"), draggable: "false" });
    this.box = element("div", { class: "crop", role: "application", tabindex: "0", "aria-label": text("cropLabel"), "aria-describedby": "crop-value" });
    this.box.append(...HANDLES.map((side) => element("span", { class: `handle handle-${side}`, "data-side": side })));
    this.value = element("span", { id: "crop-value", class: "unseen", "aria-live": "polite" });
    this.dots = element("div", { class: "dots" });
    this.frame = element("div", { class: "frame" }, this.image, this.box, this.dots, this.value);
    this.blank = element("p", { class: "no-preview", hidden: true }, text("noPreview"));
    this.progress = element("progress", { class: "idle", max: "1", value: "0", "aria-label": text("uploading", { n: 0 }) });
    this.whole = element("button", { type: "button", class: "quiet", id: "crop-whole" }, text("cropWhole"));
    this.hint = element("p", { class: "stage-hint" }, text("cropHint"));
    this.more = element("div", { class: "stage-more" });
    const foot = element("div", { class: "stage-foot" }, this.hint, this.whole);
    this.root.replaceChildren(this.frame, this.blank, this.progress, foot, this.more);
    this.image.addEventListener("error", () => this.previewable(false));
    this.image.addEventListener("load", () => this.previewable(true));
    this.whole.addEventListener("click", () => this.rest(WHOLE));
    this.frame.addEventListener("pointerdown", (event) => this.drag(event));
    this.box.addEventListener("keydown", (event) => this.key(event));
  }

  previewable(can) {
    this.frame.hidden = !can;
    this.root.querySelector(".stage-foot").hidden = !can;
    this.blank.hidden = can;
  }

  /** Show a photo, or nothing for null. */
  show(token, region) {
    if (this.dragging || (this.timer && token === this.token)) return; // it is being moved: that comes next
    clearTimeout(this.timer);
    this.timer = 0;
    const url = token && photos.urlOf(token);
    this.root.hidden = !url;
    if (!url) {
      this.token = null;
      return;
    }
    if (token !== this.token) this.image.src = url;
    this.token = token;
    this.place(region ?? WHOLE);
  }

  uploading(share) {
    this.progress.classList.toggle("idle", share === null);
    if (share === null) return;
    this.progress.value = share;
    this.progress.setAttribute("aria-label", text("uploading", { n: Math.round(share * 100) }));
  }

  place(region) {
    this.region = region;
    const [x0, y0, x1, y1] = region.map((value) => Math.round(value * 1000) / 10);
    // Set by property: the page's policy allows no style attributes.
    Object.assign(this.box.style, { left: `${x0}%`, top: `${y0}%`, width: `${x1 - x0}%`, height: `${y1 - y0}%` });
    this.box.classList.toggle("is-whole", region.join() === WHOLE.join());
    const [left, top, width, height] = [x0, y0, x1 - x0, y1 - y0].map(Math.round);
    this.value.textContent = text("cropValue", { left, top, width, height });
  }

  rest(region) {
    clearTimeout(this.timer);
    this.timer = 0;
    this.place(region);
    this.onRegion(this.token, region);
  }

  /** Offers a dot for each other thing in the picture; `objects` are regions, from left to right. */
  offer(objects) {
    const dots = objects.map((region, i) => ({ region, name: text("objectOf", { n: i + 1, k: objects.length }) }));
    const others = dots.filter((dot) => overlap(dot.region, this.region) < SAME);
    const focused = this.dots.contains(document.activeElement);
    this.dots.replaceChildren(...others.map((dot) => this.dot(dot)));
    this.hint.textContent = text(others.length ? "cropHintDots" : "cropHint");
    if (focused) this.box.focus({ preventScroll: true });
  }

  dot({ region, name }) {
    const button = element("button", { type: "button", class: "dot", title: name, "aria-label": name });
    const [x0, y0, x1, y1] = region;
    Object.assign(button.style, { left: `${50 * (x0 + x1)}%`, top: `${50 * (y0 + y1)}%` });
    button.addEventListener("click", () => this.rest(region));
    return button;
  }

  drag(event) {
    if (event.button || event.target.closest(".dot")) return;
    event.preventDefault();
    this.box.focus({ preventScroll: true });
    const frame = this.frame.getBoundingClientRect();
    const at = (e) => [clamp((e.clientX - frame.left) / frame.width, 0, 1), clamp((e.clientY - frame.top) / frame.height, 0, 1)];
    const side = event.target.dataset?.side ?? (event.target === this.box && !this.box.classList.contains("is-whole") ? "move" : "new");
    const start = at(event);
    const from = this.region;
    this.dragging = true;
    this.frame.setPointerCapture(event.pointerId);
    const move = (e) => this.place(moved(side, from, start, at(e)));
    const end = (e) => {
      this.frame.removeEventListener("pointermove", move);
      this.frame.removeEventListener("pointerup", end);
      this.frame.removeEventListener("pointercancel", end);
      this.dragging = false;
      if (e.type === "pointercancel" || this.region.join() === from.join()) this.place(from);
      else this.rest(this.region);
    };
    this.frame.addEventListener("pointermove", move);
    this.frame.addEventListener("pointerup", end);
    this.frame.addEventListener("pointercancel", end);
  }

  key(event) {
    const [dx, dy] = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key] ?? [0, 0];
    if (!dx && !dy) return;
    event.preventDefault();
    const [x0, y0, x1, y1] = this.region;
    if (event.shiftKey) {
      this.place([x0, y0, clamp(x1 + dx * STEP, x0 + LEAST, 1), clamp(y1 + dy * STEP, y0 + LEAST, 1)]);
    } else {
      const left = inside(x0 + dx * STEP, x1 - x0);
      const top = inside(y0 + dy * STEP, y1 - y0);
      this.place([left, top, left + x1 - x0, top + y1 - y0]);
    }
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.rest(this.region), KEY_PAUSE_MS);
  }
}

/** The area that two regions share, of the area that either covers (intersection over union). */
function overlap(a, b) {
  const width = Math.min(a[2], b[2]) - Math.max(a[0], b[0]);
  const height = Math.min(a[3], b[3]) - Math.max(a[1], b[1]);
  if (width <= 0 || height <= 0) return 0;
  const area = ([x0, y0, x1, y1]) => (x1 - x0) * (y1 - y0);
  return (width * height) / (area(a) + area(b) - width * height);
}

/** The region after a drag from `start` to `now` by a side's handle, by the box itself, or drawing a new one. */
function moved(side, region, start, now) {
  let [x0, y0, x1, y1] = region;
  const [dx, dy] = [now[0] - start[0], now[1] - start[1]];
  if (side === "move") {
    const [left, top] = [inside(x0 + dx, x1 - x0), inside(y0 + dy, y1 - y0)];
    return [left, top, left + x1 - x0, top + y1 - y0];
  }
  if (side === "new") {
    if (Math.abs(dx) < LEAST || Math.abs(dy) < LEAST) return region;
    return [Math.min(start[0], now[0]), Math.min(start[1], now[1]), Math.max(start[0], now[0]), Math.max(start[1], now[1])];
  }
  if (side.includes("w")) x0 = clamp(x0 + dx, 0, x1 - LEAST);
  if (side.includes("e")) x1 = clamp(x1 + dx, x0 + LEAST, 1);
  if (side.includes("n")) y0 = clamp(y0 + dy, 0, y1 - LEAST);
  if (side.includes("s")) y1 = clamp(y1 + dy, y0 + LEAST, 1);
  return [x0, y0, x1, y1];
}
