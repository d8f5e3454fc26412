// How far raters agree, and what they graded differently.

import { element, text } from "../page.js";
import { agreement } from "./api.js";

const part = (id) => document.getElementById(id);
const figure = (value) => (value == null ? "–" : value.toFixed(2));

function row({ first, second, pairs, agreed, kappa, weighted }) {
  const cells = [String(pairs), `${Math.round(agreed * 100)} %`, figure(kappa), figure(weighted)];
  const made = element("tr", {}, element("th", { scope: "row" }, `${first} · ${second}`));
  made.append(...cells.map((cell) => element("td", {}, cell)));
  return made;
}

function dispute({ pair, grades, settled }, open) {
  const asked = pair.query.text ? text("labelQuoted", { text: pair.query.text }) : text("labelPicture");
  const look = element("button", { type: "button", class: "quiet" }, text("labelLook"));
  look.setAttribute("aria-label", `${text("labelLook")}: ${asked}, ${pair.product?.title ?? pair.product_id}`);
  look.addEventListener("click", () => open(pair.id));
  const said = element("ul", { class: "dispute-grades" });
  for (const [rater, grade] of Object.entries(grades)) {
    said.append(element("li", { class: `grade-chip grade-${grade}` }, `${rater} `, element("b", {}, String(grade))));
  }
  const words = element("p", { class: "dispute-words" }, element("b", {}, asked), ` ${pair.product?.title ?? pair.product_id}`);
  const state = element("span", { class: "dispute-state" }, text(settled ? "labelSettled" : "labelOpen"));
  return element("li", { class: settled ? "dispute is-settled" : "dispute" }, words, said, state, look);
}

/** Shows both anew; `open(id)` is called for a pair to be looked at again. */
export async function showAgreement(round, open) {
  const said = await agreement(round);
  part("agreement-table").querySelector("tbody").replaceChildren(...said.agreements.map(row));
  part("agreement-table").hidden = !said.agreements.length;
  part("agreement-none").hidden = said.agreements.length > 0;
  part("disputes-list").replaceChildren(...said.disagreements.map((each) => dispute(each, open)));
  part("disputes").hidden = !said.disagreements.length;
  part("agreement").hidden = false;
}
