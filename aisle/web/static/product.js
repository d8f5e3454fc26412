// The product page: gallery, the way back to the search, and why the product was in it. Its box leads to a search.

import { config, element, startPage, text } from "./page.js";
import { startBox } from "./search/box.js";
import { startIntake } from "./search/intake.js";
import { formState } from "./search/navigate.js";
import { startVisits, VISIT_KEY } from "./search/visits.js";
import { startVoice } from "./search/voice.js";

const SVG = "http://www.w3.org/2000/svg";

function startGallery() {
  const shown = document.getElementById("gallery-image");
  for (const thumb of document.querySelectorAll(".gallery-thumb")) {
    thumb.addEventListener("click", (event) => {
      event.preventDefault();
      document.querySelector(".gallery-thumb[aria-current]")?.removeAttribute("aria-current");
      thumb.setAttribute("aria-current", "true");
      shown.src = thumb.href;
    });
  }
}

function visit() {
  try {
    return JSON.parse(sessionStorage.getItem(VISIT_KEY) ?? "null");
  } catch {
    return null;
  }
}

function bar({ label, points, share, helps }) {
  const line = document.createElementNS(SVG, "svg");
  line.setAttribute("class", "bar-line");
  line.setAttribute("viewBox", "0 0 100 4");
  line.setAttribute("preserveAspectRatio", "none");
  line.setAttribute("aria-hidden", "true");
  for (const [name, width] of [["bar-track", 100], ["bar-fill", Number(share) || 0]]) {
    const rect = document.createElementNS(SVG, "rect");
    for (const [key, value] of Object.entries({ class: name, width, height: 4 })) rect.setAttribute(key, value);
    line.append(rect);
  }
  const row = element("li", { class: helps ? "bar" : "bar is-against" });
  row.append(element("span", { class: "bar-label" }, label), element("span", { class: "bar-points" }, points), line);
  return row;
}

function startVisit() {
  const product = document.querySelector(".product");
  const from = visit();
  if (!product || !from) return;
  const back = document.getElementById("back");
  back.href = new URL(from.from, location.origin).pathname + new URL(from.from, location.origin).search;
  back.querySelector("span").textContent = text("backToResults");
  back.addEventListener("click", (event) => {
    // Going back rather than on keeps the place in the list.
    if (!document.referrer.endsWith(from.from) || event.metaKey || event.ctrlKey) return;
    event.preventDefault();
    history.back();
  });
  if (from.id !== product.dataset.id || !from.why.length) return;
  const why = document.getElementById("product-why");
  why.querySelector("ul").replaceChildren(...from.why.map(bar));
  why.hidden = false;
}

function leaveFor(state) {
  location.assign(`${config.prefix}/?${state}`);
}

startPage();
startBox(() => leaveFor(formState()), false);
startIntake({
  usePhoto: (token) => leaveFor(new URLSearchParams({ part: `photo:1:${token}` })),
  useClip: (clip) => leaveFor(new URLSearchParams({ part: `clip:1:${clip.token}:${clip.frames[clip.best].token}` })),
});
startVoice();
startVisits();
startGallery();
startVisit();
document.documentElement.dataset.ready = "";
